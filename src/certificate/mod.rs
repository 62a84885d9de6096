//! Where a key comes from: the certificate URLs that are allowed, the form of a certificate, and
//! the sources of certificates.
//!
//! A file imports only from the files and folders above its own.

mod error;
mod fingerprint;
mod public_key;
mod url;

mod pem;

mod parse;

mod source;

#[cfg(feature = "cache")]
mod cache;
#[cfg(feature = "reqwest-client")]
mod https;

#[cfg(feature = "reqwest")]
mod https_client;

#[cfg(feature = "cache")]
#[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
pub use cache::{CertificateCache, CertificateUnavailable};
pub use error::CertificateError;
pub use fingerprint::{Fingerprint, ParseFingerprintError, PublicKeyPin};
#[cfg(feature = "reqwest-client")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest-client")))]
pub use https::HttpsSource;
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use https_client::{HttpsSourceBuilder, HttpsSourceError, HttpsSourceErrorKind};
pub use parse::{Certificate, MAX_CERTIFICATE_BYTES};
pub(crate) use public_key::RepresentativeError;
pub use public_key::{MAX_KEY_BITS, MIN_KEY_BITS, PublicKey, PublicKeyError};
pub(crate) use source::GivenCertificates;
pub use source::{CertificateSource, FetchError, FetchFuture, SourceError};
pub use url::{AllowedUrl, REGIONS, RegionHost, UrlBasis};
pub(crate) use url::{
    FileNames, InternalHost, UrlPolicy, UrlProblem, check_exact_url, check_region_id,
};
