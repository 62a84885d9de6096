//! The client that an [`HttpsSource`] makes itself, and its settings.

use std::{fmt, net::SocketAddr, sync::Arc, time::Duration};

use reqwest::{Client, Proxy, redirect, retry};

use super::{error::CertificateError, https::HttpsSource, pem};

impl HttpsSource {
    /// Makes a source with the system's roots, its resolver and no proxy.
    ///
    /// # Errors
    ///
    /// Fails if the system has no TLS roots.
    pub fn new() -> Result<Self, HttpsSourceError> {
        Self::builder().build()
    }

    /// Begins a source with settings of your own.
    pub fn builder() -> HttpsSourceBuilder {
        HttpsSourceBuilder::default()
    }
}

/// Configures an [`HttpsSource`].
#[derive(Clone, Default)]
#[must_use]
pub struct HttpsSourceBuilder {
    roots: Vec<Vec<u8>>,
    no_system_roots: bool,
    resolved: Vec<(String, SocketAddr)>,
    proxy: Option<String>,
}

impl HttpsSourceBuilder {
    /// Trusts these TLS roots, PEM blocks among any text, in addition to the system's; for fetching
    /// certificates only.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.roots.push(pem.into());
        self
    }

    /// Trusts no TLS roots but those of [`root_certificates`](Self::root_certificates). Default:
    /// the system's too.
    pub fn without_system_roots(mut self) -> Self {
        self.no_system_roots = true;
        self
    }

    /// Connects to this address for this host, instead of asking the resolver. TLS still verifies
    /// the host's name.
    pub fn resolve(mut self, host: impl Into<String>, address: SocketAddr) -> Self {
        self.resolved.push((host.into(), address));
        self
    }

    /// Fetches through this proxy, for networks without direct egress. Default: none, whatever the
    /// environment says.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Builds the client. Nothing is connected to yet.
    ///
    /// # Errors
    ///
    /// Fails if a root or the proxy URL cannot be read, or without any TLS root.
    pub fn build(self) -> Result<HttpsSource, HttpsSourceError> {
        let mut builder = Client::builder()
            .tls_backend_rustls()
            .https_only(true)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")));
        let mut roots = Vec::new();
        for pem in &self.roots {
            roots.extend(roots_of(pem)?);
        }
        builder = match self.no_system_roots {
            true => builder.tls_certs_only(roots),
            false if roots.is_empty() => builder,
            false => builder.tls_certs_merge(roots),
        };
        for (host, address) in &self.resolved {
            builder = builder.resolve(host, *address);
        }
        if let Some(url) = &self.proxy {
            let proxy = Proxy::https(url).map_err(|error| {
                HttpsSourceError::new(HttpsSourceErrorKind::Proxy, error.without_url())
            })?;
            builder = builder.proxy(proxy);
        }
        let client = builder
            .build()
            .map_err(|error| HttpsSourceError::new(HttpsSourceErrorKind::NoClient, error))?;
        Ok(HttpsSource::with_client(client))
    }
}

impl fmt::Debug for HttpsSourceBuilder {
    /// Leaves out the proxy's URL, which may hold a password.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("HttpsSourceBuilder")
            .field("roots", &self.roots.len())
            .field("no_system_roots", &self.no_system_roots)
            .field("resolved", &self.resolved)
            .field("proxy", &self.proxy.is_some())
            .finish()
    }
}

/// Reads one root or more, as certificates of pushes are read.
fn roots_of(pem: &[u8]) -> Result<Vec<reqwest::Certificate>, HttpsSourceError> {
    let unreadable = |error| HttpsSourceError {
        kind: HttpsSourceErrorKind::Root,
        cause: Cause::Certificate(error),
    };
    let blocks = pem::certificate_blocks(pem).map_err(unreadable)?;
    let root = |block: &pem::Block<'_>| {
        let der = block.certificate_der().map_err(unreadable)?;
        reqwest::Certificate::from_der(&der)
            .map_err(|error| HttpsSourceError::new(HttpsSourceErrorKind::Root, error))
    };
    blocks.iter().map(root).collect()
}

/// Says why an [`HttpsSource`] cannot be made, and how to mend it. Its
/// [`source`](std::error::Error::source) is the cause. Never holds the proxy's URL.
#[derive(Clone, Debug)]
pub struct HttpsSourceError {
    kind: HttpsSourceErrorKind,
    cause: Cause,
}

#[derive(Clone, Debug)]
enum Cause {
    Certificate(CertificateError),
    Client(Arc<reqwest::Error>),
}

/// Names the setting at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HttpsSourceErrorKind {
    /// A TLS root cannot be read.
    Root,
    /// The proxy URL cannot be used.
    Proxy,
    /// A client cannot be made. Most often the system lacks TLS roots.
    NoClient,
}

impl HttpsSourceError {
    fn new(kind: HttpsSourceErrorKind, cause: reqwest::Error) -> Self {
        Self { kind, cause: Cause::Client(Arc::new(cause)) }
    }

    /// Returns which setting is at fault.
    #[must_use]
    pub fn kind(&self) -> HttpsSourceErrorKind {
        self.kind
    }
}

impl fmt::Display for HttpsSourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.kind {
            HttpsSourceErrorKind::Root => "a TLS root cannot be read",
            HttpsSourceErrorKind::Proxy => "the proxy URL cannot be used",
            HttpsSourceErrorKind::NoClient => {
                "no HTTPS client can be made; if the system has no TLS roots, install its package \
                 ca-certificates, or give roots with HttpsSource::builder().root_certificates(..)"
            }
        })
    }
}

impl std::error::Error for HttpsSourceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(match &self.cause {
            Cause::Certificate(error) => error,
            Cause::Client(error) => &**error,
        })
    }
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
