//! The small promises of the interface: access to inner services, conversions, the status of each
//! kind of rejection, and a rejection as an axum response.

use axum::response::IntoResponse;
use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use tests_support::pushes::{MILLIS, OTHER_TOKEN, TOKEN, URL, now, signer, verifier};
use tower::{Layer, ServiceExt, service_fn};
use tower_eventbridge::{
    Authentic, Endpoint, Rejection, Token, Verifier, VerifyLayer,
    certificate::{Certificate, Fingerprint},
    each_event::{EachEventLayer, PushedEvent},
    forward::ForwardLayer,
    idempotency::{IdempotencyLayer, MemoryStore, RejectReplaysLayer},
    signature::RejectionKind,
    signer::{Forgery, SignWith},
    verify::{RejectedRequest, VerifiedBody},
};

fn layer() -> VerifyLayer {
    VerifyLayer::builder(verifier()).clock(now).build().unwrap()
}

fn push(body: &'static str) -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap().map(Full::new)
}

#[test]
fn every_service_gives_access_to_its_inner_service() {
    macro_rules! check {
        ($($layer:expr),+) => {$({
            let mut service = $layer.layer("inner".to_owned());
            assert_eq!(service.get_ref(), "inner");
            service.get_mut().push_str(", changed");
            assert_eq!(service.get_ref(), "inner, changed");
            assert_eq!(service.into_inner(), "inner, changed");
        })+};
    }
    check!(
        layer(),
        EachEventLayer::new(),
        ForwardLayer::new(),
        IdempotencyLayer::new(MemoryStore::new()),
        RejectReplaysLayer::new(MemoryStore::new())
    );
}

/// A checked head shows what the signer signed.
#[test]
fn a_checked_head_gives_the_head_of_the_string_to_sign() {
    for with in [SignWith::V1, SignWith::V2] {
        let push = signer().push(URL).token(TOKEN).with(with).body("body");
        let (parts, _) = push.clone().sign(now()).unwrap().into_parts();
        let head = verifier().check_head(&parts, now()).unwrap();
        let url = head.candidate_urls().next().unwrap();
        let signed = [&head.signed_head(url)[..], b"body\n"].concat();
        assert_eq!(push.strings_to_sign(now()), [(head.scheme(), signed)]);
    }
}

