//! Who gets the bytes of a certificate: a trait that closures implement, and certificates given in the configuration.

use std::{fmt, pin::Pin, sync::Arc};

use bytes::Bytes;

use super::{parse::Certificate, url::AllowedUrl};
use crate::redacted_url::redacted_url;

/// What a [`CertificateSource`] answers with: the bytes at the URL, PEM or DER.
pub type FetchFuture = Pin<Box<dyn Future<Output = Result<Bytes, FetchError>> + Send>>;

/// Gets the bytes of the certificate at a URL that the policy allows.
///
/// Implement it (or pass a closure) to fetch through your own client, read files, or serve tests. An error means "not
/// available now": the push is answered 503 and EventBridge tries again. Whatever the source returns is believed only
/// because it came from exactly that URL, so a source must verify TLS, must not follow redirects, and should stop
/// reading after [`MAX_CERTIFICATE_BYTES`](super::MAX_CERTIFICATE_BYTES).
///
/// ```
/// use bytes::Bytes;
/// use tower_eventbridge::certificate::{AllowedUrl, CertificateSource, FetchError};
///
/// fn is_a_source(_: impl CertificateSource) {}
///
/// is_a_source(|url: AllowedUrl| async move {
///     Err::<Bytes, _>(FetchError::unavailable(format!("no certificate for {url} here")))
/// });
/// ```
pub trait CertificateSource: Send + Sync + 'static {
    /// Fetches the bytes at `url`.
    fn fetch(&self, url: AllowedUrl) -> FetchFuture;
}

impl<F, Fut> CertificateSource for F
where
    F: Fn(AllowedUrl) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Bytes, FetchError>> + Send + 'static,
{
    fn fetch(&self, url: AllowedUrl) -> FetchFuture {
        Box::pin(self(url))
    }
}

/// Why there are no bytes.
#[derive(Clone, Debug)]
pub struct FetchError {
    lasting: Lasting,
    message: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    Unavailable,
    Gone,
}

impl FetchError {
    /// The host cannot be reached or does not answer well; `cause` is for the operator and must hold no secret.
    #[must_use]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self { lasting: Lasting::Unavailable, message: cause.to_string().into() }
    }

    /// The host says that there is nothing at this URL (status 404 or 410). A certificate fetched earlier is kept for
    /// minutes then, not for a day.
    #[must_use]
    pub fn gone(cause: impl fmt::Display) -> Self {
        Self { lasting: Lasting::Gone, message: cause.to_string().into() }
    }

    /// Whether the host says that there is nothing at this URL.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.lasting == Lasting::Gone
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for FetchError {}

/// Certificates given in the configuration, by their exact URL.
#[derive(Clone, Default)]
pub(crate) struct GivenCertificates {
    by_url: Vec<(Arc<str>, Certificate)>,
}

impl fmt::Debug for GivenCertificates {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted =
            self.by_url.iter().map(|(url, certificate)| (redacted_url(url), certificate));
        formatter.debug_map().entries(redacted).finish()
    }
}

impl GivenCertificates {
    pub(crate) fn insert(&mut self, url: &str, certificate: Certificate) {
        self.by_url.push((url.into(), certificate));
    }

    pub(crate) fn get(&self, url: &AllowedUrl) -> Option<&Certificate> {
        let given = self.by_url.iter().find(|(given, _)| **given == *url.as_str());
        given.map(|(_, certificate)| certificate)
    }
}
