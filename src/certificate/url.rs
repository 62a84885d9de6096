//! Tells which certificate URLs a push may name.
//!
//! `<label>-eventbridge.oss-accelerate.aliyuncs.com` is the name of a storage bucket, and anybody
//! can create a bucket whose name ends in `-eventbridge` (docs/wire-facts.md section 1.4). So only
//! exact hosts of listed regions and exact URLs are allowed, compared as raw bytes before any URL
//! parser could normalise them. A region has two hosts, because its bucket has two addresses on the
//! Internet; a bucket of that name has one owner at both.

use std::{fmt, sync::Arc};

use crate::redacted_url::redacted_url;

/// Lists the region ids in which EventBridge is documented, and the other regions of the cloud.
///
/// A region id outside this list needs
/// [`unlisted_region`](crate::VerifierBuilder::unlisted_region): a misspelt one would name a bucket
/// that anybody can create.
///
/// Source: docs/wire-facts.md section 1.4 and the vendor's list of supported regions.
pub const REGIONS: &[&str] = &[
    "cn-hangzhou",
    "cn-shanghai",
    "cn-qingdao",
    "cn-beijing",
    "cn-zhangjiakou",
    "cn-huhehaote",
    "cn-wulanchabu",
    "cn-shenzhen",
    "cn-heyuan",
    "cn-guangzhou",
    "cn-chengdu",
    "cn-hongkong",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-southeast-1",
    "ap-southeast-3",
    "ap-southeast-5",
    "ap-southeast-6",
    // Regions of the cloud that the list of EventBridge regions does not name.
    "ap-southeast-7",
    "eu-central-1",
    "eu-west-1",
    "us-east-1",
    "us-west-1",
    "me-east-1",
    "me-central-1",
];

/// Holds a certificate URL that the policy allows. Only a policy makes one, so code that takes one
/// fetches nothing else.
///
/// Equal when the URL text is equal, byte for byte.
#[derive(Clone)]
pub struct AllowedUrl {
    text: Arc<str>,
    basis: UrlBasis,
    region_host: Option<RegionHost>,
}

impl AllowedUrl {
    /// Returns the URL as the push named it, byte for byte.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns why the URL is allowed.
    #[must_use]
    pub const fn basis(&self) -> UrlBasis {
        self.basis
    }

    /// Returns which of a region's hosts the URL names. `None` if it is allowed for another reason
    /// than its region.
    #[must_use]
    pub const fn region_host(&self) -> Option<RegionHost> {
        self.region_host
    }

    /// Returns the host's word in logs and metrics: one of four fixed values.
    pub(crate) fn host_label(&self) -> &'static str {
        self.region_host.map_or("exact", RegionHost::as_str)
    }

    /// Returns the URL for logs: without the query, which may hold a signature of its own.
    pub(crate) fn redacted(&self) -> String {
        redacted_url(&self.text)
    }

    pub(crate) fn exact(text: &str, basis: UrlBasis) -> Self {
        Self { text: text.into(), basis, region_host: None }
    }

    fn of_region(text: &str, region_host: RegionHost) -> Self {
        Self { text: text.into(), basis: UrlBasis::Region, region_host: Some(region_host) }
    }
}

impl PartialEq for AllowedUrl {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for AllowedUrl {}

impl std::hash::Hash for AllowedUrl {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl fmt::Display for AllowedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for AllowedUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "AllowedUrl({:?}, {:?})", self.redacted(), self.basis)
    }
}

/// Says why a certificate URL is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlBasis {
    /// It is on an exact host of a configured region, with a certificate's file name.
    /// [`AllowedUrl::region_host`] tells which host.
    Region,
    /// It is configured, byte for byte.
    Exact,
    /// It is configured together with its certificate: nothing is fetched.
    Given,
}

/// Names a host of a region's bucket. The bucket is the same under each (docs/wire-facts.md section
/// 1.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegionHost {
    /// `<region>-eventbridge.oss-accelerate.aliyuncs.com`, the documented host.
    Accelerate,
    /// `<region>-eventbridge.oss-<region>.aliyuncs.com`, the host in the one public capture.
    Regional,
    /// `<region>-eventbridge.oss-<region>-internal.aliyuncs.com`, which only the cloud's own
    /// networks reach. Allowed by [`internal_oss_host`](crate::VerifierBuilder::internal_oss_host)
    /// only.
    Internal,
}

