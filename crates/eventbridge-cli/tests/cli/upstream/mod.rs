//! `receive --forward-requests`: a published event, signed, pushed to the receiver as a process,
//! and what the server behind it gets, byte for byte.

mod idle;
mod outcomes;
mod proxy;
mod tls;

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tower_eventbridge::clock::{Clock, SystemClock};

use crate::{
    process::{PATIENCE, Server, run},
    sender::{TOKEN, URL, certificate_argument, sample, signer},
};

/// A request as it arrived at the upstream: head lines sorted by name, and the body.
pub(crate) type Arrived = (String, Vec<(String, String)>, Bytes);

#[derive(Clone)]
pub(crate) struct Upstream {
    pub(crate) address: SocketAddr,
    pub(crate) arrived: Arc<Mutex<Vec<Arrived>>>,
    connections: Arc<AtomicUsize>,
    pub(crate) answers: Arc<Mutex<StatusCode>>,
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let upstream = Self {
            address: listener.local_addr().unwrap(),
            arrived: Arc::default(),
            connections: Arc::default(),
            answers: Arc::new(Mutex::new(StatusCode::OK)),
        };
        let serving = upstream.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                serving.connections.fetch_add(1, Ordering::SeqCst);
                let upstream = serving.clone();
                let service = service_fn(move |request| upstream.clone().answer(request));
                let connection = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        upstream
    }

    async fn answer(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, hyper::Error> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let mut headers: Vec<_> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect();
        headers.sort();
        let line = format!("{} {}", parts.method, parts.uri);
        self.arrived.lock().unwrap().push((line, headers, body));
        let status = *self.answers.lock().unwrap();
        if status == StatusCode::CONTINUE {
            std::future::pending::<()>().await;
        }
        let mut response = Response::new(Full::from("the upstream's own words"));
        *response.status_mut() = status;
        Ok(response)
    }

    /// The request that arrived last, without the facts of its event.
    pub(crate) fn last(&self) -> Arrived {
        let (line, mut headers, body) = self.last_with_facts();
        headers.retain(|(name, _)| !name.starts_with("eventbridge-"));
        (line, headers, body)
    }

    pub(crate) fn last_with_facts(&self) -> Arrived {
        self.arrived.lock().unwrap().pop().expect("a request arrived")
    }
}

/// A receiver that forwards.
pub(crate) struct Receiver(Server);

impl Receiver {
    async fn start(forward: &str, more: &[&str]) -> Self {
        Self::with(&[&["--forward-requests", forward][..], more].concat()).await
    }

    pub(crate) async fn with(more: &[&str]) -> Self {
        let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
        let trust = ["--certificate", certificate_argument()];
        Self(Server::start("receive", &[&base[..], &trust, more].concat()).await)
    }

    pub(crate) async fn push(&self, body: impl Into<Bytes>) -> (u16, String) {
        self.push_with(&[], body).await
    }

