use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures_util::FutureExt as _;
use http::Method;
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;
use tower::service_fn;
use tower_eventbridge::Verifier;

use super::*;
use crate::{
    arguments::EndpointArg,
    explain::{Setup, Tokens},
    ui::receive::testing,
};

const TOKEN: &str = "a-token-of-16-bytes";
const ENDPOINT: &str = "https://h.example";

fn watch() -> Watch {
    let setup = Setup {
        endpoints: vec![EndpointArg::new(ENDPOINT)],
        tokens: Tokens::Known(vec![TOKEN.to_owned()]),
        regions: vec!["cn-hangzhou".to_owned()],
        unlisted_regions: Vec::new(),
        internal_oss_host: false,
        certificates: Vec::new(),
        substitute: None,
        require_v2: true,
        form: None,
        now: UNIX_EPOCH,
        age_judged: true,
    };
    Watch::new(Verdicts::new(setup, None))
}

/// A push with another token, as far as its head goes.
fn request(path: &str, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in [
        ("timestamp", "0"),
        ("version", "1.0"),
        ("url", "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x.pem"),
        ("token", "another-token-of-24-bytes"),
        ("v2", "AAAA"),
    ] {
        let name = http::HeaderName::try_from(format!("x-eventbridge-signature-{name}")).unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    request.headers_mut().insert("x-eventbridge-hash-method", "SHA256".parse().unwrap());
    request
}

fn rejected(parts: &http::request::Parts) -> Response<()> {
    let verifier = Verifier::builder().endpoint(ENDPOINT).token(TOKEN).region("cn-hangzhou");
    let rejection = verifier.build().unwrap().check_head(parts, UNIX_EPOCH).err().unwrap();
    assert_eq!(rejection.kind(), RejectionKind::TokenMismatch);
    let mut response = Response::new(());
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.extensions_mut().insert(rejection);
    response
}

/// The paths of the verdicts that were told.
fn told(watch: &Watch) -> Vec<String> {
    let lines = testing::lines(&watch.0.verdicts);
    let target = |line: &String| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["target"].as_str().unwrap().to_owned()
    };
    lines.iter().map(target).collect()
}

/// Verdicts wait for bodies that do not come, but only a few do.
#[tokio::test]
async fn a_few_verdicts_wait_for_their_bodies() {
    let watch = watch();
    let bodies = Mutex::new(Vec::new());
    for number in 0..=MOST_LATE {
        let service = service_fn(async |request: Request<Tee<_>>| {
            let (parts, body) = request.into_parts();
            // As the layer does, which goes on reading.
            lock(&bodies).push(body);
            Ok(rejected(&parts))
        });
        let request = request(&format!("/{number}"), Bytes::from_static(b"body"));
        let answered = watching(service, Some(watch.clone()), request).now_or_never();
        let status = answered.expect("the answer does not wait").unwrap().status();
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    }
    // Nothing else ran meanwhile, so that no time limit passed.
    assert_eq!(told(&watch), [format!("POST /{MOST_LATE}")]);

    // Once a body is gone, its verdict comes.
    lock(&bodies).clear();
    while told(&watch).len() <= MOST_LATE {
        tokio::task::yield_now().await;
    }
    assert_eq!(told(&watch)[1], "POST /0");
}

/// A body within the bound is kept, and one beyond it is not.
#[tokio::test]
async fn kept_bodies_are_bounded() {
    let watch = watch();
    for (number, length) in [(1, 0), (2, MOST_BODY), (3, MOST_BODY + 1)] {
        let service = service_fn(async |request: Request<Tee<Full<Bytes>>>| {
            let (parts, body) = request.into_parts();
            body.collect().await.unwrap();
            Ok(rejected(&parts))
        });
        let body = Bytes::from(vec![b'x'; length]);
        watching(service, Some(watch.clone()), request("/", body)).await.unwrap();
        while told(&watch).len() < number {
            tokio::task::yield_now().await;
        }
        let kept = testing::kept_body(&watch.0.verdicts, u64::try_from(number).unwrap());
        assert_eq!(kept, (length <= MOST_BODY).then_some(length), "{length}");
    }
}
