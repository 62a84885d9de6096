//! Where certificates are fetched: roots, addresses and the proxy of the options.

use std::net::SocketAddr;

use tower_eventbridge::certificate::{
    AllowedUrl, CertificateSource, FetchError, FetchFuture, HttpsSource, HttpsSourceErrorKind,
};

use super::Options;
use crate::{
    config_error::{chain, is_refused},
    usage::{UsageError, read},
};

impl Options {
    fn resolves_to_loopback(&self) -> bool {
        let to_loopback = |argument: &String| {
            resolved(argument).is_some_and(|(_, address)| address.ip().is_loopback())
        };
        !self.resolve.is_empty() && self.resolve.iter().all(to_loopback)
    }

    pub(super) fn source(&self) -> Result<Source, UsageError> {
        let mut builder = self.local_source()?.unwrap_or_else(HttpsSource::builder);
        for file in &self.ca_certificate {
            let root = read("--ca-certificate", file)?;
            if holds_test_root(&root) && !self.resolves_to_loopback() {
                let reason = "is the test root of push, whose key is public: it needs a --resolve \
                     to this machine";
                return Err(UsageError::new("--ca-certificate", reason));
            }
            builder = builder.root_certificates(root);
        }
        for argument in &self.resolve {
            let (host, address) = resolved(argument).ok_or_else(|| {
                UsageError::new("--resolve", format_args!("{argument:?} is not HOST=IP:PORT"))
            })?;
            builder = builder.resolve(host, address);
        }
        if let Some(proxy) = &self.fetch_proxy {
            builder = builder.proxy(proxy);
        }
        let https = builder.build().map_err(|error| match error.kind() {
            HttpsSourceErrorKind::Proxy => UsageError::new("--fetch-proxy", chain(&error)),
            HttpsSourceErrorKind::NoClient => UsageError::new(
                "--ca-certificate",
                "no HTTPS client can be made; if the system has no TLS roots, install its package \
                 ca-certificates or give roots with this option",
            ),
            HttpsSourceErrorKind::Root | _ => UsageError::new("--ca-certificate", chain(&error)),
        })?;
        Ok(Source { https, local: self.local })
    }
}

/// Fetches certificates. Where `eventbridge local` does not run, the error says so: the host of the
/// URL is one of the cloud.
pub struct Source {
    https: HttpsSource,
    local: Option<SocketAddr>,
}

impl CertificateSource for Source {
    fn fetch(&self, url: AllowedUrl) -> FetchFuture {
        let fetched = self.https.fetch(url);
        let Some(address) = self.local else { return fetched };
        Box::pin(async move {
            fetched.await.map_err(|error| match is_refused(&error) {
                true => FetchError::unavailable(format!(
                    "nothing listens on {address}: start `eventbridge local`, or name its address \
                     by --local=ADDR"
                )),
                false => error,
            })
        })
    }
}

fn resolved(argument: &str) -> Option<(&str, SocketAddr)> {
    let (host, address) = argument.split_once('=')?;
    Some((host, address.parse().ok()?))
}

/// However it is written: with text around it, say, or other line ends.
fn holds_test_root(pem: &[u8]) -> bool {
    let data = |pem: &[u8]| -> String {
        let text = String::from_utf8_lossy(pem);
        let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.contains("-----"));
        lines.flat_map(str::split_whitespace).collect()
    };
    data(pem).contains(&data(TEST_ROOT))
}

const TEST_ROOT: &[u8] = include_bytes!("../../../test_root.pem");