impl RegionHost {
    /// Returns the host's word in logs and metrics: `accelerate`, `regional` or `internal`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accelerate => "accelerate",
            Self::Regional => "regional",
            Self::Internal => "internal",
        }
    }

    fn of(self, region: &str) -> String {
        match self {
            Self::Accelerate => format!("{region}-eventbridge.oss-accelerate.aliyuncs.com"),
            Self::Regional => format!("{region}-eventbridge.oss-{region}.aliyuncs.com"),
            Self::Internal => format!("{region}-eventbridge.oss-{region}-internal.aliyuncs.com"),
        }
    }
}

/// Whether the internal host of a configured region's bucket is allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum InternalHost {
    #[default]
    Reject,
    Allow,
}

/// Why a certificate URL is not allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UrlProblem {
    /// A byte is not visible ASCII.
    NotVisibleAscii,
    /// It does not begin with `https://`.
    NotHttps,
    /// The host is not exactly one of a configured region, and the URL is not configured exactly.
    HostNotAllowed,
    /// The host is exactly one of a listed region that is not configured.
    RegionNotConfigured { region: &'static str },
    /// The host is the internal one of a configured region, which only an option allows.
    InternalHostNotAllowed,
    /// The host is a configured region's, but the rest is not one certificate file name.
    PathNotAllowed,
}

impl fmt::Display for UrlProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::NotVisibleAscii => "it has a byte that is not visible ASCII",
            Self::NotHttps => "it does not begin with https://",
            Self::HostNotAllowed => {
                "its host is neither <region>-eventbridge.oss-accelerate.aliyuncs.com nor \
                 <region>-eventbridge.oss-<region>.aliyuncs.com of a configured region, byte for \
                 byte, nor is the URL configured exactly"
            }
            Self::RegionNotConfigured { region } => {
                return write!(
                    formatter,
                    "its host is that of region {region}, which is not configured: add it if your \
                     event bus is there"
                );
            }
            Self::InternalHostNotAllowed => {
                "its host is the internal one of a configured region, which internal_oss_host() \
                 (--internal-oss-host) allows"
            }
            Self::PathNotAllowed => {
                "its host is allowed, its path is not one certificate file name such as \
                 /x509_public_certificate_2021012501.pem"
            }
        })
    }
}

/// Which file names count as certificates on a region's host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum FileNames {
    /// `x509_public_certificate_` and 8 to 14 digits: the only shape seen (docs/wire-facts.md
    /// section 1.4).
    #[default]
    Dated,
    /// `x509_public_certificate_` and 1 to 64 letters, digits, `_` or `-`.
    AnyPublicCertificate,
}

impl FileNames {
    fn allow(self, path: &str) -> bool {
        let stem = path
            .strip_prefix("x509_public_certificate_")
            .and_then(|rest| rest.strip_suffix(".pem"));
        stem.is_some_and(|stem| match self {
            Self::Dated => {
                (8..=14).contains(&stem.len()) && stem.bytes().all(|byte| byte.is_ascii_digit())
            }
            Self::AnyPublicCertificate => {
                (1..=64).contains(&stem.len())
                    && stem
                        .bytes()
                        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
            }
        })
    }
}

/// The certificate URLs that a verifier allows.
#[derive(Clone, Debug, Default)]
pub(crate) struct UrlPolicy {
    /// Every host that is allowed, in full: the host that a push names is matched against no
    /// pattern.
    hosts: Vec<(Box<str>, RegionHost)>,
    /// The internal hosts, where they are not allowed: they are told apart in the rejection's text
    /// only.
    rejected_internal_hosts: Vec<Box<str>>,
    pub(crate) exact: Vec<AllowedUrl>,
    file_names: FileNames,
}

