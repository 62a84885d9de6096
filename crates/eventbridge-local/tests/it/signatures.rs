//! Signatures of requests: both spellings of the `openapi` protocol, dates, and what is not signed.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use aliyun_eventbridge::{
    clock::{Clock, SystemClock},
    credentials::Credentials,
    sign::{CanonicalRequest, acs, acs3},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use eventbridge_local::{Bounds, LocalEventBridge};
use http::{HeaderMap, Method};
use jiff::{Timestamp, fmt::rfc2822};
use md5::{Digest as _, Md5};

fn key() -> Credentials {
    Credentials::new("local", "local").unwrap()
}

fn rfc_date(time: SystemTime) -> String {
    let date = Timestamp::try_from(time).unwrap();
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap()
}

async fn answer(bridge: &LocalEventBridge, target: &str, headers: HeaderMap) -> (u16, String) {
    answer_to(bridge, target, headers, "").await
}

async fn answer_to(
    bridge: &LocalEventBridge,
    target: &str,
    headers: HeaderMap,
    body: &'static str,
) -> (u16, String) {
    let url = format!("{}{target}", bridge.url());
    let asked = reqwest::Client::new().post(url).headers(headers).body(body);
    let response = asked.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

const LIST: &str = "/openapi/listEventBuses";

/// The headers of a request to [`LIST`], signed as the SDKs do.
fn signed(date: SystemTime, more: &[(&'static str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("date", rfc_date(date).parse().unwrap());
    for (name, value) in more {
        headers.append(*name, value.parse().unwrap());
    }
    let text = acs::canonical_request(&Method::POST, LIST, &headers);
    let given = format!("acs:local:{}", acs::signature(&text, &key()));
    headers.insert("authorization", given.parse().unwrap());
    headers
}

/// A clock that the test moves.
#[derive(Clone)]
struct Moved(Arc<Mutex<SystemTime>>);

impl Clock for Moved {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap()
    }
}

#[tokio::test]
async fn a_signed_request_is_taken_once() {
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_675_200);
    let clock = Moved(Arc::new(Mutex::new(start)));
    let bridge = LocalEventBridge::builder().clock(clock.clone()).start().await.unwrap();
    let minutes = |count: u64| Duration::from_secs(count * 60);
    // Dated as far in the future as is allowed, so that it can be sent again for half an hour.
    let one = signed(clock.now() + minutes(15), &[("x-acs-signature-nonce", "n-1")]);
    assert_eq!(answer(&bridge, LIST, one.clone()).await.0, 200);
    for _ in 0..2 {
        let (status, body) = answer(&bridge, LIST, one.clone()).await;
        assert_eq!(status, 400);
        assert!(body.starts_with(r#"{"code":"SignatureNonceUsed","message":""#), "{body}");
        *clock.0.lock().unwrap() += minutes(15);
    }
    let expired = clock.now();
    assert_eq!(answer(&bridge, LIST, one).await.0, 400);
    *clock.0.lock().unwrap() = expired + Duration::from_secs(1);
    let again = signed(clock.now(), &[("x-acs-signature-nonce", "n-1")]);
    assert_eq!(
        answer(&bridge, LIST, again).await.0,
        200,
        "the nonce is of more than 30 minutes ago"
    );

    // A signature that is wrong uses no nonce.
    let mut forged = signed(clock.now(), &[("x-acs-signature-nonce", "n-2")]);
    let right = forged.insert("authorization", "acs:local:x".parse().unwrap()).unwrap();
    assert_eq!(answer(&bridge, LIST, forged.clone()).await.0, 403);
    forged.insert("authorization", right);
    assert_eq!(answer(&bridge, LIST, forged).await.0, 200);
    let two = [("x-acs-signature-nonce", "n-3"), ("x-acs-signature-nonce", "n-4")];
    assert_eq!(answer(&bridge, LIST, signed(clock.now(), &two)).await.0, 403);
    // The vendor's page does not demand a nonce.
    assert_eq!(answer(&bridge, LIST, signed(clock.now(), &[])).await.0, 200);
}

#[tokio::test]
async fn the_number_of_nonces_is_bounded() {
    let mut bounds = Bounds::default();
    bounds.nonces = 2;
    let bridge = LocalEventBridge::builder().bounds(bounds).start().await.unwrap();
    let now = SystemClock::new().now();
    for (nonce, status) in [("1", 200), ("2", 200), ("1", 400), ("3", 200), ("1", 200), ("3", 400)]
    {
        let headers = signed(now, &[("x-acs-signature-nonce", nonce)]);
        assert_eq!(answer(&bridge, LIST, headers).await.0, status, "{nonce}");
    }
}

#[tokio::test]
async fn content_md5_is_that_of_the_body() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let now = SystemClock::new().now();
    let body = r#"{"Limit":10}"#;
    let right = STANDARD.encode(Md5::digest(body));
    let other = STANDARD.encode(Md5::digest("{}"));
    let hex: String = Md5::digest(body).iter().map(|byte| format!("{byte:02x}")).collect();
    for (md5, status) in [(right.as_str(), 200), (&other, 400), (&hex, 400), ("", 400)] {
        let headers = signed(now, &[("content-md5", md5)]);
        let (got, text) = answer_to(&bridge, LIST, headers, body).await;
        assert_eq!(got, status, "{md5} {text}");
        let code = r#"{"code":"ContentMD5NotMatched","message":""#;
        assert_eq!(text.starts_with(code), status == 400, "{text}");
    }
    // The hash is signed, the body is not.
    let mut headers = signed(now, &[("content-md5", &other)]);
    headers.insert("content-md5", right.parse().unwrap());
    assert_eq!(answer_to(&bridge, LIST, headers, body).await.0, 403);
}

#[tokio::test]
async fn the_form_of_the_sdks_and_that_of_the_pages_are_accepted_within_the_window() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    type Form = fn(&Method, &str, &HeaderMap) -> CanonicalRequest;
    let forms: [(Form, &str); 2] =
        [(acs::canonical_request, "acs:"), (acs::documented_canonical_request, "acs ")];
    let now = SystemClock::new().now();
    let minutes = |count: u64| Duration::from_secs(count * 60);
    for (form, start) in forms {
        for (date, expected) in [
            (now, 200),
            (now - minutes(14), 200),
            (now - minutes(16), 403),
            (now + minutes(16), 403),
        ] {
            let target = "/openapi/listEventBuses";
            let mut headers = HeaderMap::new();
            headers.insert("date", rfc_date(date).parse().unwrap());
            headers.insert("accept", "application/json".parse().unwrap());
            let nonce = format!("{start}{expected}{}", rfc_date(date));
            headers.insert("x-acs-signature-nonce", nonce.parse().unwrap());
            let text = form(&Method::POST, target, &headers);
            let given = format!("{start}local:{}", acs::signature(&text, &key()));
            headers.insert("authorization", given.parse().unwrap());
            let (status, body) = answer(&bridge, target, headers).await;
            assert_eq!(status, expected, "{start:?} {body}");
        }
    }
}

#[tokio::test]
async fn what_the_newer_protocol_has_to_sign_is_demanded() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let date = Timestamp::try_from(SystemClock::new().now()).unwrap();
    let hash = acs3::sha256_hex(b"");
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", bridge.address().to_string()),
        ("x-acs-action", "ListEventBuses".to_owned()),
        ("x-acs-version", "2020-04-01".to_owned()),
        ("x-acs-date", format!("{date:.0}")),
        ("x-acs-content-sha256", hash.clone()),
    ] {
        headers.insert(name, value.parse().unwrap());
    }
    let all = [
        "host",
        "x-acs-action",
        "x-acs-content-sha256",
        "x-acs-date",
        "x-acs-signature-nonce",
        "x-acs-version",
    ];
    let ask = async |nonce: &str, names: &[&str], target: &str, sent: &str, hash: &str| {
        let mut headers = headers.clone();
        headers.insert("x-acs-signature-nonce", nonce.parse().unwrap());
        let text = acs3::canonical_request_of(&Method::POST, target, &headers, names, hash);
        let given = format!(
            "{} Credential=local,SignedHeaders={},Signature={}",
            acs3::METHOD,
            names.join(";"),
            acs3::signature(&text, &key())
        );
        headers.insert("authorization", given.parse().unwrap());
        answer(&bridge, sent, headers).await
    };
    assert_eq!(ask("1", &all, "/?Limit=5", "/?Limit=5", &hash).await.0, 200);
    let (status, body) = ask("1", &all, "/?Limit=5", "/?Limit=5", &hash).await;
    assert_eq!(status, 400);
    assert!(body.starts_with(r#"{"Code":"SignatureNonceUsed","Message":""#), "{body}");
    // The query of the wire is a form, that of the signature is not.
    assert_eq!(ask("2", &all, "/?NamePrefix=a%20b", "/?NamePrefix=a+b", &hash).await.0, 200);
    assert_eq!(ask("3", &all, "/?Limit=5", "/?Limit=6", &hash).await.0, 403);
    for left_out in 0..all.len() {
        let mut names = all.to_vec();
        let name = names.remove(left_out);
        let (status, body) = ask("4", &names, "/", "/", &hash).await;
        assert_eq!(status, 403, "{name}");
        assert!(body.contains(name), "{body}");
    }
}
