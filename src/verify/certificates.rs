//! Gets certificates for the layer: given ones, or those of a cache.

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
    /// Returns the certificate of a push. The error tells the operator why there is none.
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

    /// Tells the cache that a push did not match under the certificate of this URL, which may have
    /// been replaced.
    #[cfg(feature = "cache")]
    pub(super) fn mismatched(&self, url: &AllowedUrl) {
        if let Self::Cached { cache, .. } = self {
            cache.mismatched(url);
        }
    }

    /// Fetches the exact URLs and keeps them fresh, from the first call inside a runtime on. Where
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

    /// Returns the certificate of a URL that was fetched at least once.
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

/// Marks that a task keeps certificates fresh. The task holds it.
#[cfg(feature = "cache")]
struct Warming(Arc<AtomicBool>);

#[cfg(feature = "cache")]
impl Drop for Warming {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
