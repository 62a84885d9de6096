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

/// Configures a [`Verifier`]. Nothing is checked before [`build`](Self::build), which says what is
/// missing.
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
    /// Adds a URL that EventBridge pushes to; text is an [`Endpoint::exact`]. At least one is
    /// needed, and at most 8 may be seen at the same path and query.
    pub fn endpoint(mut self, endpoint: impl Into<Endpoint>) -> Self {
        self.endpoints.push(endpoint.into());
        self
    }

    /// Adds a token that is right at every endpoint. Several may be right at once, so that tokens
    /// can be rotated.
    ///
    /// The token is what separates your pushes from those of every other EventBridge customer.
    pub fn token(mut self, token: impl Into<Token>) -> Self {
        self.tokens.push(token.into());
        self
    }

    /// Accepts v2 pushes of any EventBridge customer, with any body. Default: a token is needed.
    ///
    /// **Dangerous**: a signature says that EventBridge sent the push, not for whom. v1 stays off.
    pub fn dangerous_accept_any_tenant(mut self) -> Self {
        self.tenancy = Tenancy::Any;
        self
    }

    /// Accepts v1 pushes although no token is configured, on top of
    /// [`dangerous_accept_any_tenant`](Self::dangerous_accept_any_tenant). Default: v1 needs a
    /// token.
    ///
    /// **Dangerous**: such a push proves nothing, anybody can forge it. It is for looking at
    /// captured pushes.
    pub fn dangerous_accept_v1_without_token(mut self) -> Self {
        self.v1_without_token = V1::Accept;
        self
    }

    /// Accepts v2 only. Recommended; default: v1 is accepted too where a token is configured.
    pub fn require_v2(mut self) -> Self {
        self.v1_with_token = V1::Reject;
        self
    }

    /// Accepts one ending of the string to sign only. Default: both, the reference ending first.
    pub fn body_ending(mut self, ending: BodyEnding) -> Self {
        self.body_endings = vec![ending];
        self
    }

    /// Accepts v2 pushes in which the token line is as given too. Default: [`TokenLine::Signed`]
    /// only, as documented; [`TokenLine::Unsigned`] adds the vendor's own sample, which leaves the
    /// line out. A right token is needed either way.
    ///
    /// **Dangerous**: of such a push the token, and with it the tenant, is not signed. Whoever
    /// knows two valid tokens can pass one tenant's push off as the other's.
    /// [`Authentic::token_line`](crate::Authentic::token_line) tells.
    pub fn dangerous_accept_token_line(mut self, token_line: TokenLine) -> Self {
        if !self.token_lines.contains(&token_line) {
            self.token_lines.push(token_line);
        }
        self
    }

    /// Trusts the certificates of a region listed in [`REGIONS`](crate::certificate::REGIONS). An
    /// unused region is a risk without a use: name those that push.
    ///
    /// Allows two hosts, byte for byte: `<region>-eventbridge.oss-accelerate.aliyuncs.com`, which
    /// is documented, and `<region>-eventbridge.oss-<region>.aliyuncs.com`, which the one public
    /// capture names. Both are the same storage bucket (docs/wire-facts.md section 1.4).
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.certificates.regions.push(region.into());
        self
    }

    /// Trusts the certificates of a region that is not listed. Make sure of the spelling: anybody
    /// can create the bucket of a misspelt one.
    pub fn unlisted_region(mut self, region: impl Into<String>) -> Self {
        self.certificates.unlisted_regions.push(region.into());
        self
    }

    /// Allows a third host for every region:
    /// `<region>-eventbridge.oss-<region>-internal.aliyuncs.com`. It is the same storage bucket
    /// over the cloud's own network. Default: refused, as outside of that network nothing answers
    /// there.
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

    /// Trusts exactly this URL and takes this certificate, PEM or DER, for it: nothing is fetched.
    pub fn certificate(mut self, url: impl Into<String>, certificate: impl Into<Vec<u8>>) -> Self {
        self.certificates.certificates.push((url.into(), certificate.into()));
        self
    }

    /// Trusts no key but the one with this SHA-256 fingerprint of its SubjectPublicKeyInfo: 64
    /// hexadecimal digits or a [`Fingerprint`](crate::certificate::Fingerprint). May be given
    /// several times. Default: any key of a trusted certificate.
    pub fn public_key_pin(mut self, pin: impl Into<PublicKeyPin>) -> Self {
        self.certificates.public_key_pins.push(pin.into());
        self
    }

    /// Whether certificates must be within their validity period. Default:
    /// [`ValidityPolicy::Enforce`].
    pub fn validity(mut self, policy: ValidityPolicy) -> Self {
        self.validity = policy;
        self
    }

    /// The fewest bits that an RSA key may have. Default: 1024, which is what the published
    /// certificates have.
    pub fn min_key_bits(mut self, bits: u32) -> Self {
        self.min_key_bits = bits;
        self
    }

    /// How old a push may be, 24 h at most; the edge is inside. Default: 60 s, the vendor's own
    /// limit.
    pub fn max_age(mut self, limit: Duration) -> Self {
        self.max_age = limit;
        self
    }

    /// How far in the future a push may be signed, 24 h at most; the edge is inside. Default: 60 s.
    pub fn max_future(mut self, limit: Duration) -> Self {
        self.max_future = limit;
        self
    }

    /// The most bytes that a body may have. Default: 1 MiB.
    pub fn max_body_bytes(mut self, limit: u64) -> Self {
        self.max_body_bytes = limit;
        self
    }

    /// The methods that are accepted. Default: POST. The method is not signed: a handler should not
    /// act on it.
    pub fn methods(mut self, methods: impl IntoIterator<Item = Method>) -> Self {
        self.methods = methods.into_iter().collect();
        self
    }
}

const DEFAULT_TOLERANCE: Duration = Duration::from_secs(60);
const DEFAULT_MAX_BODY_BYTES: u64 = 1024 * 1024;
