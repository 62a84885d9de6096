//! Verification beside the arithmetic that it cannot avoid, done by aws-lc in the same run.
//!
//! ```text
//! cargo bench --bench floor
//! ```
//!
//! Prints `ratio <case> <ours µs> <floor µs> <ratio>`, medians. The floor is a parsed key's
//! operation and the digest: for v1
//! `verify` of an empty message and HMAC-SHA1 of the string to sign, under a key made anew,
//! for v2 `verify` of the string to sign.
//!
//! Then the same for the layer, where the floor is the core's verification and the same handler,
//! and for reading events, where it is what `serde_json` takes to read them into a `Value`.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::panic,
    clippy::as_conversions,
    missing_docs,
    reason = "a bench, which times"
)]

mod pushes;

use std::{
    convert::Infallible,
    fmt::Debug,
    hint::black_box,
    pin::pin,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use aws_lc_rs::{
    hmac,
    signature::{ParsedPublicKey, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::{BodyExt, Empty, Full};
use pushes::{KEY_BITS, SIZES, World, key_pem, string_to_sign};
use rsa::{
    Pkcs1v15Sign, PrivateKey, pkcs1::EncodeRsaPublicKey, pkcs8::DecodePrivateKey,
    traits::PublicKeyParts as _,
};
use sha2::{Digest, Sha256};
use tower::{Layer, Service};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    envelope::{
        ApiGatewayEvent, CloudEvent, EnvelopeError, FcApiGatewayEvent, FcHttpEvent,
        HttpSourceEvent, TencentConnectorEvent, TencentScfEvent,
    },
    signature::Scheme,
    verify::VerifiedBody,
};

fn main() {
    let mut arguments = std::env::args();
    if arguments.any(|argument| argument == "--write") {
        write_pushes(&arguments.next().expect("--write FILE"));
        return;
    }
    for bits in KEY_BITS {
        let world = World::new(bits);
        let private = PrivateKey::from_pkcs8_pem(&key_pem(bits)).unwrap();
        assert_eq!(private.n().bit_width(), bits);
        let public = private.to_public_key().to_pkcs1_der().unwrap();
        let key = ParsedPublicKey::new(
            &RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY,
            public.as_bytes(),
        );
        let key = key.unwrap();
        let of_nothing = private.sign(sha256(), &Sha256::digest(b"")).unwrap();
        for (size, bytes) in SIZES {
            let (parts, body) = world.push(Scheme::V1, bytes);
            let string = string_to_sign(Scheme::V1, &parts, &body);
            let secret = [b'a'; 32];
            ratio(
                &format!("v1-{bits}-{size}"),
                || world.verify(&parts, &body),
                || {
                    key.verify_sig(black_box(b""), &of_nothing).unwrap();
                    let mac_key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
                    black_box(hmac::sign(&mac_key, black_box(&string)));
                },
            );
            let (parts, body) = world.push(Scheme::V2, bytes);
            let string = string_to_sign(Scheme::V2, &parts, &body);
            let signature = parts.headers["x-eventbridge-signature-v2"].as_bytes();
            let signature = STANDARD.decode(signature).unwrap();
            ratio(
                &format!("v2-{bits}-{size}"),
                || world.verify(&parts, &body),
                || key.verify_sig(black_box(&string), &signature).unwrap(),
            );
        }
    }
    for bits in [1024, 2048] {
        layer(bits, Scheme::V1);
        layer(bits, Scheme::V2);
    }
    reading("alibaba-apigateway-event", ApiGatewayEvent::from_slice);
    reading("alibaba-http-event-source", HttpSourceEvent::from_slice);
    reading("fc-apigateway-passthrough-json", FcApiGatewayEvent::from_slice);
    reading("fc-http-trigger-v1", FcHttpEvent::from_slice);
    reading("tencent-eb-apigw-connector", TencentConnectorEvent::from_slice);
    reading("tencent-scf-apigw-doc", TencentScfEvent::from_slice);
    reading("alibaba-oss-postobject", <CloudEvent>::from_slice);
    reading("alibaba-directmail-deliver-fail", <CloudEvent>::from_slice);
    reading("alibaba-dashscope-asynctaskfinish", <CloudEvent>::from_slice);
}

/// What the layer adds to the core.
fn layer(bits: u32, scheme: Scheme) {
    async fn handler<B>(request: Request<B>) -> Result<Response<Empty<Bytes>>, Infallible>
    where
        B: Body<Error: Debug>,
    {
        black_box(request.into_body().collect().await.unwrap().to_bytes());
        Ok(Response::new(Empty::new()))
    }
    fn at_once<F: Future>(future: F) -> F::Output {
        match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(output) => output,
            Poll::Pending => panic!("it waits"),
        }
    }
    let world = World::new(bits);
    let (parts, body) = world.push(scheme, 1024);
    let request = || Request::from_parts(parts.clone(), Full::new(body.clone()));
    let verifier = Verifier::builder()
        .endpoint(pushes::URL)
        .token(pushes::TOKEN)
        .certificate(world.signer.certificate_url(), world.signer.certificate_pem());
    let layer = VerifyLayer::builder(verifier.build().unwrap()).clock(pushes::now);
    let mut service = layer.build().unwrap().layer(tower::service_fn(handler::<VerifiedBody>));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let _inside = runtime.enter();
    ratio(
        &format!("layer-{scheme:?}-{bits}-1KB"),
        || assert!(at_once(service.call(request())).unwrap().status().is_success()),
        || {
            let (parts, whole) = request().into_parts();
            world.verify(&parts, &body);
            at_once(handler(Request::from_parts(parts, whole))).unwrap();
        },
    );
}

/// One of the samples.
fn reading<T>(name: &str, read: impl Fn(&[u8]) -> Result<T, EnvelopeError>) {
    let json = pushes::sample(name);
    ratio(
        &format!("read-{name}"),
        || drop(black_box(read(black_box(&json)).unwrap())),
        || drop(black_box(serde_json::from_slice::<serde_json::Value>(black_box(&json)).unwrap())),
    );
}

/// The same pushes for verifiers in other languages: benches/peers.
fn write_pushes(file: &str) {
    let mut pushes = Vec::new();
    for bits in [1024, 2048] {
        let world = World::new(bits);
        for (size, bytes) in &SIZES[..2] {
            for (name, scheme) in [("v1", Scheme::V1), ("v2", Scheme::V2)] {
                let (parts, body) = world.push(scheme, *bytes);
                let headers: std::collections::BTreeMap<_, _> = parts
                    .headers
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                    .collect();
                pushes.push(serde_json::json!({
                    "case": format!("{name}-{bits}-{size}"), "url": pushes::URL, "headers": headers,
                    "body": String::from_utf8(body.to_vec()).unwrap(),
                    "certificate": world.signer.certificate_pem(),
                }));
            }
        }
    }
    std::fs::write(file, serde_json::to_vec(&pushes).unwrap()).unwrap();
}

fn sha256() -> Pkcs1v15Sign {
    // RFC 8017 section 9.2, note 1.
    let prefix = *b"\x30\x31\x30\x0D\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20";
    Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(prefix) }
}

/// Turn by turn, so that whatever else the machine does meets both.
fn ratio(case: &str, mut ours: impl FnMut(), mut floor: impl FnMut()) {
    let (mut of_ours, mut of_floor) = (Vec::new(), Vec::new());
    let batch = |work: &mut dyn FnMut(), times: u32| {
        let began = Instant::now();
        for _ in 0..times {
            work();
        }
        began.elapsed().as_secs_f64() * 1e6 / f64::from(times)
    };
    let once = batch(&mut floor, 20);
    // About a millisecond each.
    let times = (1e3 / once).clamp(1.0, 1e3) as u32;
    let began = Instant::now();
    while of_ours.len() < 50 || began.elapsed() < Duration::from_millis(500) {
        of_ours.push(batch(&mut ours, times));
        of_floor.push(batch(&mut floor, times));
    }
    let (ours, floor) = (median(of_ours), median(of_floor));
    println!("ratio {case} {ours:.2} {floor:.2} {:.2}", ours / floor);
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
