//! The settings of a verifier, each with its default. `build.rs` judges them.

use std::time::Duration;

use http::Method;

use super::certificates::CertificateSettings;
use crate::{
    certificate::{FileNames, InternalHost, MIN_KEY_BITS, PublicKeyPin},
    signature::{
        rules::{certificate::ValidityPolicy, endpoint::Endpoint, token::Token},
        scheme::{BodyEnding, TokenLine},
        verifier::Verifier,
    },
};

/// Configures a [`Verifier`]. Nothing is checked before [`build`](Self::build), which names a
/// missing setting.
///
/// Three things are needed: an endpoint, a token, and a certificate to trust (usually a region):
///
/// ```
/// use tower_eventbridge::{ConfigError, Verifier};
///
/// let verifier = Verifier::builder()
///     .endpoint("https://hooks.example.com/eventbridge") // as it stands in the console
///     .token("9d1c5c0b6c1f4e6e8f0a") // openssl rand -hex 32
///     .region("cn-hangzhou")
///     .build()?;
///
/// let open = Verifier::builder().endpoint("https://hooks.example.com/").region("cn-hangzhou");
/// assert_eq!(open.build().unwrap_err(), ConfigError::NoToken);
/// # Ok::<(), ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct VerifierBuilder {
    pub(super) endpoints: Vec<Endpoint>,
    pub(super) tokens: Vec<Token>,
    pub(super) tenancy: Tenancy,
    pub(super) v1_with_token: V1,
    pub(super) v1_without_token: V1,
    pub(super) body_endings: Vec<BodyEnding>,
    pub(super) token_lines: Vec<TokenLine>,
    pub(super) certificates: CertificateSettings,
    pub(super) validity: ValidityPolicy,
    pub(super) min_key_bits: u32,
    pub(super) max_age: Duration,
    pub(super) max_future: Duration,
    pub(super) max_body_bytes: u64,
    pub(super) methods: Vec<Method>,
}

/// Whether schemes under which only the token authenticates are accepted: v1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum V1 {
    Accept,
    Reject,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tenancy {
    ByToken,
    Any,
}

impl Default for VerifierBuilder {
    fn default() -> Self {
        Self {
            endpoints: Vec::new(),
            tokens: Vec::new(),
            tenancy: Tenancy::ByToken,
            v1_with_token: V1::Accept,
            v1_without_token: V1::Reject,
            body_endings: BodyEnding::ALL.to_vec(),
            token_lines: vec![TokenLine::Signed],
            certificates: CertificateSettings::default(),
            validity: ValidityPolicy::Enforce,
            min_key_bits: MIN_KEY_BITS,
            max_age: DEFAULT_TOLERANCE,
            max_future: DEFAULT_TOLERANCE,
            max_body_bytes: DEFAULT_MAX_BODY_BYTES,
            methods: vec![Method::POST],
        }
    }
}

impl Verifier {
    /// Starts the configuration of a verifier.
    pub fn builder() -> VerifierBuilder {
        VerifierBuilder::default()
    }
}

impl VerifierBuilder {
    /// Adds a URL that EventBridge pushes to. Text is an [`Endpoint::exact`]. At least one is
    /// needed, and at most 8 may be seen at the same path and query.
    pub fn endpoint(mut self, endpoint: impl Into<Endpoint>) -> Self {
        self.endpoints.push(endpoint.into());
        self
    }

    /// Adds a token that is accepted at every endpoint. Several may be accepted at once, so that
    /// tokens can be rotated.
    ///
    /// The token separates your pushes from those of every other EventBridge customer.
    pub fn token(mut self, token: impl Into<Token>) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Accepts v2 pushes of any EventBridge customer, with any body. Default: a token is needed.
    ///
    /// **Dangerous**: a signature proves that EventBridge sent the push, and not for which
    /// customer. v1 stays off.
    pub fn dangerous_accept_any_tenant(mut self) -> Self {
        self.tenancy = Tenancy::Any;
        self
    }

    /// Accepts v1 pushes although no token is configured, on top of
    /// [`dangerous_accept_any_tenant`](Self::dangerous_accept_any_tenant). Default: v1 needs a
    /// token.
    ///
    /// **Dangerous**: such a push proves nothing, because everyone can forge it. Use it to look at
    /// captured pushes.
    pub fn dangerous_accept_v1_without_token(mut self) -> Self {
        self.v1_without_token = V1::Accept;
        self
    }

    /// Accepts v2 only, which is recommended. Default: v1 is accepted too where a token is
    /// configured.
    pub fn require_v2(mut self) -> Self {
        self.v1_with_token = V1::Reject;
        self
    }

    /// Accepts only one ending of the string to sign. Default: both, the reference ending first.
    pub fn body_ending(mut self, ending: BodyEnding) -> Self {
        self.body_endings = vec![ending];
        self
    }

