//! Signatures of requests: both spellings of the `openapi` protocol, dates, and what is not signed.

use std::time::{Duration, SystemTime};

use aliyun_eventbridge::{
    clock::{Clock as _, SystemClock},
    credentials::Credentials,
    sign::{CanonicalRequest, acs, acs3},
};
use eventbridge_local::LocalEventBridge;
use http::{HeaderMap, Method};
use jiff::{Timestamp, fmt::rfc2822};

fn key() -> Credentials {
    Credentials::new("local", "local").unwrap()
}

fn rfc_date(time: SystemTime) -> String {
    let date = Timestamp::try_from(time).unwrap();
    rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&date).unwrap()
}

async fn answer(bridge: &LocalEventBridge, target: &str, headers: HeaderMap) -> (u16, String) {
    let url = format!("{}{target}", bridge.url());
    let response = reqwest::Client::new().post(url).headers(headers).send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
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
            headers.insert("x-acs-signature-nonce", "1".parse().unwrap());
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
        ("x-acs-signature-nonce", "1".to_owned()),
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
    let ask = async |names: &[&str], target: &str, sent: &str, hash: &str| {
        let text = acs3::canonical_request_of(&Method::POST, target, &headers, names, hash);
        let given = format!(
            "{} Credential=local,SignedHeaders={},Signature={}",
            acs3::METHOD,
            names.join(";"),
            acs3::signature(&text, &key())
        );
        let mut headers = headers.clone();
        headers.insert("authorization", given.parse().unwrap());
        answer(&bridge, sent, headers).await
    };
    assert_eq!(ask(&all, "/?Limit=5", "/?Limit=5", &hash).await.0, 200);
    // The query of the wire is a form, that of the signature is not.
    assert_eq!(ask(&all, "/?NamePrefix=a%20b", "/?NamePrefix=a+b", &hash).await.0, 200);
    assert_eq!(ask(&all, "/?Limit=5", "/?Limit=6", &hash).await.0, 403);
    for left_out in 0..all.len() {
        let mut names = all.to_vec();
        let name = names.remove(left_out);
        let (status, body) = ask(&names, "/", "/", &hash).await;
        assert_eq!(status, 403, "{name}");
        assert!(body.contains(name), "{body}");
    }
}
