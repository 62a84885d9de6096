//! Honest pushes are accepted, every known forgery is rejected as it should be, in every scheme and
//! form.

use std::time::Duration;
use tests_support::pushes::{TOKEN, now, signer};

use bytes::Bytes;
use http::Request;
use tower_eventbridge::{
    Authentic, Endpoint, Rejection, Token, Verifier, VerifierBuilder,
    certificate::Certificate,
    signature::{BodyEnding, ForwardedHeaders, RejectionKind, Scheme, Stage, TokenLine},
    signer::{Forgery, SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/events?tenant=blue";

fn builder() -> VerifierBuilder {
    Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou")
}

fn verify(verifier: &Verifier, request: Request<Bytes>) -> Result<Authentic, Rejection> {
    let (parts, body) = request.into_parts();
    let certificate = Certificate::from_pem_or_der(signer().certificate_pem().as_bytes()).unwrap();
    verifier.verify_with_certificate(&parts, body, &certificate, now())
}

#[test]
fn honest_pushes_are_accepted() {
    let verifier = builder().build().unwrap();
    for (with, scheme) in
        [(SignWith::V1, Scheme::V1), (SignWith::V2, Scheme::V2), (SignWith::Both, Scheme::V2)]
    {
        for form in [BodyEnding::Reference, BodyEnding::Documented] {
            for body in ["", "{\"a\":1}", "line\r\n\r\n", "not JSON at all"] {
                let push = signer().push(URL).token(TOKEN).with(with).body_ending(form).body(body);
                let authentic = verify(&verifier, push.sign(now()).unwrap()).unwrap();
                assert_eq!(authentic.body(), body);
                assert_eq!(
                    (authentic.scheme(), authentic.body_ending()),
                    (scheme, form),
                    "{with:?}"
                );
                assert_eq!(authentic.url(), URL);
                assert_eq!(authentic.endpoint(), URL);
                assert_eq!(authentic.tenant(), Some("default"));
                assert_eq!(authentic.received_at(), now());
                assert_eq!(authentic.timestamp().as_millis(), 1_796_083_200_000);
            }
        }
    }
}

#[test]
fn every_forgery_is_rejected() {
    let verifier = builder().build().unwrap();
    let mut tried = 0;
    for &forgery in Forgery::ALL {
        for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
            for form in [BodyEnding::Reference, BodyEnding::Documented] {
                let push =
                    signer().push(URL).token(TOKEN).with(with).body_ending(form).body("{\"a\":1}");
                let push = push.forgery(forgery);
                if !forgery.applies_to(with) {
                    assert!(push.sign(now()).is_err(), "{forgery:?} {with:?}");
                    continue;
                }
                tried += 1;
                let rejection = verify(&verifier, push.sign(now()).unwrap()).unwrap_err();
                let kind = rejection.kind();
                assert_eq!(kind, forgery.rejected_as(with), "{forgery:?} {with:?} {form:?}");
            }
        }
    }
    assert_eq!(tried, 2 * (12 * 3 + 3 + 1));
}

/// The token is the only thing that separates tenants, and the lesson of the wire facts: a wrapped
/// secret that anybody has seen signs anything under v1.
#[test]
fn v1_without_a_token_is_off_unless_said_twice() {
    let push = signer().push(URL).with(SignWith::V1).sign(now()).unwrap();
    let any = Verifier::builder().endpoint(URL).region("cn-hangzhou").dangerous_accept_any_tenant();
    let rejection = verify(&any.clone().build().unwrap(), push.clone()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::HeaderMissing);
    assert_eq!(rejection.header(), Some("x-eventbridge-signature-v2"));
    let dangerous = any.dangerous_accept_v1_without_token().build().unwrap();
    assert_eq!(verify(&dangerous, push).unwrap().assurance().as_str(), "none");
}

/// S1: an attacker's key at a URL that is not listed. The head is rejected, so there is no URL to
/// fetch from at all.
#[test]
fn no_certificate_url_comes_out_of_a_rejected_head() {
    let verifier = builder().build().unwrap();
    for &forgery in Forgery::ALL {
        let push = signer().push(URL).token(TOKEN).with(SignWith::Both).body("{}").forgery(forgery);
        let Ok(request) = push.sign(now()) else { continue };
        let (parts, _) = request.into_parts();
        let head = verifier.check_head(&parts, now());
        let allowed = signer().certificate_url();
        if let Ok(head) = head {
            assert_eq!(head.certificate_url().as_str(), allowed, "{forgery:?}");
        }
    }
    let foreign =
        signer().push(URL).token(TOKEN).forgery(Forgery::ForeignBucket).sign(now()).unwrap();
    let (parts, _) = foreign.into_parts();
    let rejection = verifier.check_head(&parts, now()).unwrap_err();
    assert_eq!(rejection.stage(), Stage::CertificateUrl);
}

#[test]
fn a_body_over_the_limit_is_rejected_once_and_for_all() {
    let verifier = builder().max_body_bytes(10).build().unwrap();
    let certificate = Certificate::from_pem_or_der(signer().certificate_pem().as_bytes()).unwrap();
    let push = signer().push(URL).token(TOKEN).body("0123456789").sign(now()).unwrap();
    let (parts, body) = push.into_parts();
    let check =
        || verifier.check_head(&parts, now()).unwrap().check_certificate(&certificate, now());

    let mut exact = check().unwrap();
    exact.update(body.clone()).unwrap();
    assert_eq!(exact.finish().unwrap().body(), "0123456789");

    let mut over = check().unwrap();
    over.update(body.clone()).unwrap();
    for _ in 0..2 {
        let rejection = over.update(Bytes::from_static(b"x")).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::BodyTooLarge);
    }
    assert_eq!(over.update(Bytes::new()).unwrap_err().kind(), RejectionKind::BodyTooLarge);
    assert_eq!(over.finish().unwrap_err().kind(), RejectionKind::BodyTooLarge);
}

