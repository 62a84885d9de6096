//! Bytes to certificate: one X.509 certificate in PEM or DER, with the key read and the limits applied.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use x509_cert::{
    der::{
        Decode, Encode, Reader, SliceReader,
        asn1::{ObjectIdentifier, UintRef},
        pem,
    },
    spki::SubjectPublicKeyInfoOwned,
};

use super::{
    fingerprint::Fingerprint,
    public_key::{PublicKey, PublicKeyError},
};

/// The most bytes that a certificate may have, PEM or DER.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// A certificate as EventBridge publishes it: a key, a validity period and fingerprints. Cheap to clone.
///
/// No chain is built and no signature on it is checked: the vendor's certificates are self-signed X.509 v1
/// (docs/wire-facts.md section 1.4), so trust comes only from where the bytes were fetched, or from a pin.
///
/// A certificate whose key cannot be used (an elliptic curve, too few bits) is still a certificate: it parses, and a
/// push that names it is refused as [`certificate-invalid`](crate::RejectionKind::CertificateInvalid).
///
/// ```
/// use tower_eventbridge::certificate::Certificate;
///
/// let pem = include_bytes!("../../fixtures/keys/x509_public_certificate_2021012101.pem");
/// let certificate = Certificate::from_pem_or_der(pem)?;
/// assert_eq!(certificate.public_key()?.bits(), 1024);
/// assert_eq!(
///     certificate.fingerprint().to_string(),
///     "e304ddde55ca8611f5c49c90bf93759c7febc9b9b6ddca7b6792b22fe1f3e143",
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    inner: Arc<Inner>,
}

struct Inner {
    public_key: Result<Arc<PublicKey>, PublicKeyError>,
    not_before: Duration,
    not_after: Duration,
    fingerprint: Fingerprint,
    public_key_fingerprint: Fingerprint,
}

impl Certificate {
    /// Reads exactly one certificate: PEM with nothing but white space around it, or DER with nothing after it.
    ///
    /// # Errors
    ///
    /// If there is no readable certificate, more than one, or more than [`MAX_CERTIFICATE_BYTES`].
    pub fn from_pem_or_der(bytes: &[u8]) -> Result<Self, CertificateError> {
        if bytes.len() > MAX_CERTIFICATE_BYTES {
            return Err(CertificateError::TooLarge {
                bytes: bytes.len(),
                limit: MAX_CERTIFICATE_BYTES,
            });
        }
        if bytes.trim_ascii().is_empty() {
            return Err(CertificateError::Empty);
        }
        if bytes.first() == Some(&DER_SEQUENCE) {
            return Self::from_der(bytes);
        }
        Self::from_der(&der_of_single_pem(bytes.trim_ascii())?)
    }

    fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let unreadable =
            |_| CertificateError::Unreadable { problem: "it is no X.509 certificate in DER" };
        let certificate = x509_cert::Certificate::from_der(der).map_err(unreadable)?;
        let tbs = certificate.tbs_certificate();
        let spki = tbs.subject_public_key_info();
        Ok(Self {
            inner: Arc::new(Inner {
                public_key: public_key_of(spki).map(Arc::new),
                not_before: tbs.validity().not_before.to_unix_duration(),
                not_after: tbs.validity().not_after.to_unix_duration(),
                fingerprint: Fingerprint::of(der),
                public_key_fingerprint: Fingerprint::of(&spki.to_der().map_err(unreadable)?),
            }),
        })
    }

    /// The key.
    ///
    /// # Errors
    ///
    /// If the key is not RSA or is outside the limits of [`PublicKey`].
    pub fn public_key(&self) -> Result<&PublicKey, PublicKeyError> {
        self.shared_public_key().map(Arc::as_ref)
    }

    /// The key, to be kept apart from the certificate.
    pub(crate) fn shared_public_key(&self) -> Result<&Arc<PublicKey>, PublicKeyError> {
        self.inner.public_key.as_ref().map_err(Clone::clone)
    }

    /// The first second in which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        UNIX_EPOCH + self.inner.not_before
    }

    /// The last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        UNIX_EPOCH + self.inner.not_after
    }

    /// The SHA-256 of the certificate's DER.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.inner.fingerprint
    }

    /// The SHA-256 of the key's SubjectPublicKeyInfo DER: what a pin names.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.inner.public_key_fingerprint
    }

    /// Whether `now` lies in the validity period, which includes both of its seconds (RFC 5280 section 4.1.2.5).
    pub(crate) fn is_valid_at(&self, now: SystemTime) -> bool {
        now.duration_since(UNIX_EPOCH).is_ok_and(|now| {
            let now = now.as_secs();
            (self.inner.not_before.as_secs()..=self.inner.not_after.as_secs()).contains(&now)
        })
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Certificate")
            .field("fingerprint", &self.inner.fingerprint)
            .field("public_key", &self.inner.public_key)
            .finish_non_exhaustive()
    }
}

