//! Every recorded request of the vendor's SDKs: ours is the same, byte for byte, signature
//! included.
//!
//! Not compared: `connection`, `content-length`, `transfer-encoding`, and `accept-encoding` where
//! the SDK sends none. The user agent is set to the recorded one, since ACS3 signs it.

mod differences;
pub mod drive;

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    credentials::Credentials,
    endpoint::Endpoint,
    operation::Protocol,
    random::RandomError,
    sign::{acs, acs3},
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Request};
use serde_json::Value;

use self::drive::Vector;
use crate::support::{Fake, KEY, Reply, SECRET, recorded_time};

fn vectors() -> Vec<Vector> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/api/vectors");
    let mut all = Vec::new();
    for folder in ["python", "node", "python-2020-04-01"] {
        for file in fs::read_dir(root.join(folder)).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
            all.push(Vector { folder, name, json });
        }
    }
    all.sort_by(|one, other| (one.folder, &one.name).cmp(&(other.folder, &other.name)));
    all
}

fn requests(vector: &Vector) -> &[Value] {
    vector.json["requests"].as_array().unwrap()
}

fn headers(request: &Value) -> BTreeMap<String, String> {
    let pair = |pair: &Value| {
        let text = |at: usize| pair[at].as_str().unwrap().to_owned();
        (text(0).to_ascii_lowercase(), text(1))
    };
    request["headers"].as_array().unwrap().iter().map(pair).collect()
}

fn target(request: &Value) -> String {
    if let Some(target) = request["target"].as_str() {
        return target.to_owned();
    }
    match request["query"].as_str().unwrap_or_default() {
        "" => request["path"].as_str().unwrap().to_owned(),
        query => format!("{}?{query}", request["path"].as_str().unwrap()),
    }
}

fn header_map(headers: &BTreeMap<String, String>) -> HeaderMap {
    let pair = |(name, value): (&String, &String)| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap())
    };
    headers.iter().map(pair).collect()
}

#[test]
fn every_recorded_signature_is_recomputed() {
    let credentials = Credentials::new(KEY, SECRET).unwrap();
    let mut count = 0;
    for vector in vectors() {
        for (at, request) in requests(&vector).iter().enumerate() {
            let name = format!("{}/{} request {at}", vector.folder, vector.name);
            let recorded = headers(request);
            let (map, target) = (header_map(&recorded), target(request));
            let body = request["body"].as_str().unwrap();
            let authorization = if vector.folder == "python-2020-04-01" {
                let hash = acs3::sha256_hex(body.as_bytes());
                assert_eq!(recorded["x-acs-content-sha256"], hash, "{name}");
                let text = acs3::canonical_request(&Method::POST, &target, &map, &hash);
                let last = at + 1 == requests(&vector).len();
                for known in [
                    &vector.json["canonical_request"],
                    &vector.json["checked"]["canonical_request"],
                ] {
                    if let (true, Some(known)) = (last, known.as_str()) {
                        assert_eq!(text.as_str(), known, "{name}");
                    }
                }
                acs3::authorization(&text, &map, &credentials)
            } else {
                let text = acs::canonical_request(&Method::POST, &target, &map);
                assert_eq!(
                    text.as_str(),
                    vector.json["string_to_sign"].as_str().unwrap(),
                    "{name}"
                );
                acs::authorization(&text, &credentials)
            };
            assert_eq!(authorization, recorded["authorization"], "{name}");
            count += 1;
        }
    }
    assert_eq!(count, 112, "recorded requests");
}

#[tokio::test(start_paused = true)]
async fn every_recorded_request_is_ours() {
    let mut driven = 0;
    for vector in vectors() {
        let name = format!("{}/{}", vector.folder, vector.name);
        let fake = fake(&vector);
        let client = client(&vector, fake.clone());
        let result = drive::drive(&vector, &client).await;
        let ours = fake.seen();
        if let Some(difference) = differences::of(&name) {
            difference.check(&name, &ours, requests(&vector));
        } else {
            assert_eq!(ours.len(), requests(&vector).len(), "{name}: number of requests");
            for (ours, recorded) in ours.iter().zip(requests(&vector)) {
                same(&name, ours, recorded);
            }
            drive::judge(&vector, result);
        }
        driven += 1;
    }
    assert_eq!(driven, 115, "files");
    differences::all_used();
}

fn same(name: &str, ours: &Request<Bytes>, recorded: &Value) {
    assert_eq!(ours.method(), recorded["method"].as_str().unwrap(), "{name}");
    assert_eq!(ours.uri().path_and_query().unwrap().as_str(), target(recorded), "{name}");
    let body = std::str::from_utf8(ours.body()).unwrap();
    assert_eq!(body, recorded["body"].as_str().unwrap(), "{name}");
    let mut theirs = headers(recorded);
    for framing in ["connection", "content-length", "transfer-encoding"] {
        theirs.remove(framing);
    }
    let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
    let mut mine: BTreeMap<String, String> =
        ours.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    if !theirs.contains_key("accept-encoding") {
        mine.remove("accept-encoding");
    }
    assert_eq!(mine, theirs, "{name}: headers");
}

fn fake(vector: &Vector) -> Fake {
    let reply = &vector.json["server_reply"];
    let mut headers = Vec::new();
    if let Some(wait) = reply["headers"]["x-acs-retry-after"].as_str() {
        headers.push(("x-acs-retry-after", wait.to_owned()));
    }
    let status = u16::try_from(reply["status"].as_u64().unwrap()).unwrap();
    Fake::script([Reply::Is(status, headers, Bytes::from(reply["body"].to_string()))])
}

/// A client with the recorded host, user agent, nonce, date and credentials.
fn client(vector: &Vector, fake: Fake) -> Client {
    let protocol = match vector.folder {
        "python-2020-04-01" => Protocol::Api20200401,
        _ => Protocol::OpenApi,
    };
    let recorded = requests(vector).first().map(headers).unwrap_or_default();
    let host = recorded.get("host").map_or("127.0.0.1:1", String::as_str);
    let mut credentials = Credentials::new(KEY, SECRET).unwrap();
    if let Some(token) = recorded.get("x-acs-security-token") {
        credentials = credentials.with_security_token(token.as_str()).unwrap();
    }
    let nonce = recorded
        .get("x-acs-signature-nonce")
        .map_or_else(String::new, |nonce| nonce.replace('-', ""));
    let nonce = u128::from_str_radix(&nonce, 16).unwrap_or_default().to_be_bytes();
    let random = move |buffer: &mut [u8]| -> Result<(), RandomError> {
        match buffer.len() {
            16 => buffer.copy_from_slice(&nonce),
            _ => buffer.fill(0xff),
        }
        Ok(())
    };
    let attempts = u32::try_from(requests(vector).len()).unwrap();
    let retry = RetryPolicy::default().attempts(attempts).base(Duration::from_millis(1));
    let endpoint = Endpoint::given(&format!("http://{host}")).unwrap();
    let mut builder = Client::builder(protocol, endpoint, credentials)
        .http_client(fake)
        .clock(recorded_time)
        .random(random)
        .retry(retry)
        .user_agent(recorded.get("user-agent").map_or("none", String::as_str));
    if let Some(region) = recorded.get("x-eventbridge-regionid") {
        builder = builder.region(region);
    }
    builder.build().unwrap()
}