#[tokio::test]
async fn the_verified_body_gives_the_bytes_that_are_not_read() {
    let service = layer().layer(service_fn(async |request: Request<VerifiedBody>| {
        let proof = request.extensions().get::<Authentic>().unwrap().clone();
        let mut body = request.into_body();
        if proof.body() == "read" {
            body.frame().await.unwrap().unwrap();
            assert_eq!(body.into_bytes(), "");
        } else {
            let bytes = body.into_bytes();
            assert_eq!(bytes.as_ptr(), proof.body().as_ptr(), "no copy");
            assert_eq!(bytes, "whole");
        }
        Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    for body in ["whole", "read"] {
        assert_eq!(service.clone().oneshot(push(body)).await.unwrap().status(), StatusCode::OK);
    }
}

async fn rejected(forgery: Forgery) -> RejectedRequest {
    let push = signer().push(URL).token(TOKEN).with(SignWith::V2).forgery(forgery);
    layer().verify(push.sign(now()).unwrap().map(Full::new)).await.unwrap_err()
}

/// A rejection can be the error of an axum handler. The caller gets the status and fixed bytes, the
/// layers around the handler get the rejection.
#[tokio::test]
async fn a_rejection_is_an_axum_response_without_details() {
    let mut seen = Vec::new();
    for (forgery, kind) in [
        (Forgery::Stale, RejectionKind::TimestampStale),
        (Forgery::TamperedBody, RejectionKind::SignatureMismatch),
    ] {
        let rejected = rejected(forgery).await;
        assert_eq!(rejected.rejection().kind(), kind);
        let text = rejected.rejection().to_string();
        assert_eq!(rejected.to_string(), text, "the operator gets the details");
        let response = IntoResponse::into_response(rejected);
        let (parts, body) = response.into_parts();
        assert_eq!(parts.status, kind.status(), "{kind}");
        assert_eq!(parts.extensions.get::<Rejection>().unwrap().to_string(), text);
        let body = body.collect().await.unwrap().to_bytes();
        assert_eq!(body, "{\"status\":\"rejected\"}", "{kind}");
        let mut names: Vec<_> = parts.headers.keys().cloned().collect();
        names.sort_unstable_by_key(ToString::to_string);
        assert_eq!(names, [header::CONTENT_TYPE, header::WWW_AUTHENTICATE], "{kind}");
        seen.push((parts.status, parts.headers));
    }
    assert_eq!(seen.first(), seen.last(), "both look alike from outside");
}

/// An extractor without a layer in front: an optional proof is absent, a required one is a 500.
#[tokio::test]
async fn a_proof_may_be_optional() {
    use axum::extract::{FromRequestParts, OptionalFromRequestParts};

    let (proof, request) = layer().verify(push("{}")).await.unwrap();
    let (mut parts, _) = request.into_parts();
    let found = <Authentic as OptionalFromRequestParts<()>>::from_request_parts(&mut parts, &());
    assert_eq!(found.await.unwrap().unwrap().body(), proof.body());
    parts.extensions.clear();
    let found = <Authentic as OptionalFromRequestParts<()>>::from_request_parts(&mut parts, &());
    assert!(found.await.unwrap().is_none());
    let missing = <Authentic as FromRequestParts<()>>::from_request_parts(&mut parts, &()).await;
    let response = missing.unwrap_err().into_response();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, "{\"status\":\"failed\"}");
}

#[tokio::test]
async fn a_proof_converts() {
    let (proof, _) = layer().verify(push("{\"a\":1}")).await.unwrap();
    assert_eq!(AsRef::<[u8]>::as_ref(&proof), b"{\"a\":1}");
    assert_eq!(std::time::SystemTime::from(proof.timestamp()), now());
    assert_eq!(u64::try_from(proof.timestamp().as_millis()).unwrap(), MILLIS);
    let event = PushedEvent::from(proof);
    assert_eq!((&event.body()[..], event.place()), (&b"{\"a\":1}"[..], None));
}

/// Settings take text, owned or not, and values that were read before.
#[test]
fn settings_take_text_and_values() {
    let pem = signer().certificate_pem();
    let pin = Certificate::from_pem_or_der(pem.as_bytes()).unwrap().public_key_fingerprint();
    let (digits, bytes) = (pin.to_string(), *pin.as_bytes());
    assert_eq!(digits.parse::<Fingerprint>().unwrap(), pin);
    assert_eq!(Fingerprint::try_from(&*digits).unwrap(), pin);
    assert_eq!(Fingerprint::from(bytes), pin);
    let (url, token) = (URL.to_owned(), OTHER_TOKEN.to_owned());
    let builder = || Verifier::builder().certificate(signer().certificate_url(), pem);
    let one = || builder().endpoint(URL).token(TOKEN);
    for accepting in [
        one().public_key_pin(pin),
        one().public_key_pin(bytes),
        one().public_key_pin(digits.as_str()),
        one().public_key_pin(&digits),
        one().public_key_pin(digits.clone()),
        builder().endpoint(&url).token(&token).token(TOKEN),
        builder().endpoint(url.clone()).token(token.clone()).token(TOKEN),
        builder().endpoint(Endpoint::from(url.as_str())).token(Token::from(TOKEN)),
    ] {
        let (parts, _) = push("{}").into_parts();
        let verifier = accepting.build().unwrap();
        let head = verifier.check_head(&parts, now()).unwrap();
        let given = head.given_certificate().unwrap().clone();
        let mut body = head.check_certificate(&given, now()).unwrap();
        body.update(Bytes::from_static(b"{}")).unwrap();
        assert_eq!(body.finish().unwrap().body(), "{}");
    }
}

/// The table of the design, kind by kind.
#[test]
fn every_kind_has_its_status() {
    use RejectionKind as Kind;
    for &kind in Kind::ALL {
        let status = match kind {
            Kind::HeaderMissing
            | Kind::HeaderDuplicate
            | Kind::HeaderMalformed
            | Kind::SignatureMethodUnsupported
            | Kind::SignatureVersionUnsupported
            | Kind::TokenUnexpected
            | Kind::BodyAmbiguous
            | Kind::BodyIncomplete => 400,
            Kind::HttpMethodNotAllowed => 405,
            Kind::BodyTimeout => 408,
            Kind::BodyTooLarge => 413,
            Kind::ContentEncodingUnsupported => 415,
            Kind::CertificateUnavailable | Kind::Overloaded => 503,
            Kind::TimestampStale
            | Kind::TimestampFuture
            | Kind::TokenMismatch
            | Kind::EndpointMismatch
            | Kind::CertificateUrlNotAllowed
            | Kind::CertificateInvalid
            | Kind::CertificatePinMismatch
            | Kind::SecretInvalid
            | Kind::SignatureMismatch => 401,
            // A new kind needs a line above.
            _ => 0,
        };
        assert_eq!(kind.status().as_u16(), status, "{kind}");
        let kebab = kind.as_str().bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        assert!(kebab, "{kind}");
    }
    assert_eq!(Kind::ALL.len(), 23);
}
