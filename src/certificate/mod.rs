//! Where a key comes from: which certificate URLs are allowed, what a certificate must look like, and who fetches it.

#[cfg(feature = "cache")]
mod cache;
mod error;
mod fingerprint;
#[cfg(feature = "reqwest")]
mod https;
mod parse;
mod pem;
mod public_key;
mod source;
mod url;

#[cfg(feature = "cache")]
#[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
pub use cache::{CertificateCache, CertificateUnavailable};
pub use error::CertificateError;
pub use fingerprint::{Fingerprint, ParseFingerprintError};
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use https::{HttpsSource, HttpsSourceBuilder, HttpsSourceError, HttpsSourceErrorKind};
pub use parse::{Certificate, MAX_CERTIFICATE_BYTES};
pub(crate) use public_key::RepresentativeError;
pub use public_key::{MAX_KEY_BITS, MIN_KEY_BITS, PublicKey, PublicKeyError};
pub(crate) use source::GivenCertificates;
pub use source::{CertificateSource, FetchError, FetchFuture};
pub use url::{AllowedUrl, REGIONS, RegionHost, UrlBasis};
pub(crate) use url::{
    FileNames, InternalHost, UrlPolicy, UrlProblem, check_exact_url, check_region_id,
};
