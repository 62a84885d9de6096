//! Sources of the bytes of a certificate: a trait that closures implement, and its errors.

use std::{error::Error, fmt, pin::Pin, sync::Arc};

use bytes::Bytes;

use super::{parse::Certificate, url::AllowedUrl};
use crate::redacted_url::redacted_url;

/// Resolves to the answer of a [`CertificateSource`]: the bytes at the URL, PEM or DER.
pub type FetchFuture = Pin<Box<dyn Future<Output = Result<Bytes, FetchError>> + Send>>;

/// Gets the bytes of the certificate at a URL that the policy allows.
///
/// Implement it (or pass a closure) to fetch through your own client, read files, or serve tests.
/// An error means "not available now": the push is answered 503 and EventBridge tries again. The
/// bytes are trusted only because they came from exactly that URL. So a source must verify TLS and
/// must not follow redirects. It should stop reading after
/// [`MAX_CERTIFICATE_BYTES`](super::MAX_CERTIFICATE_BYTES).
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

/// Says why there are no bytes. Its [`source`](std::error::Error::source) is the cause.
#[derive(Clone, Debug)]
pub struct FetchError {
    lasting: Lasting,
    cause: SourceError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    Unavailable,
    Gone,
}

impl FetchError {
    /// Makes the error of a host that cannot be reached or does not answer well. `cause`, an error
    /// or text, is for the operator and must hold no secret.
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { lasting: Lasting::Unavailable, cause: SourceError::new(cause) }
    }

    /// Makes the error of a host that has nothing at this URL (status 404 or 410). A certificate
    /// fetched earlier is kept for minutes then, not for a day.
    #[must_use]
    pub fn gone(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { lasting: Lasting::Gone, cause: SourceError::new(cause) }
    }

    /// Returns whether the host says that there is nothing at this URL.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.lasting == Lasting::Gone
    }
}

impl fmt::Display for FetchError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.lasting {
            Lasting::Unavailable => "its host did not give it",
            Lasting::Gone => "its host has nothing at the URL",
        })
    }
}

impl Error for FetchError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause.0)
    }
}

/// Shares any error of a [`CertificateSource`]. Equal to its clones only.
#[derive(Clone, Debug)]
pub struct SourceError(Arc<dyn Error + Send + Sync>);

impl SourceError {
    pub(crate) fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(error.into().into())
    }
}

impl PartialEq for SourceError {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for SourceError {}

impl fmt::Display for SourceError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Error for SourceError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

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
