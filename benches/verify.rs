//! Where the time goes: head, string to sign, key operation, whole verifications, rejections,
//! envelopes.
//!
//! ```text
//! cargo bench --bench verify
//! ```

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::as_conversions,
    missing_docs,
    reason = "a bench, which times"
)]

mod pushes;

use std::{hint::black_box, time::Duration};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use http::{HeaderValue, Request, request::Parts};
use pushes::{KEY_BITS, SIZES, World, now, sample, string_to_sign};
use tower_eventbridge::{
    envelope::{
        ApiGatewayEvent, ApiGatewayRequest, CloudEvent, Dialect, FcApiGatewayEvent, FcHttpEvent,
        HttpSourceEvent, TencentConnectorEvent, TencentScfEvent,
    },
    signature::{RejectionKind, Scheme},
};

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("steps");
    let world = World::new(1024);
    for (scheme, name) in [(Scheme::V1, "v1"), (Scheme::V2, "v2")] {
        let (parts, body) = world.push(scheme, 1024);
        group.bench_function(format!("head/{name}"), |bencher| {
            bencher.iter(|| world.verifier.check_head(black_box(&parts), now()).is_ok());
        });
        group.bench_function(format!("string-to-sign-as-one-text/{name}"), |bencher| {
            bencher.iter(|| string_to_sign(scheme, black_box(&parts), &body));
        });
    }
    // v1 recovers the secret here; v2 leaves the key operation to the end of the body.
    for bits in KEY_BITS {
        let world = World::new(bits);
        for (scheme, name) in [(Scheme::V1, "v1-recovery"), (Scheme::V2, "v2")] {
            let (parts, _) = world.push(scheme, 1024);
            group.bench_function(format!("head-and-certificate/{name}-{bits}"), |bencher| {
                bencher.iter(|| {
                    let head = world.verifier.check_head(black_box(&parts), now()).unwrap();
                    head.check_certificate(&world.certificate, now()).is_ok()
                });
            });
        }
    }
    group.finish();
}

fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole");
    for bits in KEY_BITS {
        let world = World::new(bits);
        for (scheme, name) in [(Scheme::V1, "v1"), (Scheme::V2, "v2")] {
            for (size, bytes) in SIZES {
                let (parts, body) = world.push(scheme, bytes);
                group.throughput(Throughput::Bytes(bytes.try_into().unwrap()));
                group.bench_function(BenchmarkId::new(format!("{name}-{bits}"), size), |bencher| {
                    bencher.iter(|| world.verify(black_box(&parts), &body));
                });
            }
        }
    }
    group.finish();
}

fn rejections(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("rejected");
    let world = World::new(1024);
    let (good, _) = world.push(Scheme::V2, 1024);
    let set = |name: &'static str, value: &'static str| {
        move |parts: &mut Parts| {
            parts.headers.insert(name, HeaderValue::from_static(value));
        }
    };
    type Spoil = Box<dyn Fn(&mut Parts)>;
    let url =
        "https://a-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012101.pem";
    let url = base64_of(url);
    let cases: [(&str, RejectionKind, Spoil); 9] = [
        (
            "method",
            RejectionKind::HttpMethodNotAllowed,
            Box::new(|parts| parts.method = http::Method::GET),
        ),
        (
            "encoding",
            RejectionKind::ContentEncodingUnsupported,
            Box::new(set("content-encoding", "gzip")),
        ),
        (
            "missing",
            RejectionKind::HeaderMissing,
            Box::new(|parts| {
                parts.headers.remove("x-eventbridge-signature-url");
            }),
        ),
        (
            "duplicate",
            RejectionKind::HeaderDuplicate,
            Box::new(|parts| {
                parts.headers.append("x-eventbridge-signature-url", HeaderValue::from_static("x"));
            }),
        ),
        (
            "stale",
            RejectionKind::TimestampStale,
            Box::new(set("x-eventbridge-signature-timestamp", "1796083000000")),
        ),
        (
            "token",
            RejectionKind::TokenMismatch,
            Box::new(set("x-eventbridge-signature-token", "another-token-0123456789")),
        ),
        (
            "endpoint",
            RejectionKind::EndpointMismatch,
            Box::new(|parts| parts.uri = http::Uri::from_static("/other")),
        ),
        (
            "certificate-url",
            RejectionKind::CertificateUrlNotAllowed,
            Box::new(move |parts| {
                parts.headers.insert("x-eventbridge-signature-url", url.clone());
            }),
        ),
        ("length", RejectionKind::BodyTooLarge, Box::new(set("content-length", "99999999"))),
    ];
    for (name, kind, spoil) in cases {
        let mut parts = good.clone();
        spoil(&mut parts);
        let rejected =
            world.verifier.check_head(&parts, now()).map(|_| ()).expect_err("it is rejected");
        assert_eq!(rejected.kind(), kind, "{name}");
        group.bench_function(format!("before-the-certificate/{name}"), |bencher| {
            bencher.iter(|| world.verifier.check_head(black_box(&parts), now()).is_err());
        });
    }
    let (v1, _) = world.push(Scheme::V1, 1024);
    let tampered = Bytes::from(vec![b'x'; 1024]);
    for (name, parts) in [("v1-signature", &v1), ("v2-signature", &good)] {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let body = black_box(&tampered).clone();
                world
                    .verifier
                    .verify_with_certificate(parts, body, &world.certificate, now())
                    .is_err()
            });
        });
    }
    group.finish();
}

