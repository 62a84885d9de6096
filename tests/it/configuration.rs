//! Every mistake in a configuration is found by `build`, which says how to mend it.

use std::time::Duration;
use tests_support::pushes::{TOKEN, URL};

use tower_eventbridge::{
    ConfigError, Endpoint, Rejection, Token, Verifier, VerifierBuilder,
    certificate::{AllowedUrl, Certificate, CertificateError, PublicKey},
    signature::{BodyCheck, CheckedHead},
    signer::{Push, Signer},
};

const CERTIFICATE_URL: &str = "https://mirror.example/certificate.pem";

fn good() -> VerifierBuilder {
    Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou")
}

fn pem(name: &str) -> Vec<u8> {
    std::fs::read(format!("fixtures/keys/{name}.pem")).unwrap()
}

struct Mistake {
    name: &'static str,
    builder: VerifierBuilder,
    /// What the debug form of the error begins with.
    error: &'static str,
    /// What its text must say.
    says: &'static str,
}

#[test]
fn every_mistake_is_named_with_its_cure() {
    let fresh = Verifier::builder;
    let nine = (0..9).fold(fresh().token(TOKEN).region("cn-hangzhou"), |builder, n| {
        builder.endpoint(format!("https://h{n}.example.com/events"))
    });
    let nine_mixed = (0..8)
        .fold(good().endpoint(Endpoint::origin("https://a.example")), |builder, n| {
            builder.endpoint(format!("https://h{n}.example.com/events"))
        });
    let mistake = |name, builder, error, says| Mistake { name, builder, error, says };
    for Mistake { name, builder, error, says } in [
        mistake("nothing", fresh(), "NoEndpoint", "Endpoint::exact"),
        mistake(
            "no endpoint",
            fresh().token(TOKEN).region("cn-hangzhou"),
            "NoEndpoint",
            "Endpoint::origin",
        ),
        mistake(
            "no token",
            fresh().endpoint(URL).region("cn-hangzhou"),
            "NoToken",
            "openssl rand -hex 32",
        ),
        mistake(
            "no trust",
            fresh().endpoint(URL).token(TOKEN),
            "NoCertificate",
            "region(\"cn-hangzhou\")",
        ),
        mistake(
            "bad endpoint",
            good().endpoint("hooks.example.com"),
            "InvalidEndpoint",
            "https://",
        ),
        mistake(
            "origin with path",
            good().endpoint(Endpoint::origin(URL)),
            "InvalidEndpoint",
            "exact URL",
        ),
        mistake("nine candidates", nine, "TooManyCandidates { candidates: 9", "different paths"),
        mistake(
            "nine candidates with an origin",
            nine_mixed,
            "TooManyCandidates { candidates: 10",
            "at most 8",
        ),
        mistake("empty token", good().token(""), "InvalidToken { index: 1", "16"),
        mistake("short token", good().token("fifteen-letters"), "InvalidToken { index: 1", "16"),
        mistake("token with space", good().token(" 5b0c0f6e7c0d4e5f8a9b"), "InvalidToken", "space"),
        mistake(
            "unprintable token",
            good().token("5b0c0f6e7c0d\u{7f}4e5f8a9b"),
            "InvalidToken",
            "visible ASCII",
        ),
        mistake(
            "empty tenant",
            good().token(Token::new("another-token-0123").tenant("")),
            "InvalidToken",
            "tenant",
        ),
        mistake("token twice", good().token(TOKEN), "DuplicateToken", "leave one of the two out"),
        mistake(
            "token twice at one endpoint",
            good().endpoint(Endpoint::exact("https://b.example/b").token(TOKEN)),
            "DuplicateToken",
            "same endpoint",
        ),
        mistake(
            "endpoint without token",
            fresh()
                .endpoint(Endpoint::exact(URL).token(TOKEN))
                .endpoint("https://b.example/b")
                .region("cn-hangzhou"),
            "EndpointWithoutToken { endpoint: \"https://b.example/b\"",
            "Endpoint::token",
        ),
        mistake(
            "token and any tenant",
            good().dangerous_accept_any_tenant(),
            "TokenAndAnyTenant",
            "leave one",
        ),
        mistake(
            "v1 without token, with token",
            good().dangerous_accept_v1_without_token(),
            "V1WithoutToken",
            "tokens",
        ),
        mistake(
            "v1 without token, v2 required",
            fresh()
                .endpoint(URL)
                .region("cn-hangzhou")
                .dangerous_accept_any_tenant()
                .dangerous_accept_v1_without_token()
                .require_v2(),
            "V1WithoutToken",
            "require_v2()",
        ),
        mistake(
            "v1 without token alone",
            fresh().endpoint(URL).region("cn-hangzhou").dangerous_accept_v1_without_token(),
            "NoToken",
            "dangerous_accept_any_tenant()",
        ),
        mistake("misspelt region", good().region("cn-hangzou"), "UnknownRegion", "unlisted_region"),
        mistake("upper-case region", good().region("CN-HANGZHOU"), "UnknownRegion", "CN-HANGZHOU"),
        mistake("empty region", good().region(""), "UnknownRegion", "region id"),
        mistake(
            "region with dot",
            good().unlisted_region("evil.example"),
            "InvalidRegion",
            "hyphens",
        ),
        mistake(
            "http certificate",
            good().certificate_url("http://a.example/c.pem"),
            "InvalidCertificateUrl",
            "https",
        ),
        mistake(
            "certificate URL with user",
            good().certificate_url("https://u@a.example/c.pem"),
            "InvalidCertificateUrl",
            "user information",
        ),
        mistake(
            "certificate URL twice",
            good().certificate_url(CERTIFICATE_URL).certificate(CERTIFICATE_URL, pem("rsa1024")),
            "DuplicateCertificateUrl",
            "twice",
        ),
        mistake(
            "two certificates in a file",
            good().certificate(CERTIFICATE_URL, pem("two-certificates")),
            "InvalidCertificate {",
            "exactly one",
        ),
        mistake(
            "no certificate",
            good().certificate(CERTIFICATE_URL, "x"),
            "InvalidCertificate {",
            "PEM",
        ),
        mistake(
            "elliptic curve",
            good().certificate(CERTIFICATE_URL, pem("ec-p256")),
            "InvalidCertificateKey",
            "not an RSA key",
        ),
        mistake(
            "weak key",
            good().certificate(CERTIFICATE_URL, pem("rsa768")),
            "InvalidCertificateKey",
            "768 bits",
        ),
        mistake(
            "key below the floor",
            good().min_key_bits(2048).certificate(CERTIFICATE_URL, pem("rsa1024")),
            "InvalidCertificateKey",
            "2048",
        ),
        mistake(
            "certificate without pinned key",
            good().public_key_pin([0; 32]).certificate(CERTIFICATE_URL, pem("rsa1024")),
            "CertificateKeyNotPinned",
            "public_key_pin",
        ),
        mistake("floor below 1024", good().min_key_bits(512), "InvalidLimit", "1024 to 4096"),
        mistake("endpoint twice", good().endpoint(URL), "DuplicateEndpoint", "give it once"),
        mistake(
            "origin twice",
            fresh()
                .endpoint(Endpoint::origin("https://a.example"))
                .endpoint(Endpoint::origin("https://a.example"))
                .token(TOKEN)
                .region("cn-hangzhou"),
            "DuplicateEndpoint",
            "given twice",
        ),
        mistake(
            "any age",
            good().max_age(Duration::MAX),
            "InvalidLimit { setting: \"max_age\"",
            "24 hours",
        ),
        mistake(
            "any future",
            good().max_future(Duration::MAX),
            "InvalidLimit { setting: \"max_future\"",
            "24 hours",
        ),
        mistake("a pin of text", good().public_key_pin("e304"), "InvalidPublicKeyPin", "64 hex"),
        mistake("no method", good().methods([]), "InvalidLimit", "at least one"),
    ] {
        let got = builder.build().expect_err(name);
        assert!(format!("{got:?}").starts_with(error), "{name}: {got:?}");
        assert!(chain(&got).contains(says), "{name}: {got}");
    }
}

