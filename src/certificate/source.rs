//! Who gets the bytes of a certificate: a trait that closures implement, and certificates pinned in the configuration.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;

use super::{parse::Certificate, url::AllowedUrl};

/// Any error, boxed.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What a [`CertificateSource`] answers with: the bytes at the URL, PEM or DER.
pub type FetchFuture = Pin<Box<dyn Future<Output = Result<Bytes, BoxError>> + Send>>;

/// Gets the bytes of the certificate at a URL that the policy allows.
///
/// Implement it (or pass a closure) to fetch through your own client, read files, or serve tests. An error means "not
/// available now": the push is answered 503 and EventBridge tries again. Whatever the source returns is only believed
/// because it came from exactly that URL, so a source must verify TLS and must not follow redirects.
///
/// ```
/// use bytes::Bytes;
/// use tower_eventbridge::certificate::{AllowedUrl, CertificateSource};
///
/// fn is_a_source(_: impl CertificateSource) {}
///
/// is_a_source(|url: AllowedUrl| async move {
///     Err::<Bytes, _>(format!("no certificate for {url} here").into())
/// });
/// ```
pub trait CertificateSource: Send + Sync + 'static {
    /// Fetches the bytes at `url`.
    fn fetch(&self, url: AllowedUrl) -> FetchFuture;
}

impl<F, Fut> CertificateSource for F
where
    F: Fn(AllowedUrl) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Bytes, BoxError>> + Send + 'static,
{
    fn fetch(&self, url: AllowedUrl) -> FetchFuture {
        Box::pin(self(url))
    }
}

/// Certificates given in the configuration, by their exact URL.
#[derive(Clone, Debug, Default)]
pub(crate) struct PinnedCertificates {
    by_url: Vec<(Arc<str>, Certificate)>,
}

impl PinnedCertificates {
    pub(crate) fn insert(&mut self, url: &str, certificate: Certificate) {
        self.by_url.push((url.into(), certificate));
    }

    pub(crate) fn get(&self, url: &AllowedUrl) -> Option<&Certificate> {
        let pinned = self.by_url.iter().find(|(pinned, _)| **pinned == *url.as_str());
        pinned.map(|(_, certificate)| certificate)
    }
}
