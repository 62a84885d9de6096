//! Heads as text, `name: value` lines, at three verifiers: nothing panics, and nothing is accepted
//! whose headers are doubled.

#![no_main]

use std::{
    sync::OnceLock,
    time::{Duration, UNIX_EPOCH},
};

use http::{HeaderName, HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;
use tower_eventbridge::{Endpoint, Verifier, signature::signature_headers};

fn verifiers() -> &'static [Verifier; 3] {
    static VERIFIERS: OnceLock<[Verifier; 3]> = OnceLock::new();
    VERIFIERS.get_or_init(|| {
        let exact = Verifier::builder()
            .endpoint("https://hooks.example.com/eventbridge?a=1")
            .token("5b0c0f6e7c0d4e5f8a9b")
            .region("cn-hangzhou");
        let origin = Verifier::builder()
            .endpoint(Endpoint::origin("https://hooks.example.com"))
            .dangerous_accept_any_tenant()
            .dangerous_accept_v1_without_token()
            .region("cn-hangzhou");
        let v2 = Verifier::builder()
            .endpoint(Endpoint::exact("http://127.0.0.1:8080/x").seen_anywhere())
            .token("5b0c0f6e7c0d4e5f8a9b")
            .require_v2()
            .region("cn-hangzhou");
        [exact, origin, v2].map(|builder| builder.build().unwrap())
    })
}

fuzz_target!(|text: &[u8]| {
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default();
    let mut words = first.split(|byte| *byte == b' ');
    let mut request = Request::new(());
    *request.method_mut() =
        Method::from_bytes(words.next().unwrap_or_default()).unwrap_or(Method::POST);
    if let Ok(uri) = http::Uri::try_from(words.next().unwrap_or_default()) {
        *request.uri_mut() = uri;
    }
    for line in lines {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if let (Ok(name), Ok(value)) =
            (HeaderName::from_bytes(name), HeaderValue::from_bytes(value))
        {
            request.headers_mut().append(name, value);
        }
    }
    let (parts, ()) = request.into_parts();
    let doubled =
        signature_headers().iter().any(|name| parts.headers.get_all(name).iter().count() > 1);
    for now in [0, 1_617_938_000_000, 1_796_083_200_000] {
        for verifier in verifiers() {
            let checked = verifier.check_head(&parts, UNIX_EPOCH + Duration::from_millis(now));
            assert!(!(doubled && checked.is_ok()));
            if let Err(rejection) = checked {
                let _ = format!("{rejection} {rejection:?}");
            }
        }
    }
});
