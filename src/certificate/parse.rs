//! Bytes to certificate: one X.509 certificate in PEM or DER, with the key read and the limits
//! applied.

use std::{
    fmt,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use x509_cert::{
    der::{
        Decode, Encode, Reader, SliceReader,
        asn1::{ObjectIdentifier, UintRef},
    },
    spki::SubjectPublicKeyInfoOwned,
};

use super::{
    error::CertificateError,
    fingerprint::Fingerprint,
    pem,
    public_key::{PublicKey, PublicKeyError},
};

/// Limits the bytes of a certificate, PEM or DER.
pub const MAX_CERTIFICATE_BYTES: usize = 64 * 1024;

/// Holds a certificate as EventBridge publishes it: a key, a validity period and fingerprints.
/// Cheap to clone.
///
/// No chain is built and no signature on it is checked, because the vendor's certificates are
/// self-signed X.509 v1 (docs/wire-facts.md section 1.4). Trust comes only from where the bytes
/// were fetched, or from a pin.
///
/// A certificate whose key cannot be used (an elliptic curve, too few bits) still parses. A push
/// that names it is rejected as
/// [`certificate-invalid`](crate::signature::RejectionKind::CertificateInvalid).
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
    /// Reads exactly one certificate: one PEM block, or DER with nothing but white space after it.
    ///
    /// PEM is read as of RFC 7468 section 2 and as openssl reads it. Text and other blocks around
    /// the certificate's, white space around lines and a byte order mark are ignored. Lines may end
    /// in CRLF, LF or CR. The labels `X509 CERTIFICATE`, `X.509 CERTIFICATE` and `TRUSTED
    /// CERTIFICATE` are read too. The trust settings of the last are ignored, because they are
    /// about chains. UTF-16 is not read.
    ///
    /// # Errors
    ///
    /// Fails without a readable certificate, with more than one, with a private key, and beyond
    /// [`MAX_CERTIFICATE_BYTES`].
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
            let length = pem::first_element_length(bytes);
            // Some tools end everything in a line feed.
            let whole = length.and_then(|length| bytes.split_at_checked(length));
            let der = match whole {
                Some((der, rest)) if rest.trim_ascii().is_empty() => der,
                _ => bytes,
            };
            let read = Self::from_der(der);
            // The same byte is the digit 0, with which the text before a PEM block may begin.
            if read.is_ok() || !pem::has_boundary(bytes) {
                return read;
            }
        }
        let block = single_block(bytes)?;
        Self::from_der(&block.certificate_der()?).map_err(|error| {
            if matches!(error, CertificateError::Unreadable { .. }) {
                return block.damaged("is not an X.509 certificate in DER");
            }
            error
        })
    }

    fn from_der(der: &[u8]) -> Result<Self, CertificateError> {
        let unreadable =
            |_| CertificateError::Unreadable { problem: "it is not an X.509 certificate in DER" };
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

    /// Returns the key.
    ///
    /// # Errors
    ///
    /// Fails if the key is not RSA or is outside the limits of [`PublicKey`].
    pub fn public_key(&self) -> Result<&PublicKey, PublicKeyError> {
        self.shared_public_key().map(Arc::as_ref)
    }

    /// Returns the key, to be kept apart from the certificate.
    pub(crate) fn shared_public_key(&self) -> Result<&Arc<PublicKey>, PublicKeyError> {
        self.inner.public_key.as_ref().map_err(Clone::clone)
    }

    /// Returns the first second in which the certificate is valid.
    #[must_use]
    pub fn not_before(&self) -> SystemTime {
        UNIX_EPOCH + self.inner.not_before
    }

    /// Returns the last second in which the certificate is valid.
    #[must_use]
    pub fn not_after(&self) -> SystemTime {
        UNIX_EPOCH + self.inner.not_after
    }

    /// Returns the SHA-256 of the certificate's DER.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.inner.fingerprint
    }

    /// Returns the SHA-256 of the key's SubjectPublicKeyInfo DER, which a pin names.
    #[must_use]
    pub fn public_key_fingerprint(&self) -> Fingerprint {
        self.inner.public_key_fingerprint
    }

    /// Returns whether `now` lies in the validity period, which includes both of its limits (RFC
    /// 5280 section 4.1.2.5).
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

fn single_block(text: &[u8]) -> Result<pem::Block<'_>, CertificateError> {
    let mut blocks = pem::certificate_blocks(text)?;
    match blocks.pop() {
        Some(block) if blocks.is_empty() => Ok(block),
        last => {
            blocks.extend(last);
            let lines = blocks.iter().map(pem::Block::line).take(MAX_LINES_NAMED).collect();
            Err(CertificateError::MoreThanOne { count: blocks.len(), lines })
        }
    }
}

/// Lines of blocks that an error names at most.
const MAX_LINES_NAMED: usize = 8;

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

/// Reads `RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }`, RFC 8017 appendix
/// A.1.1.
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
/// RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

#[cfg(test)]
mod tests;
