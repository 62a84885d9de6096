//! `receive --local`: the pushes of `eventbridge local` on this machine, and nothing else.

use std::net::SocketAddr;

use eventbridge_local::CERTIFICATE_URL;
use tokio::net::TcpListener;
use tower_eventbridge::certificate::{HttpsSource, HttpsSourceBuilder};

use super::Options;
use crate::{
    arguments::{EndpointArg, lines},
    dev::{self, DevKey, LocalKeys},
    usage::{UsageError, together},
};

impl Options {
    /// Rejects other senders, and other machines.
    pub(super) fn check_local(&self) -> Result<(), UsageError> {
        if self.local.is_none() {
            return Ok(());
        }
        together(
            "--local",
            "which trusts the certificate of `eventbridge local` alone",
            &[
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
        self.check_this_machine("--local")
    }

    /// Reads this user's keys that `--dev` and `--local` need. With `--check` none is made.
    pub fn load_keys(&mut self) -> Result<(), UsageError> {
        if self.dev {
            self.dev_key = Some(if self.check { DevKey::as_found()? } else { DevKey::load()? });
        }
        if self.local.is_some() {
            self.local_root = Some(match self.check {
                true => LocalKeys::root_as_found("--local")?,
                false => LocalKeys::root("--local")?,
            });
        }
        Ok(())
    }

    /// Takes the address that is listened on: URLs of `--local` are those of it.
    pub fn bound(&mut self, listener: &TcpListener) {
        if let Ok(address) = listener.local_addr() {
            self.listen = Some(address);
        }
    }

    /// The URLs of `--endpoint`; without any, those that `push --dev` and `local` sign for.
    pub(super) fn endpoint_urls(&self) -> Vec<String> {
        match (self.endpoint.is_empty(), self.dev, self.local, self.listen()) {
            (true, true, _, _) => vec![dev::ORIGIN.to_owned()],
            (true, false, Some(_), Ok(listen)) => {
                vec![format!("http://{listen}"), format!("http://localhost:{}", listen.port())]
            }
            _ => lines(&self.endpoint),
        }
    }

    /// Whether pushes of any account are accepted, v2 alone: with `--local` there is one sender.
    pub(super) fn accepts_any_tenant(&self) -> bool {
        let no_token = self.token.is_empty() && self.token_file.is_none();
        self.any_tenant || self.local.is_some() && no_token
    }

    /// Where the certificate of `--local` is fetched.
    pub(super) fn local_source(&self) -> Result<Option<HttpsSourceBuilder>, UsageError> {
        let (Some(address), Some((_, root))) = (self.local, &self.local_root) else {
            return Ok(None);
        };
        let wrong = |error: &dyn std::fmt::Display| UsageError::new("--local", error);
        let pem = root.pem().map_err(|error| wrong(&error))?;
        let url: http::Uri = CERTIFICATE_URL.parse().map_err(|error| wrong(&error))?;
        let host = url.host().unwrap_or_default();
        let source = HttpsSource::builder().root_certificates(pem).without_system_roots();
        Ok(Some(source.resolve(host, address)))
    }

    /// Returns the lines that tell what is trusted, if `--local` is given.
    pub fn local_lines(&self, bound: SocketAddr) -> Option<String> {
        let (address, (file, _)) = (self.local?, self.local_root.as_ref()?);
        let target = match self.endpoint.first() {
            None => format!("http://{bound}/ and any path, http://{bound}/orders for one"),
            Some(url) => match EndpointArg::new(url) {
                EndpointArg::Exact { url, .. } => format!("{url}, with exactly this path"),
                EndpointArg::Origin(origin) => format!("{origin}/ and any path"),
            },
        };
        Some(format!(
            "trusts only the certificate of `eventbridge local` on {address}, under the root \
             {}\nthe URL of a target: {target}\n",
            file.display()
        ))
    }
}