#[test]
fn a_pinned_certificate_is_the_only_one() {
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    let push = signer().push(URL).token(TOKEN).sign(now()).unwrap();
    let (parts, body) = push.into_parts();
    let head = verifier.check_head(&parts, now()).unwrap();
    let pinned = head.given_certificate().unwrap().clone();
    let mut check = head.check_certificate(&pinned, now()).unwrap();
    check.update(body).unwrap();
    assert!(check.finish().is_ok());

    let other = Signer::generate().unwrap();
    let other = Certificate::from_pem_or_der(other.certificate_pem().as_bytes()).unwrap();
    let head = verifier.check_head(&parts, now()).unwrap();
    let rejection = head.check_certificate(&other, now()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::CertificatePinMismatch);
}

#[test]
fn forwarded_headers_name_the_origin_where_that_is_asked_for() {
    let endpoint = Endpoint::dangerous_forwarded_headers(ForwardedHeaders::XForwarded);
    let verifier =
        Verifier::builder().endpoint(endpoint).token(TOKEN).region("cn-hangzhou").build().unwrap();
    let mut push = signer().push(URL).token(TOKEN).sign(now()).unwrap();
    let rejection = verify(&verifier, push.clone()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::EndpointMismatch);
    let headers = push.headers_mut();
    headers.insert("x-forwarded-proto", "https".parse().unwrap());
    headers.insert("x-forwarded-host", "hooks.example.com".parse().unwrap());
    assert_eq!(verify(&verifier, push.clone()).unwrap().url(), URL);
    push.headers_mut().insert("x-forwarded-host", "evil.example.com".parse().unwrap());
    let rejection = verify(&verifier, push.clone()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
    // What is no origin is never tried.
    for (proto, host) in [
        ("ftp", "hooks.example.com"),
        ("https", ""),
        ("https", "someone@hooks.example.com"),
        ("https", "hooks.example.com/events"),
    ] {
        push.headers_mut().insert("x-forwarded-proto", proto.parse().unwrap());
        push.headers_mut().insert("x-forwarded-host", host.parse().unwrap());
        let rejection = verify(&verifier, push.clone()).unwrap_err();
        assert_eq!(rejection.kind(), RejectionKind::EndpointMismatch, "{proto} {host}");
    }
    let url = URL.replace("https", "http");
    let mut push = signer().push(&url).token(TOKEN).sign(now()).unwrap();
    push.headers_mut().insert("x-forwarded-proto", "http".parse().unwrap());
    push.headers_mut().insert("x-forwarded-host", "hooks.example.com".parse().unwrap());
    assert_eq!(verify(&verifier, push).unwrap().url(), url);
}

/// Beside its kind.
#[test]
fn a_verdict_tells_scheme_age_and_key() {
    let verifier = builder().build().unwrap();
    let signed = now() - Duration::from_millis(1500);
    let push = signer().push(URL).token(TOKEN).body("{\"a\":1}").sign(signed).unwrap();
    let (parts, _) = push.clone().into_parts();
    let head = verifier.check_head(&parts, now()).unwrap();
    assert_eq!(head.candidate_urls().collect::<Vec<_>>(), [URL]);

    let authentic = verify(&verifier, push.clone()).unwrap();
    assert_eq!(authentic.age_millis(), Some(1500));
    let other_body = push.map(|_| Bytes::from_static(b"{\"a\":2}"));
    let rejection = verify(&verifier, other_body).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::SignatureMismatch);
    assert_eq!(rejection.scheme(), Some(authentic.scheme()));
    assert_eq!(rejection.age_millis(), Some(1500));
    assert_eq!(rejection.public_key_fingerprint(), Some(authentic.public_key_fingerprint()));

    let unsigned = Request::post("/events?tenant=blue").body(Bytes::new()).unwrap();
    let rejection = verify(&verifier, unsigned).unwrap_err();
    assert_eq!((rejection.age_millis(), rejection.public_key_fingerprint()), (None, None));
}

