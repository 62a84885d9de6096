//! The identity that signs: a key and its certificate.

use zeroize::Zeroizing;

use super::{error::SignerError, key::SigningKey};

/// Stands for EventBridge: a key, its self-signed certificate, and the URL where the certificate is
/// said to be.
#[derive(Clone, Debug)]
pub struct Signer {
    pub(super) key: SigningKey,
    pub(super) certificate_pem: String,
    certificate_url: String,
}

impl Signer {
    /// Makes a throw-away RSA-1024 key, the size of the published ones; takes well under a second
    /// in a debug build too.
    ///
    /// # Errors
    ///
    /// Fails if no key can be made.
    pub fn generate() -> Result<Self, SignerError> {
        Self::generate_with_bits(1024)
    }

    /// Makes a throw-away RSA key of this many bits, 1024 to 4096.
    ///
    /// # Errors
    ///
    /// Fails if no such key can be made.
    pub fn generate_with_bits(bits: u32) -> Result<Self, SignerError> {
        Self::with_key(SigningKey::generate(bits)?)
    }

    /// Takes a private RSA key in PEM, PKCS#1 or PKCS#8.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub fn from_private_key_pem(pem: &str) -> Result<Self, SignerError> {
        Self::with_key(SigningKey::from_pem(pem)?)
    }

    fn with_key(key: SigningKey) -> Result<Self, SignerError> {
        let certificate_pem = key.self_signed_certificate()?;
        Ok(Self { key, certificate_pem, certificate_url: DEFAULT_CERTIFICATE_URL.to_owned() })
    }

    /// Returns the certificate in PEM: X.509 v1, self-signed, valid from 2020 to 2120.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Returns the URL that the pushes name. Default:
    /// `https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem`.
    #[must_use]
    pub fn certificate_url(&self) -> &str {
        &self.certificate_url
    }

    /// Returns the private key in PEM (PKCS#8), as
    /// [`from_private_key_pem`](Self::from_private_key_pem) reads it.
    ///
    /// The text is overwritten when it is dropped. Keep it as secret as the key.
    ///
    /// # Errors
    ///
    /// Fails if the key cannot be encoded.
    pub fn private_key_pem(&self) -> Result<Zeroizing<String>, SignerError> {
        self.key.to_pem()
    }

    /// Names another certificate URL in the pushes.
    #[must_use]
    pub fn with_certificate_url(mut self, url: impl Into<String>) -> Self {
        self.certificate_url = url.into();
        self
    }
}

const DEFAULT_CERTIFICATE_URL: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
