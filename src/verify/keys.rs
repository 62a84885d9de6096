//! Where the layer gets certificates from.

use std::fmt;

#[cfg(feature = "cache")]
use crate::certificate::CertificateCache;
use crate::{
    certificate::{AllowedUrl, Certificate},
    signature::CheckedHead,
};

/// Certificates given in the configuration, and those that a cache fetches.
#[derive(Clone)]
pub(super) enum Keys {
    GivenOnly,
    #[cfg(feature = "cache")]
    Cached(CertificateCache),
}

impl Keys {
    pub(super) async fn certificate_for(
        &self,
        head: &CheckedHead,
    ) -> Result<Certificate, Unavailable> {
        if let Some(given) = head.pinned_certificate() {
            return Ok(given.clone());
        }
        match self {
            Self::GivenOnly => {
                Err(Unavailable("it is not configured, and nothing is fetched".into()))
            }
            #[cfg(feature = "cache")]
            Self::Cached(cache) => {
                let certificate = cache.get(head.certificate_url()).await;
                certificate.map_err(|error| Unavailable(error.to_string().into()))
            }
        }
    }

    /// A push did not match under the certificate of this URL: it may have been replaced.
    #[cfg(feature = "cache")]
    pub(super) fn mismatched(&self, url: &AllowedUrl) {
        if let Self::Cached(cache) = self {
            cache.mismatched(url);
        }
    }

    #[cfg(not(feature = "cache"))]
    pub(super) const fn mismatched(&self, _: &AllowedUrl) {}
}

/// Why there is no certificate.
pub(super) struct Unavailable(Box<str>);

impl fmt::Display for Unavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
