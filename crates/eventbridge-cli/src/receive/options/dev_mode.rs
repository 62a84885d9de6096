//! `receive --dev`: everything that a developer would have to give, for this machine alone.

use std::net::SocketAddr;

use super::Options;
use crate::{
    arguments::EndpointArg,
    dev,
    usage::{UsageError, together},
};

impl Options {
    /// Rejects other senders than this user, and other machines.
    pub(super) fn check_dev(&self) -> Result<(), UsageError> {
        if !self.dev {
            return Ok(());
        }
        together(
            "--dev",
            "which trusts this user's own key alone",
            &[
                ("--local", self.local.is_some()),
                ("--token", !self.token.is_empty()),
                ("--token-file", self.token_file.is_some()),
                ("--any-tenant", self.any_tenant),
                ("--region", !self.region.is_empty()),
                ("--unlisted-region", !self.unlisted_region.is_empty()),
                ("--internal-oss-host", self.internal_oss_host),
                ("--certificate-url", !self.certificate_url.is_empty()),
                ("--certificate", !self.certificate.is_empty()),
                ("--ca-certificate", !self.ca_certificate.is_empty()),
                ("--resolve", !self.resolve.is_empty()),
                ("--fetch-proxy", self.fetch_proxy.is_some()),
            ],
        )?;
        self.check_this_machine("--dev")
    }

    /// Rejects addresses that other machines reach.
    pub(super) fn check_this_machine(&self, because: &str) -> Result<(), UsageError> {
        let addresses = [
            ("--listen", self.listen),
            ("--admin-listen", self.admin_listen),
            ("--local", self.local),
        ];
        for (option, address) in addresses {
            if let Some(address) = address.filter(|address| !dev::is_loopback(address.ip())) {
                let reason = format!(
                    "{address} can be reached from other machines, and {because} is for this one \
                     alone: give 127.0.0.1:{}",
                    address.port()
                );
                return Err(UsageError::new(option, reason));
            }
        }
        Ok(())
    }

    /// Returns the lines that tell how to push to the bound address, if `--dev` is given.
    pub fn dev_lines(&self, bound: SocketAddr) -> Option<String> {
        let key = self.dev_key.as_ref()?;
        let to = format!("http://{bound}/eventbridge");
        let to = if to == dev::TO { String::new() } else { format!(" --to {to}") };
        let signed = self.endpoint.first().map(|url| match EndpointArg::new(url) {
            EndpointArg::Exact { url, .. } => url,
            EndpointArg::Origin(origin) => format!("{origin}/eventbridge"),
        });
        let signed = signed.map(|url| format!(" --sign-as '{url}'")).unwrap_or_default();
        Some(format!(
            "trusts only the key {}\npush an event from another terminal:\n  \
             eventbridge push --dev{to}{signed} oss:ObjectCreated:PutObject\n",
            key.file.display()
        ))
    }
}
