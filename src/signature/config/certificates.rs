//! The settings about certificates, and the policy that they make together.

use std::fmt;

use super::error::ConfigError;
use crate::{
    certificate::{
        AllowedUrl, Certificate, FileNames, Fingerprint, GivenCertificates, InternalHost,
        PublicKeyPin, REGIONS, UrlBasis, UrlPolicy, check_exact_url, check_region_id,
    },
    redacted_url::redacted_url,
};

/// The settings of a builder about which certificates are trusted.
#[derive(Clone, Default)]
pub(crate) struct CertificateSettings {
    pub(crate) regions: Vec<String>,
    pub(crate) unlisted_regions: Vec<String>,
    pub(crate) internal_host: InternalHost,
    pub(crate) file_names: FileNames,
    pub(crate) certificate_urls: Vec<String>,
    pub(crate) certificates: Vec<(String, Vec<u8>)>,
    pub(crate) public_key_pins: Vec<PublicKeyPin>,
}

impl fmt::Debug for CertificateSettings {
    /// Shows URLs without credentials, and certificates by their URL only.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let redacted = |url: &String| redacted_url(url);
        let fetched: Vec<_> = self.certificate_urls.iter().map(redacted).collect();
        let given: Vec<_> = self.certificates.iter().map(|(url, _)| redacted_url(url)).collect();
        formatter
            .debug_struct("CertificateSettings")
            .field("regions", &self.regions)
            .field("unlisted_regions", &self.unlisted_regions)
            .field("internal_host", &self.internal_host)
            .field("file_names", &self.file_names)
            .field("certificate_urls", &fetched)
            .field("certificates", &given)
            .field("public_key_pins", &self.public_key_pins)
            .finish()
    }
}

impl CertificateSettings {
    pub(crate) fn checked_urls(&self) -> Result<UrlPolicy, ConfigError> {
        for region in &self.regions {
            if !REGIONS.contains(&region.as_str()) {
                return Err(ConfigError::UnknownRegion { region: region.clone() });
            }
        }
        for region in &self.unlisted_regions {
            check_region_id(region).map_err(|problem| ConfigError::InvalidRegion {
                region: region.clone(),
                problem,
            })?;
        }
        let fetched =
            self.certificate_urls.iter().map(|url| AllowedUrl::exact(url, UrlBasis::Exact));
        let given =
            self.certificates.iter().map(|(url, _)| AllowedUrl::exact(url, UrlBasis::Given));
        let mut exact: Vec<AllowedUrl> = Vec::new();
        for url in fetched.chain(given) {
            let text = || url.redacted();
            check_exact_url(url.as_str())
                .map_err(|problem| ConfigError::InvalidCertificateUrl { url: text(), problem })?;
            if exact.contains(&url) {
                return Err(ConfigError::DuplicateCertificateUrl { url: text() });
            }
            exact.push(url);
        }
        let regions = self.regions.iter().chain(&self.unlisted_regions).map(String::as_str);
        let policy = UrlPolicy::new(regions, self.internal_host, exact, self.file_names);
        if policy.is_empty() {
            return Err(ConfigError::NoCertificate);
        }
        Ok(policy)
    }

    pub(crate) fn checked_pins(&self) -> Result<Vec<Fingerprint>, ConfigError> {
        let pin = |pin: &PublicKeyPin| {
            pin.fingerprint()
                .map_err(|(pin, error)| ConfigError::InvalidPublicKeyPin { pin, error })
        };
        self.public_key_pins.iter().map(pin).collect()
    }

    pub(crate) fn given_certificates(
        &self,
        min_key_bits: u32,
        pins: &[Fingerprint],
    ) -> Result<GivenCertificates, ConfigError> {
        let mut given = GivenCertificates::default();
        for (url, bytes) in &self.certificates {
            let certificate = Certificate::from_pem_or_der(bytes).map_err(|error| {
                ConfigError::InvalidCertificate { url: redacted_url(url), error }
            })?;
            certificate.public_key().and_then(|key| key.check_min_bits(min_key_bits)).map_err(
                |error| ConfigError::InvalidCertificateKey { url: redacted_url(url), error },
            )?;
            let fingerprint = certificate.public_key_fingerprint();
            if !pins.is_empty() && !pins.contains(&fingerprint) {
                return Err(ConfigError::CertificateKeyNotPinned { url: redacted_url(url) });
            }
            given.insert(url, certificate);
        }
        Ok(given)
    }
}