#[test]
fn what_makes_sense_is_built() {
    for (name, builder) in [
        ("the usual", good()),
        (
            "every setting",
            good()
                .require_v2()
                .max_age(Duration::ZERO)
                .max_future(Duration::from_secs(86_400))
                .max_body_bytes(0),
        ),
        ("an unlisted region", good().unlisted_region("xx-nowhere-9")),
        (
            "an exact URL only",
            Verifier::builder().endpoint(URL).token(TOKEN).certificate_url(CERTIFICATE_URL),
        ),
        ("an expired certificate", good().certificate(CERTIFICATE_URL, pem("rsa1024-expired"))),
        (
            "any tenant",
            Verifier::builder().endpoint(URL).region("cn-hangzhou").dangerous_accept_any_tenant(),
        ),
        (
            "one token at two endpoints",
            Verifier::builder()
                .endpoint(Endpoint::exact(URL).token(TOKEN))
                .endpoint(Endpoint::exact("https://b.example/b").token(TOKEN))
                .region("cn-hangzhou"),
        ),
        (
            "one URL that is seen at two paths",
            Verifier::builder()
                .endpoint(Endpoint::exact(URL).seen_as("/a"))
                .endpoint(Endpoint::exact(URL).seen_as("/b"))
                .token(TOKEN)
                .region("cn-hangzhou"),
        ),
        ("any file name", good().dangerous_accept_any_certificate_file_name()),
        ("the shortest region", good().unlisted_region("xx")),
        ("the longest region", good().unlisted_region("x".repeat(51))),
        (
            "nine endpoints at different paths",
            (0..9)
                .fold(good(), |builder, n| builder.endpoint(format!("https://h.example.com/{n}"))),
        ),
    ] {
        builder.build().unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

/// What users rely on without saying so.
#[test]
fn types_can_be_shared_sent_and_kept() {
    fn shared<T: Send + Sync + 'static>() {}
    fn cloned<T: Clone + Send + Sync + 'static>() {}
    fn error<T: std::error::Error + Clone + PartialEq + Send + Sync + 'static>() {}
    cloned::<Verifier>();
    cloned::<VerifierBuilder>();
    cloned::<tower_eventbridge::Authentic>();
    cloned::<Certificate>();
    cloned::<AllowedUrl>();
    cloned::<Signer>();
    cloned::<Push<'static>>();
    shared::<CheckedHead>();
    shared::<BodyCheck>();
    shared::<PublicKey>();
    error::<Rejection>();
    error::<ConfigError>();
    error::<CertificateError>();
}

#[test]
fn what_cannot_be_a_url_or_a_region_is_rejected() {
    for url in
        ["https://h.example.com/a ", "https://h.example.com/a\tb", "https://h.example.com/\u{7f}"]
    {
        assert!(good().endpoint(url).build().is_err(), "{url:?}");
    }
    for region in [String::new(), "x".to_owned(), "x".repeat(52)] {
        assert!(good().unlisted_region(&region).build().is_err(), "{region:?}");
    }
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
