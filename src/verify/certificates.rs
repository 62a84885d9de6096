//! Where the layer gets certificates from.

#[cfg(feature = "cache")]
use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

#[cfg(feature = "cache")]
use crate::{certificate::CertificateCache, error_chain::WithCauses};
use crate::{
    certificate::{AllowedUrl, Certificate},
    signature::CheckedHead,
};

/// Certificates given in the configuration, and those that a cache fetches.
pub(super) enum Certificates {
    GivenOnly,
    #[cfg(feature = "cache")]
    Cached {
        cache: CertificateCache,
        exact: Vec<AllowedUrl>,
        warming: Arc<AtomicBool>,
    },
}

impl Certificates {
    /// The error says why there is none, for the operator.
    pub(super) async fn certificate_for(&self, head: &CheckedHead) -> Result<Certificate, String> {
        if let Some(given) = head.given_certificate() {
            return Ok(given.clone());
        }
        match self {
            Self::GivenOnly => Err("it is not configured, and nothing is fetched".to_owned()),
            #[cfg(feature = "cache")]
            Self::Cached { cache, .. } => {
                let certificate = cache.get(head.certificate_url()).await;
                certificate.map_err(|error| WithCauses(&error).to_string())
            }
        }
    }

    /// A push did not match under the certificate of this URL: it may have been replaced.
    #[cfg(feature = "cache")]
    pub(super) fn mismatched(&self, url: &AllowedUrl) {
        if let Self::Cached { cache, .. } = self {
            cache.mismatched(url);
        }
    }

    /// From the first call inside a runtime on, the exact URLs are fetched and kept fresh. Where
    /// that runtime ends, the next call begins again in another.
    #[cfg(feature = "cache")]
    pub(super) fn keep_warm(&self) {
        let Self::Cached { cache, exact, warming } = self else { return };
        if exact.is_empty()
            || warming.load(Ordering::Relaxed)
            || tokio::runtime::Handle::try_current().is_err()
            || warming.swap(true, Ordering::Relaxed)
        {
            return;
        }
        let until_dropped = Warming(Arc::clone(warming));
        cache.keep_warm_with(exact.clone(), until_dropped);
    }

    #[cfg(not(feature = "cache"))]
    pub(super) const fn keep_warm(&self) {}

    /// What is kept for a URL that was fetched at least once.
    #[cfg(feature = "cache")]
    pub(super) fn kept(&self, url: &AllowedUrl) -> Option<Certificate> {
        match self {
            Self::GivenOnly => None,
            Self::Cached { cache, .. } => cache.kept(url),
        }
    }

    #[cfg(not(feature = "cache"))]
    pub(super) const fn kept(&self, _: &AllowedUrl) -> Option<Certificate> {
        None
    }

    #[cfg(not(feature = "cache"))]
    pub(super) const fn mismatched(&self, _: &AllowedUrl) {}
}

/// Held by the task that keeps certificates fresh.
#[cfg(feature = "cache")]
struct Warming(Arc<AtomicBool>);

#[cfg(feature = "cache")]
impl Drop for Warming {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