    /// Accepts v2 pushes in which the token line is as given too. Default: [`TokenLine::Signed`]
    /// only, as documented; [`TokenLine::Unsigned`] adds the vendor's own sample, which leaves the
    /// line out. A configured token is needed either way.
    ///
    /// **Dangerous**: the token of such a push, and with it the tenant, is not signed. A sender
    /// that knows two valid tokens can present one tenant's push as the other's.
    /// [`Authentic::token_line`](crate::Authentic::token_line) tells such pushes.
    pub fn dangerous_accept_token_line(mut self, token_line: TokenLine) -> Self {
        if !self.token_lines.contains(&token_line) {
            self.token_lines.push(token_line);
        }
        self
    }

    /// Trusts the certificates of a region listed in [`REGIONS`](crate::certificate::REGIONS). An
    /// unused region adds risk: name only those that push.
    ///
    /// Allows two hosts, byte for byte: `<region>-eventbridge.oss-accelerate.aliyuncs.com`, which
    /// is documented, and `<region>-eventbridge.oss-<region>.aliyuncs.com`, which the one public
    /// capture names. Both are the same storage bucket (docs/wire-facts.md section 1.4).
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.certificates.regions.push(region.into());
        self
    }

    /// Trusts the certificates of a region that is not listed. Check the spelling: everyone can
    /// create the bucket of a misspelt one.
    pub fn unlisted_region(mut self, region: impl Into<String>) -> Self {
        self.certificates.unlisted_regions.push(region.into());
        self
    }

    /// Allows a third host for every region:
    /// `<region>-eventbridge.oss-<region>-internal.aliyuncs.com`. It is the same storage bucket
    /// over the cloud's own network. Default: rejected, because nothing answers there outside of
    /// that network.
    pub fn internal_oss_host(mut self) -> Self {
        self.certificates.internal_host = InternalHost::Allow;
        self
    }

    /// Takes any file name beginning with `x509_public_certificate_` for a certificate on a
    /// region's host. Default: the name goes on with 8 to 14 digits, as in every name seen.
    ///
    /// **Dangerous**: it trusts more of a bucket that serves other files too.
    pub fn dangerous_accept_any_certificate_file_name(mut self) -> Self {
        self.certificates.file_names = FileNames::AnyPublicCertificate;
        self
    }

    /// Trusts the certificate at exactly this URL, byte for byte.
    pub fn certificate_url(mut self, url: impl Into<String>) -> Self {
        self.certificates.certificate_urls.push(url.into());
        self
    }

    /// Trusts exactly this URL with this certificate, PEM or DER. Nothing is fetched for it.
    pub fn certificate(mut self, url: impl Into<String>, certificate: impl Into<Vec<u8>>) -> Self {
        self.certificates.certificates.push((url.into(), certificate.into()));
        self
    }

    /// Trusts only the key with this SHA-256 fingerprint of its SubjectPublicKeyInfo: 64
    /// hexadecimal digits or a [`Fingerprint`](crate::certificate::Fingerprint). May be given
    /// several times. Default: any key of a trusted certificate.
    pub fn public_key_pin(mut self, pin: impl Into<PublicKeyPin>) -> Self {
        self.certificates.public_key_pins.push(pin.into());
        self
    }

    /// Sets whether certificates must be within their validity period. Default:
    /// [`ValidityPolicy::Enforce`].
    pub fn validity(mut self, policy: ValidityPolicy) -> Self {
        self.validity = policy;
        self
    }

    /// Sets the fewest bits that an RSA key may have. Default: 1024, the size of the published
    /// certificates.
    pub fn min_key_bits(mut self, bits: u32) -> Self {
        self.min_key_bits = bits;
        self
    }

    /// Sets how old a push may be, 24 h at most. A push of exactly this age is accepted. Default:
    /// 60 s, the vendor's own limit.
    pub fn max_age(mut self, limit: Duration) -> Self {
        self.max_age = limit;
        self
    }

    /// Sets how far in the future a push may be signed, 24 h at most. Exactly this far is accepted.
    /// Default: 60 s.
    pub fn max_future(mut self, limit: Duration) -> Self {
        self.max_future = limit;
        self
    }

    /// Sets the most bytes that a body may have. Default: 1 MiB.
    pub fn max_body_bytes(mut self, limit: u64) -> Self {
        self.max_body_bytes = limit;
        self
    }

    /// Sets the methods that are accepted. Default: POST. The method is not signed: a handler
    /// should not act on it.
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = methods.into_iter().collect();
        self
    }
}

const DEFAULT_TOLERANCE: Duration = Duration::from_secs(60);
const DEFAULT_MAX_BODY_BYTES: u64 = 1024 * 1024;