    async fn push_with(
        &self,
        more: &[(&'static str, &str)],
        body: impl Into<Bytes>,
    ) -> (u16, String) {
        let push = signer().push(URL).token(TOKEN).body(body);
        let mut push = push.sign(SystemClock::new().now()).unwrap();
        for (name, value) in more {
            push.headers_mut().insert(*name, value.parse().unwrap());
        }
        self.send(push).await
    }

    pub(crate) async fn send(&self, push: Request<Bytes>) -> (u16, String) {
        let stream = TokioIo::new(TcpStream::connect(self.0.address).await.unwrap());
        let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        let response = sender.send_request(push.map(Full::new));
        let response = tokio::time::timeout(PATIENCE, response).await.unwrap().unwrap();
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn lines(self) -> (Vec<Value>, String) {
        let (code, printed, log) = self.0.stop().await;
        assert_eq!(code, 0);
        (printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), log)
    }
}

fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut headers: Vec<_> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    headers.sort();
    headers
}

#[tokio::test]
async fn samples_arrive_at_the_upstream_byte_for_byte() {
    let upstream = Upstream::start().await;
    let authority = upstream.address.to_string();
    let receiver = Receiver::start(&format!("http://{authority}"), &[]).await;
    let accepted = (200, "{\"status\":\"accepted\"}".to_owned());

    assert_eq!(receiver.push(sample("alibaba-apigateway-event")).await, accepted);
    let expected = headers(&[
        ("accept-encoding", "gzip,deflate"),
        ("authorization", "APPCODE 0624849af6ab4020a272fe9f7b******"),
        ("content-type", "text/html"),
        ("host", &authority),
        ("proxy-uid", "X-Ca-e605e437-b65d-4e52-9f8c-515c55******"),
        ("user-agent", "Apache-HttpClient/4.5.6 (Java/1.8.0_172)"),
        ("x-ca-stage", "RELEASE"),
    ]);
    assert_eq!(upstream.last(), ("GET /test/eb/1".to_owned(), expected, Bytes::new()));

    assert_eq!(receiver.push(sample("fc-apigateway-passthrough-json")).await, accepted);
    let expected = headers(&[
        ("accept-encoding", "gzip,deflate"),
        ("content-length", "9"),
        ("content-md5", "Kry+hjKjc2lvIrwoJqdY9Q=="),
        ("content-type", "application/json; charset=utf-8"),
        ("host", &authority),
        ("user-agent", "Apache-HttpClient/4.5.6 (Java/1.8.0_172)"),
        ("x-ca-dashboard-action", "DEBUG"),
        ("x-ca-dashboard-role", "USER"),
        ("x-ca-dashboard-uid", "125087"),
        ("x-ca-stage", "RELEASE"),
    ]);
    let body = Bytes::from("{\"c\":\"b\"}");
    assert_eq!(upstream.last(), ("POST /api/321".to_owned(), expected, body));

    let exact = json!({
        "specversion": "1.0", "source": "s", "type": "eventbridge:Events:ApiGateway", "id": "exact",
        "data": {"method": "PATCH", "path": "/a%2Fb//c/../d", "queryParameters":
                 {"x": ["1 2", "&"], "y": null},
                 "headers": {"X-Several": ["1", "2"]}, "body": "\u{e9}\u{0}\n"},
    });
    assert_eq!(receiver.push(exact.to_string()).await, accepted);
    let expected = headers(&[
        ("content-length", "4"),
        ("host", &authority),
        ("x-several", "1"),
        ("x-several", "2"),
    ]);
    let line = "PATCH /a%2Fb//c/../d?x=1%202&x=%26&y".to_owned();
    assert_eq!(upstream.last(), (line, expected, Bytes::from("\u{e9}\u{0}\n")));

    // An event that encloses no request is an event all the same, and printed whole.
    assert_eq!(receiver.push(sample("alibaba-oss-postobject")).await, accepted);
    let odd = "{\"specversion\":\"1.0\",\"source\":\"s\",\n\"type\":\"t\",\"data\" : { \"a \
         b\\\"\":1E+2} }";
    assert_eq!(receiver.push(odd).await, accepted);
    assert!(upstream.arrived.lock().unwrap().is_empty());
    let event: Value = serde_json::from_slice(&sample("alibaba-apigateway-event")).unwrap();
    assert_eq!(receiver.push(json!([event, event.to_string()]).to_string()).await, accepted);
    assert_eq!(upstream.arrived.lock().unwrap().drain(..).count(), 2);
    // Each thread of the receiver has its own, used again.
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let connections = upstream.connections.load(Ordering::SeqCst);
    assert!((1..=threads).contains(&connections), "{connections} connections");

    let (code, printed, log) = receiver.0.stop().await;
    assert_eq!(code, 0);
    assert!(printed.contains(
        r#""event":{"specversion":"1.0","source":"s","type":"t","data":{"a b\"":1E+2}}}"#
    ));
    let lines: Vec<Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let oss: Value = serde_json::from_slice(&sample("alibaba-oss-postobject")).unwrap();
    assert_eq!(lines[3]["event"], oss);
    assert!(lines[0].get("event").is_none(), "it was forwarded");
    let requests: Vec<_> = lines.iter().map(|line| line["request"].clone()).collect();
    let first = json!({"method": "GET", "path": "/test/eb/1", "query": null});
    let fc = json!({"method": "POST", "path": "/api/321", "query": null});
    let exact = json!({"method": "PATCH", "path": "/a%2Fb//c/../d", "query": "x=1%202&x=%26&y"});
    assert_eq!(
        requests,
        [first.clone(), fc, exact, Value::Null, Value::Null, first.clone(), first]
    );
    assert_eq!(lines[3]["source"], "acs.oss");
    assert!(!log.contains("APPCODE"), "{log}");
}

#[tokio::test]
async fn what_the_upstream_does_not_take_is_not_accepted() {
    let upstream = Upstream::start().await;
    let forward = format!("http://{}", upstream.address);
    let receiver = Receiver::start(&forward, &["--handler-timeout", "1"]).await;
    let event = || sample("alibaba-apigateway-event");
    for (answer, heard) in [(404, 404), (500, 500), (503, 503), (302, 502), (100, 503)] {
        *upstream.answers.lock().unwrap() = StatusCode::from_u16(answer).unwrap();
        let failed = (heard, "{\"status\":\"failed\"}".to_owned());
        assert_eq!(receiver.push(event()).await, failed, "the upstream says {answer}");
    }
    // One that is malformed is not passed over.
    let whole = String::from_utf8(event()).unwrap();
    for (good, bad) in [
        ("\"/test/eb/1\"", "\"/\\ud800\""),
        ("\"specversion\": \"1.0\"", "\"specversion\": null"),
        ("\"GET\"", "1"),
    ] {
        assert!(whole.contains(good), "{good}");
        assert_eq!(receiver.push(whole.replace(good, bad)).await.0, 422, "{bad}");
    }
    // One that cannot be made never gets there.
    upstream.arrived.lock().unwrap().clear();
    let evil = String::from_utf8(event()).unwrap().replace("\"/test/eb/1\"", "\"//evil.example/\"");
    assert_eq!(receiver.push(evil).await.0, 422);
    assert!(upstream.arrived.lock().unwrap().is_empty());
    *upstream.answers.lock().unwrap() = StatusCode::NO_CONTENT;
    assert_eq!(receiver.push(event()).await.0, 200);
    let (lines, log) = receiver.lines().await;
    assert_eq!(lines.len(), 1, "only what was accepted is printed");
    assert!(log.contains("begins with more than one /"), "{log}");

    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let receiver = Receiver::start(&format!("http://{unused}/"), &[]).await;
    assert_eq!(receiver.push(event()).await.0, 503);
    let (lines, log) = receiver.lines().await;
    assert!(lines.is_empty() && log.contains("--forward-requests"), "{log}");
}

/// Nothing that has nowhere to go is acknowledged.
#[tokio::test]
async fn what_cannot_be_forwarded_is_422_and_said() {
    let upstream = Upstream::start().await;
    let receiver = Receiver::start(&format!("http://{}", upstream.address), &[]).await;
    let too_many = format!("[{}]", vec!["{}"; 10_001].join(","));
    let doubled = r#"{"specversion":"1.0","source":"s","type":"t","source":"s"}"#;
    for body in [
        "",
        "1",
        "null",
        "[1]",
        "[]",
        "[[\"x\"]]",
        "{\"a\":1,\"a\":2}",
        "\u{0}",
        "{",
        "no JSON",
        "{\"EventList\": 5}",
        "{\"specversion\":\"1.0\"}",
        doubled,
        &too_many,
    ] {
        let answer = receiver.push(body.to_owned()).await;
        assert_eq!(answer.0, 422, "{}", body.get(..40).unwrap_or(body));
    }
    let (lines, log) = receiver.lines().await;
    assert!(lines.is_empty());
    let warnings = log.lines().filter(|line| {
        line.contains("WARN")
            && (line.contains("cannot be forwarded") || line.contains("max_events"))
    });
    assert_eq!(warnings.count(), 14, "{log}");
}

/// With --dedupe what is done of a batch is not forwarded again, and what failed comes again.
#[tokio::test]
async fn a_batch_is_forwarded_event_by_event() {
    let upstream = Upstream::start().await;
    let forward = format!("http://{}", upstream.address);
    let receiver = Receiver::start(&forward, &["--dedupe", "memory"]).await;
    let enclosing = |id: &str, path: &str| {
        json!({
            "specversion": "1.0", "source": "s", "type": "eventbridge:Events:ApiGateway",
            "id": id, "data": {"method": "GET", "path": path},
        })
    };
    let batch = json!([enclosing("a", "/a"), enclosing("b", "//b"), enclosing("c", "/c")]);
    let paths = || -> Vec<_> {
        upstream.arrived.lock().unwrap().drain(..).map(|(line, _, _)| line).collect()
    };
    for arrived in [&["GET /a", "GET /c"][..], &[]] {
        assert_eq!(receiver.push(batch.to_string()).await.0, 422);
        assert_eq!(paths(), arrived);
    }
    *upstream.answers.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    let batch =
        |ids: &[&str]| Value::from_iter(ids.iter().map(|id| enclosing(id, "/x"))).to_string();
    assert_eq!(receiver.push(batch(&["d", "e"])).await.0, 503);
    *upstream.answers.lock().unwrap() = StatusCode::OK;
    assert_eq!(paths().len(), 2);
    for (ids, arrived) in
        [(&["d", "e"][..], 2), (&["d", "e"], 0), (&["d"], 0), (&["e", "d"], 0), (&["e", "f"], 1)]
    {
        assert_eq!(receiver.push(batch(ids)).await.0, 200);
        assert_eq!(paths().len(), arrived, "{ids:?}");
    }
    let (lines, log) = receiver.lines().await;
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["a", "c", "d", "e", "f"]);
    assert!(log.contains("place=1"), "{log}");
}

#[tokio::test]
async fn upstreams_that_cannot_be_are_bad_usage() {
    let base =
        ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN, "--forward-requests"];
    for forward in ["nonsense", "ftp://a.example", "http://a.example/path", "http://u:p@a.example"]
    {
        let output = run("receive", &[&base[..], &[forward]].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.starts_with("eventbridge receive: --forward-requests: "), "{stderr}");
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
    }
}