/// Why bytes are not one certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is nothing.
    Empty,
    /// There are too many bytes.
    #[non_exhaustive]
    TooLarge {
        /// Bytes there are.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// There is more than one certificate.
    #[non_exhaustive]
    MoreThanOne {
        /// PEM blocks there are.
        count: usize,
    },
    /// There is something that is no certificate.
    #[non_exhaustive]
    Unreadable {
        /// What is wrong.
        problem: &'static str,
    },
}

impl fmt::Display for CertificateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                formatter.write_str("there is no certificate, only white space or nothing")
            }
            Self::TooLarge { bytes, limit } => {
                write!(formatter, "{bytes} bytes, at most {limit} are allowed")
            }
            Self::MoreThanOne { count } => {
                write!(formatter, "{count} PEM blocks, exactly one is needed")
            }
            Self::Unreadable { problem } => formatter.write_str(problem),
        }
    }
}

impl std::error::Error for CertificateError {}

fn der_of_single_pem(pem: &[u8]) -> Result<Vec<u8>, CertificateError> {
    let unreadable = |problem| CertificateError::Unreadable { problem };
    let count = pem.windows(PEM_BEGIN.len()).filter(|window| *window == PEM_BEGIN).count();
    if count > 1 {
        return Err(CertificateError::MoreThanOne { count });
    }
    if !pem.starts_with(PEM_BEGIN) {
        return Err(unreadable("it is neither PEM nor DER"));
    }
    // Other line widths than 64 are read too (RFC 7468 section 2).
    let unreadable_pem = |_| unreadable("its PEM cannot be read");
    let mut decoder = pem::Decoder::new_detect_wrap(pem).map_err(unreadable_pem)?;
    if decoder.type_label() != "CERTIFICATE" {
        return Err(unreadable("its PEM block is no CERTIFICATE"));
    }
    let mut der = Vec::new();
    decoder.decode_to_end(&mut der).map_err(unreadable_pem)?;
    Ok(der)
}

fn public_key_of(spki: &SubjectPublicKeyInfoOwned) -> Result<PublicKey, PublicKeyError> {
    if spki.algorithm.oid != RSA_ENCRYPTION {
        return Err(PublicKeyError::NotRsa { algorithm: spki.algorithm.oid.to_string().into() });
    }
    let parameters_absent =
        spki.algorithm.parameters.as_ref().is_none_or(x509_cert::der::Any::is_null);
    let key = spki.subject_public_key.as_bytes();
    let (Some(key), true) = (key, parameters_absent) else {
        return Err(PublicKeyError::Malformed);
    };
    let (modulus, exponent) = read_rsa_public_key(key).map_err(|_| PublicKeyError::Malformed)?;
    PublicKey::new(modulus, exponent)
}

/// `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`, RFC 8017 appendix A.1.1.
fn read_rsa_public_key(der: &[u8]) -> x509_cert::der::Result<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(der)?;
    let numbers = reader.sequence(|fields| {
        let modulus = UintRef::decode(fields)?;
        let exponent = UintRef::decode(fields)?;
        x509_cert::der::Result::Ok((modulus.as_bytes(), exponent.as_bytes()))
    })?;
    reader.finish()?;
    Ok(numbers)
}

const DER_SEQUENCE: u8 = 0x30;
const PEM_BEGIN: &[u8] = b"-----BEGIN ";
/// RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