#[test]
fn a_declared_length_may_be_the_limit() {
    let verifier = builder().max_body_bytes(7).build().unwrap();
    for (body, accepted) in [("{\"a\":1}", true), ("{\"a\":12}", false)] {
        let mut push = signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap();
        push.headers_mut().insert("content-length", body.len().into());
        assert_eq!(verify(&verifier, push).is_ok(), accepted, "{body}");
    }
}

#[test]
fn tokens_name_tenants_and_belong_to_endpoints() {
    let verifier = Verifier::builder()
        .endpoint(Endpoint::exact(URL).token(Token::new("blue-token-0123456789").tenant("blue")))
        .endpoint(
            Endpoint::exact("https://hooks.example.com/green").token("green-token-0123456789"),
        )
        .token(Token::new("common-token-0123456789").tenant("common"))
        .region("cn-hangzhou")
        .build()
        .unwrap();
    for (token, verdict) in [
        ("common-token-0123456789", Ok((Some(0), Some("common".to_owned())))),
        ("blue-token-0123456789", Ok((Some(1), Some("blue".to_owned())))),
        ("green-token-0123456789", Err(RejectionKind::TokenMismatch)),
        ("other-token-0123456789", Err(RejectionKind::TokenMismatch)),
    ] {
        let push = signer().push(URL).token(token).sign(now()).unwrap();
        let got = verify(&verifier, push)
            .map(|authentic| (authentic.token_index(), authentic.tenant().map(Into::into)))
            .map_err(|rejection| rejection.kind());
        assert_eq!(got, verdict, "{token}");
    }
}

#[test]
fn the_unsigned_token_line_is_an_opt_in_for_v2_only() {
    let opted_in = builder().dangerous_accept_token_line(TokenLine::Unsigned).build().unwrap();
    let push = signer().push(URL).token(TOKEN).token_line(TokenLine::Unsigned).body("{}");
    let accepted = verify(&opted_in, push.sign(now()).unwrap()).unwrap();
    assert_eq!(accepted.token_line(), TokenLine::Unsigned);
    let rejected = verify(&builder().build().unwrap(), push.sign(now()).unwrap()).unwrap_err();
    assert_eq!(rejected.kind(), RejectionKind::SignatureMismatch);

    // Under v1 nothing but the token authenticates: a v1 push without its line never passes.
    let mut v1 = signer().push(URL).with(SignWith::V1).body("{}").sign(now()).unwrap();
    v1.headers_mut().insert("x-eventbridge-signature-token", TOKEN.parse().unwrap());
    assert_eq!(verify(&opted_in, v1).unwrap_err().kind(), RejectionKind::SignatureMismatch);
}

#[test]
fn a_signer_takes_keys_of_every_size_and_in_both_encodings() {
    use rsa::{PrivateKey, pkcs1::EncodeRsaPrivateKey, pkcs8::DecodePrivateKey};
    for file in ["rsa1031", "rsa2048", "rsa4096"] {
        let path = format!("{}/fixtures/keys/{file}.key", env!("CARGO_MANIFEST_DIR"));
        let pkcs8 = std::fs::read_to_string(path).unwrap();
        let key = PrivateKey::from_pkcs8_pem(&pkcs8).unwrap();
        let pkcs1 = key.to_pkcs1_pem(rsa::pkcs8::LineEnding::LF).unwrap();
        for pem in [pkcs8.as_str(), pkcs1.as_str()] {
            let signer = Signer::from_private_key_pem(pem).unwrap();
            let certificate =
                Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
            let verifier = builder().build().unwrap();
            for with in [SignWith::V1, SignWith::V2] {
                let push = signer.push(URL).token(TOKEN).with(with).sign(now()).unwrap();
                let (parts, body) = push.into_parts();
                verifier.verify_with_certificate(&parts, body, &certificate, now()).unwrap();
            }
        }
    }
    assert!(Signer::from_private_key_pem("nonsense").is_err());
    assert!(Signer::generate_with_bits(512).is_err());
}

