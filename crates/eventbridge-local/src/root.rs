//! A TLS root of one user, and certificates under it: they stand for the certificate host.

use std::{fmt, sync::Arc};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Holds the key of a TLS root. Anybody who has the key can pose as any host to a client that
/// trusts the root. Keep it readable for its owner only. `Debug` does not show it.
pub struct TlsRoot {
    name: String,
    key: KeyPair,
}

/// Says why there is no TLS root, or no certificate under it.
#[derive(Debug)]
pub struct TlsRootError(String);

impl fmt::Display for TlsRootError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for TlsRootError {}

fn failed(error: impl fmt::Display) -> TlsRootError {
    TlsRootError(error.to_string())
}

impl TlsRoot {
    /// Makes a key.
    ///
    /// # Errors
    ///
    /// Fails if the system gives no random bytes.
    pub fn generate(name: impl Into<String>) -> Result<Self, TlsRootError> {
        Ok(Self { name: name.into(), key: KeyPair::generate().map_err(failed)? })
    }

    /// Reads a key in PEM (PKCS#8). The name is the subject of the root: it has to be the same each
    /// time.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read.
    pub fn from_key_pem(name: impl Into<String>, pem: &str) -> Result<Self, TlsRootError> {
        Ok(Self { name: name.into(), key: KeyPair::from_pem(pem).map_err(failed)? })
    }

    /// Returns the key in PEM (PKCS#8). Keep it as secret as the key.
    #[must_use]
    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// Returns the certificate of the root in PEM.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be made.
    pub fn pem(&self) -> Result<String, TlsRootError> {
        Ok(self.parameters().self_signed(&self.key).map_err(failed)?.pem())
    }

    /// Returns a TLS server with a new certificate for these names and addresses.
    ///
    /// # Errors
    ///
    /// Fails if a name cannot be one.
    pub fn server(&self, names: &[&str]) -> Result<ServerConfig, TlsRootError> {
        let issuer = Issuer::new(self.parameters(), &self.key);
        let key = KeyPair::generate().map_err(failed)?;
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let certificate = CertificateParams::new(names).map_err(failed)?;
        let certificate = certificate.signed_by(&key, &issuer).map_err(failed)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(failed)?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .map_err(failed)
    }

    fn parameters(&self) -> CertificateParams {
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, self.name.as_str());
        let mut root = CertificateParams::default();
        root.distinguished_name = name;
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        root.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        root
    }
}

impl fmt::Debug for TlsRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TlsRoot").field("name", &self.name).finish_non_exhaustive()
    }
}
