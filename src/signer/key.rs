//! The private key of a signer.

use std::fmt;

use getrandom::{SysRng, rand_core::UnwrapErr};
use rsa::{
    Pkcs1v15Sign, PrivateKey,
    pkcs1::DecodeRsaPrivateKey,
    pkcs1v15,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey},
    traits::PublicKeyParts,
};
use sha2::{Digest, Sha256};
use x509_cert::{
    TbsCertificate,
    builder::{Builder, CertificateBuilder, profile::BuilderProfile},
    der::{DateTime, Decode, DecodePem, EncodePem, asn1::UtcTime, pem::LineEnding},
    ext::Extension,
    name::Name,
    serial_number::SerialNumber,
    spki::{SubjectPublicKeyInfoOwned, SubjectPublicKeyInfoRef},
    time::{Time, Validity},
};
use zeroize::Zeroizing;

use super::{
    error::SignerError,
    private_operation::{PrivateOperation, type_1_block},
};
use crate::signature::signer_support::emsa_pkcs1_v1_5;

#[derive(Clone)]
pub(super) struct SigningKey {
    key: PrivateKey,
    /// The fast way, for keys of the usual form.
    operation: Option<PrivateOperation>,
}

impl SigningKey {
    fn new(key: PrivateKey) -> Self {
        Self { operation: PrivateOperation::of(&key), key }
    }

    pub(super) fn generate(bits: u32) -> Result<Self, SignerError> {
        if !(1024..=4096).contains(&bits) {
            return Err(SignerError::new("a key has 1024 to 4096 bits"));
        }
        let bits = usize::try_from(bits).map_err(SignerError::new)?;
        let key =
            PrivateKey::new_unchecked(&mut UnwrapErr(SysRng), bits).map_err(SignerError::new)?;
        Ok(Self::new(key))
    }

    pub(super) fn from_pem(pem: &str) -> Result<Self, SignerError> {
        let pkcs8 = PrivateKey::from_pkcs8_pem(pem).ok();
        let key = pkcs8.or_else(|| PrivateKey::from_pkcs1_pem(pem).ok());
        let key =
            key.ok_or_else(|| SignerError::new("no private RSA key in PEM (PKCS#1 or PKCS#8)"))?;
        Ok(Self::new(key))
    }

    pub(super) fn to_pem(&self) -> Result<Zeroizing<String>, SignerError> {
        self.key.to_pkcs8_pem(LineEnding::LF).map_err(SignerError::new)
    }

    /// Signs by RSASSA-PKCS1-v1_5 with SHA-256: a v2 signature.
    pub(super) fn sign_sha256(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        let digest = Sha256::digest(message);
        let encoded = emsa_pkcs1_v1_5(&digest.into(), self.modulus_bytes());
        if let Some(signature) = self.fast(encoded) {
            return Ok(signature);
        }
        self.key.sign(Pkcs1v15Sign::new::<Sha256>(), &digest).map_err(SignerError::new)
    }

    /// Wraps a text as a v1 secret: the private-key operation on a type 1 block around it.
    pub(super) fn wrap(&self, secret: &[u8]) -> Result<Vec<u8>, SignerError> {
        if let Some(wrapped) = self.fast(type_1_block(secret, self.modulus_bytes())) {
            return Ok(wrapped);
        }
        self.key.sign(Pkcs1v15Sign::new_unprefixed(), secret).map_err(SignerError::new)
    }

    /// Signs an encoded message, if the key has the usual form.
    fn fast(&self, encoded: Option<Vec<u8>>) -> Option<Vec<u8>> {
        self.operation.as_ref()?.sign(&encoded?)
    }

    /// Octets of the modulus.
    pub(super) fn modulus_bytes(&self) -> usize {
        self.key.size()
    }

    pub(super) fn self_signed_certificate(&self) -> Result<String, SignerError> {
        let signing_key = pkcs1v15::SigningKey::<Sha256>::new(self.key.clone());
        let public_key = self.key.to_public_key().to_public_key_der().map_err(SignerError::new)?;
        let public_key =
            SubjectPublicKeyInfoOwned::from_der(public_key.as_bytes()).map_err(SignerError::new)?;
        let builder =
            CertificateBuilder::new(SelfSigned, SerialNumber::from(1_u32), validity()?, public_key)
                .map_err(SignerError::new)?;
        let certificate =
            builder.build::<_, pkcs1v15::Signature>(&signing_key).map_err(SignerError::new)?;
        certificate.to_pem(LineEnding::LF).map_err(SignerError::new)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(<redacted>)")
    }
}

/// Returns the signature on a certificate in PEM: a type 1 block that everyone can read.
pub(super) fn certificate_signature(pem: &str) -> Result<Vec<u8>, SignerError> {
    let certificate = x509_cert::Certificate::from_pem(pem).map_err(SignerError::new)?;
    let signature = certificate.signature().as_bytes();
    Ok(signature.unwrap_or_default().to_vec())
}

/// No extensions, so the certificate is X.509 v1 like the vendor's.
struct SelfSigned;

impl BuilderProfile for SelfSigned {
    fn get_issuer(&self, subject: &Name) -> Name {
        subject.clone()
    }

    fn get_subject(&self) -> Name {
        "CN=throw-away certificate of a test signer".parse().unwrap_or_default()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        _: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        Ok(Vec::new())
    }
}

fn validity() -> Result<Validity, SignerError> {
    let at = |year| DateTime::new(year, 1, 1, 0, 0, 0).map_err(SignerError::new);
    let not_before =
        UtcTime::from_unix_duration(at(2020)?.unix_duration()).map_err(SignerError::new)?;
    Ok(Validity::new(Time::UtcTime(not_before), Time::GeneralTime(at(2120)?.into())))
}