impl UrlPolicy {
    pub(crate) fn new<'a>(
        regions: impl IntoIterator<Item = &'a str>,
        internal: InternalHost,
        exact: Vec<AllowedUrl>,
        file_names: FileNames,
    ) -> Self {
        let mut policy = Self { exact, file_names, ..Self::default() };
        for region in regions {
            for host in [RegionHost::Accelerate, RegionHost::Regional] {
                policy.hosts.push((host.of(region).into(), host));
            }
            let internal_host = RegionHost::Internal.of(region).into();
            match internal {
                InternalHost::Allow => policy.hosts.push((internal_host, RegionHost::Internal)),
                InternalHost::Reject => policy.rejected_internal_hosts.push(internal_host),
            }
        }
        policy
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.hosts.is_empty() && self.exact.is_empty()
    }

    pub(crate) fn names_more_than_given(&self) -> bool {
        !self.hosts.is_empty() || self.exact.iter().any(|url| url.basis == UrlBasis::Exact)
    }

    /// Returns the allowed URL for the one that a push names. A request gets an [`AllowedUrl`] in
    /// no other way.
    pub(crate) fn allow(&self, raw: &[u8]) -> Result<AllowedUrl, UrlProblem> {
        if let Some(exact) = self.exact.iter().find(|url| url.text.as_bytes() == raw) {
            return Ok(exact.clone());
        }
        let text = std::str::from_utf8(raw).map_err(|_| UrlProblem::NotVisibleAscii)?;
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(UrlProblem::NotVisibleAscii);
        }
        let rest = text.strip_prefix("https://").ok_or(UrlProblem::NotHttps)?;
        let (host, path) = rest.split_once('/').ok_or(UrlProblem::HostNotAllowed)?;
        let Some((_, region_host)) = self.hosts.iter().find(|(allowed, _)| **allowed == *host)
        else {
            return Err(self.problem_of_host(host));
        };
        if !self.file_names.allow(path) {
            return Err(UrlProblem::PathNotAllowed);
        }
        Ok(AllowedUrl::of_region(text, *region_host))
    }

    /// Says for the operator why a host is rejected. Decides nothing.
    fn problem_of_host(&self, host: &str) -> UrlProblem {
        if self.rejected_internal_hosts.iter().any(|internal| **internal == *host) {
            return UrlProblem::InternalHostNotAllowed;
        }
        let of_region = |region: &str| {
            [RegionHost::Accelerate, RegionHost::Regional, RegionHost::Internal]
                .into_iter()
                .any(|of_region| of_region.of(region) == host)
        };
        match REGIONS.iter().find(|region| of_region(region)) {
            Some(region) => UrlProblem::RegionNotConfigured { region },
            None => UrlProblem::HostNotAllowed,
        }
    }
}

/// Checks a URL that is to be allowed exactly. The error is the fault.
pub(crate) fn check_exact_url(url: &str) -> Result<(), &'static str> {
    if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err("it has a character that is not visible ASCII");
    }
    let rest = url.strip_prefix("https://").ok_or("it must begin with https://")?;
    let (authority, path) = rest.split_once('/').ok_or("it has no path")?;
    if authority.is_empty() {
        return Err("it has no host");
    }
    if authority.contains('@') {
        return Err("it has user information before the host");
    }
    if path.contains(['#', '\\']) || authority.contains(['?', '#', '\\']) {
        return Err("it has a fragment or a backslash");
    }
    if url.parse::<http::Uri>().is_err() {
        return Err("it cannot be parsed as a URL");
    }
    Ok(())
}

/// Checks a region id: lower-case letters, digits and inner hyphens, as in a bucket name. The error
/// is the fault.
pub(crate) fn check_region_id(region: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.len() < 2 || region.len() > MAX_REGION_ID_BYTES {
        return Err("it must have 2 to 51 characters");
    }
    if !region.bytes().all(allowed) || region.starts_with('-') || region.ends_with('-') {
        return Err("it may have lower-case letters, digits and inner hyphens only");
    }
    Ok(())
}

/// A bucket name has at most 63 characters, 12 of which are `-eventbridge`.
const MAX_REGION_ID_BYTES: usize = 51;

#[cfg(test)]
mod tests;