/// Base64, as the certificate's URL is sent.
fn base64_of(text: &str) -> HeaderValue {
    use base64::{Engine, engine::general_purpose::STANDARD};
    HeaderValue::from_str(&STANDARD.encode(text)).unwrap()
}

/// One sample of each dialect, read as what it is, turned into a request, and beside it what
/// `serde_json` takes to read it into a `Value`.
fn envelopes(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("envelope");
    for (dialect, name) in [
        (Dialect::ApiGateway, "alibaba-apigateway-event"),
        (Dialect::HttpSource, "alibaba-http-event-source"),
        (Dialect::FcApiGateway, "fc-apigateway-passthrough-json"),
        (Dialect::FcHttp, "fc-http-trigger-v1"),
        (Dialect::TencentConnector, "tencent-eb-apigw-connector"),
        (Dialect::TencentScf, "tencent-scf-apigw-doc"),
    ] {
        let json = sample(name);
        group.throughput(Throughput::Bytes(json.len().try_into().unwrap()));
        group.bench_function(format!("{dialect}/serde_json-value"), |bencher| {
            bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(&json)).unwrap());
        });
        group.bench_function(format!("{dialect}/event-decoded"), |bencher| match dialect {
            Dialect::ApiGateway => {
                bencher.iter(|| ApiGatewayEvent::from_slice(black_box(&json)).unwrap())
            }
            Dialect::HttpSource => {
                bencher.iter(|| HttpSourceEvent::from_slice(black_box(&json)).unwrap())
            }
            Dialect::FcApiGateway => {
                bencher.iter(|| FcApiGatewayEvent::from_slice(black_box(&json)).unwrap())
            }
            Dialect::FcHttp => bencher.iter(|| FcHttpEvent::from_slice(black_box(&json)).unwrap()),
            Dialect::TencentConnector => {
                bencher.iter(|| TencentConnectorEvent::from_slice(black_box(&json)).unwrap());
            }
            Dialect::TencentScf => {
                bencher.iter(|| TencentScfEvent::from_slice(black_box(&json)).unwrap());
            }
            other => panic!("no sample of {other}"),
        });
        group.bench_function(format!("{dialect}/to-http-request"), |bencher| {
            bencher.iter(|| {
                let request = ApiGatewayRequest::from_slice(black_box(&json)).unwrap();
                Request::<Bytes>::try_from(request).unwrap()
            });
        });
    }
    for name in [
        "alibaba-oss-postobject",
        "alibaba-directmail-deliver-fail",
        "alibaba-dashscope-asynctaskfinish",
    ] {
        let json = sample(name);
        group.throughput(Throughput::Bytes(json.len().try_into().unwrap()));
        group.bench_function(format!("{name}/serde_json-value"), |bencher| {
            bencher.iter(|| serde_json::from_slice::<serde_json::Value>(black_box(&json)).unwrap());
        });
        group.bench_function(format!("{name}/cloud-event"), |bencher| {
            bencher.iter(|| <CloudEvent>::from_slice(black_box(&json)).unwrap());
        });
    }
    group.finish();
}

fn configured() -> Criterion {
    Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1000))
        .sample_size(20)
}

criterion_group! {
    name = benches;
    config = configured();
    targets = steps, whole, rejections, envelopes
}
criterion_main!(benches);