/// A verification that ends without a verdict of its own is a rejection like any other, and the
/// first reason stays.
#[test]
fn a_verification_can_be_given_up_at_every_step() {
    let verifier = builder().max_body_bytes(3).build().unwrap();
    let certificate = Certificate::from_pem_or_der(signer().certificate_pem().as_bytes()).unwrap();
    let (parts, _) = signer().push(URL).token(TOKEN).sign(now()).unwrap().into_parts();
    let head = || verifier.check_head(&parts, now()).unwrap();
    let check = || head().check_certificate(&certificate, now()).unwrap();

    let unavailable = head().certificate_unavailable("host\nis down");
    assert_eq!(unavailable.kind(), RejectionKind::CertificateUnavailable);
    assert!(unavailable.to_string().contains("host\\nis down"), "one line: {unavailable}");
    assert!(unavailable.to_string().contains(signer().certificate_url()), "{unavailable}");
    assert_eq!(check().interrupted("reset").kind(), RejectionKind::BodyIncomplete);
    assert_eq!(check().timed_out().kind(), RejectionKind::BodyTimeout);
    assert_eq!(check().overloaded().kind(), RejectionKind::Overloaded);

    let mut over = check();
    over.update(Bytes::from_static(b"four")).unwrap_err();
    assert_eq!(over.timed_out().kind(), RejectionKind::BodyTooLarge);

    let mut part = check();
    part.update(Bytes::from_static(b"two")).unwrap();
    assert_eq!(part.received_bytes(), 3);
    assert_eq!(part.certificate_url().as_str(), signer().certificate_url());
    let rejection = part.timed_out();
    assert_eq!(rejection.age_millis(), Some(0));
    assert_eq!(rejection.public_key_fingerprint(), Some(certificate.public_key_fingerprint()));
}

#[test]
fn exact_certificate_urls_are_known_before_any_push() {
    use tower_eventbridge::certificate::UrlBasis;
    let verifier = builder()
        .certificate_url("https://a.example/a.pem")
        .certificate("https://b.example/b.pem", signer().certificate_pem())
        .build()
        .unwrap();
    let urls: Vec<_> =
        verifier.exact_certificate_urls().map(|url| (url.as_str(), url.basis())).collect();
    assert_eq!(
        urls,
        [
            ("https://a.example/a.pem", UrlBasis::Exact),
            ("https://b.example/b.pem", UrlBasis::Given)
        ]
    );
}

/// One URL is one endpoint: a token that is right for a whole origin does not pass at an exact URL
/// under it that has tokens of its own.
#[test]
fn a_wider_endpoint_does_not_open_a_narrower_one() {
    let exact = Endpoint::exact("https://hooks.example.com/admin").token("admin-token-0123456789");
    let origin = Endpoint::origin("https://hooks.example.com").token("common-token-0123456789");
    for endpoints in [[exact.clone(), origin.clone()], [origin, exact]] {
        let builder = endpoints.into_iter().fold(Verifier::builder(), VerifierBuilder::endpoint);
        let verifier = builder.region("cn-hangzhou").build().unwrap();
        for (url, token, verdict) in [
            ("https://hooks.example.com/admin", "admin-token-0123456789", Ok(())),
            ("https://hooks.example.com/other", "common-token-0123456789", Ok(())),
            (
                "https://hooks.example.com/admin",
                "common-token-0123456789",
                Err(RejectionKind::TokenMismatch),
            ),
            (
                "https://hooks.example.com/other",
                "admin-token-0123456789",
                Err(RejectionKind::TokenMismatch),
            ),
        ] {
            let push = signer().push(url).token(token).sign(now()).unwrap();
            let got = verify(&verifier, push).map(|_| ()).map_err(|rejection| rejection.kind());
            assert_eq!(got, verdict, "{url} {token}");
        }
    }
}
