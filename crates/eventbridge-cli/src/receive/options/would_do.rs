//! What the options make the receiver do, in words, without secrets.

use super::{
    FormArg, Options,
    shown::{fingerprint, public_part},
};
use crate::receive::printer::Print;
use crate::{
    arguments::{EndpointArg, Seen, endpoints, lines},
    receive::capture::Captured,
    usage::UsageError,
};

/// Names and values, in the order of a push.
pub struct WouldDo(pub Vec<(&'static str, String)>);

impl Options {
    /// Says what a receiver with these options does.
    pub fn would_do(&self) -> Result<WouldDo, UsageError> {
        let mut rows = Vec::new();
        let mut add = |name, value: String| rows.push((name, value));
        add("listen", self.listen()?.to_string());
        if let Some(address) = self.admin_listen {
            add("answer /healthz, /readyz, /metrics", address.to_string());
        }
        if let Some(address) = self.page.ui {
            add("show every push", format!("at http://{address}/ui/, for this machine alone"));
        }
        let seen_as = lines(&self.seen_as);
        for endpoint in endpoints(&self.endpoint_urls(), &seen_as, self.seen_anywhere)? {
            add("accept pushes to", endpoint_words(&endpoint));
        }
        add("of", self.tokens_words()?);
        add("with signatures", self.scheme_words());
        for host in self.certificate_words() {
            add("trust certificates from", host);
        }
        if let Some(proxy) = &self.fetch_proxy {
            add("fetch them through", public_part(proxy));
        }
        if let Some(key) = &self.dev_key {
            add("trust the key", key.file.display().to_string());
        }
        if let Some((address, (file, _))) = self.local.zip(self.local_root.as_ref()) {
            add("trust the certificate of", format!("`eventbridge local` on {address} alone"));
            add("under the root of", file.display().to_string());
        }
        let goes_on = self.forwarding.words()?;
        let prints = match (self.forwarding.print, goes_on.is_empty()) {
            (Print::Never, _) => "no event",
            (Print::Always, _) | (Print::Auto, true) => "every event, whole",
            (Print::Auto, false) => "attributes of what goes on, other events whole",
        };
        goes_on.into_iter().for_each(|(name, value)| add(name, value));
        add("print", prints.to_owned());
        add("handle each event once", self.dedupe_words());
        if self.replay_protection {
            add("reject", "the same signed push a second time (409)".to_owned());
        }
        if let Some(folder) = &self.capture_dir {
            let which = match self.capture {
                None | Some(Captured::Refused) => "rejected pushes",
                Some(Captured::Accepted) => "accepted pushes",
                Some(Captured::All) => "all pushes",
            };
            add("write files", format!("{which}, to {}", folder.display()));
        }
        Ok(WouldDo(rows))
    }

    /// Limits that no [`Limits`](crate::receive::serve::Limits) holds.
    pub fn limit_rows(&self) -> Vec<(&'static str, String)> {
        vec![
            ("age of a push", format!("{} s", self.tolerance)),
            ("a body", format!("{} bytes", self.max_body)),
            ("bodies of all requests", format!("{} bytes", self.max_body_in_flight)),
        ]
    }

    fn tokens_words(&self) -> Result<String, UsageError> {
        if self.any_tenant {
            return Ok("every EventBridge customer (--any-tenant)".to_owned());
        }
        if self.accepts_any_tenant() {
            return Ok("`eventbridge local`, with any token or none".to_owned());
        }
        let tokens = self.tokens()?;
        let prints: Vec<_> = tokens.iter().map(|token| fingerprint(token)).collect();
        let count = tokens.len();
        let noun = if count == 1 { "token" } else { "tokens" };
        Ok(format!("whoever has the right token: {count} {noun}, {}", prints.join(", ")))
    }

    fn scheme_words(&self) -> String {
        // v1 without a token proves nothing.
        let v2 = self.require_v2 || self.accepts_any_tenant();
        let scheme = if v2 { "v2" } else { "v1 or v2" };
        let form = match self.form {
            FormArg::Any => "either form",
            FormArg::Reference => "the reference form",
            FormArg::Documented => "the documented form",
        };
        format!("{scheme}, in {form} of the string to sign")
    }

    fn certificate_words(&self) -> Vec<String> {
        let hosts = lines(&self.region).into_iter().chain(self.unlisted_region.clone());
        let hosts = hosts.flat_map(|region| {
            let host = |place: &str| format!("https://{region}-eventbridge.{place}.aliyuncs.com");
            let internal = self.internal_oss_host.then(|| host(&format!("oss-{region}-internal")));
            let documented = [host("oss-accelerate"), host(&format!("oss-{region}"))];
            documented.into_iter().chain(internal).collect::<Vec<_>>()
        });
        let urls = lines(&self.certificate_url).into_iter().map(|url| public_part(&url));
        let given = lines(&self.certificate).into_iter().filter_map(|argument| {
            let (url, file) = argument.split_once('=')?;
            Some(format!("{}, given in {file}", public_part(url)))
        });
        hosts.chain(urls).chain(given).collect()
    }

    fn dedupe_words(&self) -> String {
        match self.dedupe.as_str() {
            "none" => "no".to_owned(),
            "memory" => "in this process only".to_owned(),
            url => format!("by the store {}", public_part(url)),
        }
    }
}

fn endpoint_words(endpoint: &EndpointArg) -> String {
    match endpoint {
        EndpointArg::Origin(origin) => format!("{origin}, any path"),
        EndpointArg::Exact { url, seen } => {
            let url = public_part(url);
            match seen {
                Seen::AtItsOwnPath => url,
                Seen::As(path) => format!("{url}, seen as {}", public_part(path)),
                Seen::Anywhere => format!("{url}, seen at any path"),
            }
        }
    }
}
