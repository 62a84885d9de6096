//! After the proof, in axum: extractors, and enclosed requests that reach a router as if they had
//! come directly.

use std::sync::{Arc, Mutex};
use tests_support::pushes::{TOKEN, URL, now, signer};

use axum::{
    Router,
    body::Body,
    extract::Request as AxumRequest,
    routing::{any, get, post},
};
use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use serde::Deserialize;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt};
use tower_eventbridge::{
    Authentic, Verifier, VerifyLayer,
    envelope::{
        ApiGatewayRequest, CloudEvent, CloudEventBatch, Dialect, EnvelopeError, EventAttributes,
    },
    extract::{UnreadableEvent, Verified},
    forward::{Forward, ForwardLayer},
    verify::WholeBody,
};

fn verify() -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    VerifyLayer::builder(verifier).clock(now).build().unwrap()
}

fn push(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body(body).sign(now()).unwrap().map(Full::new)
}

fn sample(name: &str) -> Vec<u8> {
    let path = format!("{}/fixtures/envelopes/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read(path).unwrap()
}

async fn answer<B>(response: Response<B>) -> (u16, String)
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), String::from_utf8(body.to_vec()).unwrap())
}

fn enclosing(data: &Value) -> Vec<u8> {
    let event = json!({
        "specversion": "1.0", "source": "s", "type": "eventbridge:Events:ApiGateway", "data": data,
    });
    serde_json::to_vec(&event).unwrap()
}

#[derive(Deserialize)]
struct Finished {
    task_status: String,
}

#[tokio::test]
async fn extractors_in_any_order_and_number() {
    async fn typed(
        authentic: Authentic,
        event: Verified<CloudEvent<Finished>>,
        batch: Verified<CloudEventBatch>,
        again: Option<Authentic>,
    ) -> String {
        for proof in [event.proof(), batch.proof(), &again.unwrap()] {
            assert_eq!(authentic.body(), proof.body());
        }
        format!("{} {}", event.data().task_status, batch.events().len())
    }
    async fn enclosed(
        request: Verified<ApiGatewayRequest>,
        event: Verified<CloudEvent<Value>>,
        body: Bytes,
    ) -> String {
        assert_eq!(event.data()["path"], request.path);
        assert_eq!(request.proof().url(), URL);
        let (request, proof) = request.into_parts();
        assert_eq!(proof.body(), &body);
        assert_eq!(event.into_inner().into_data()["path"], request.path);
        format!("{} {} {}", request.method, request.path, body.len())
    }
    let app = Router::new().route("/events", post(typed)).layer(verify());
    let response = app.oneshot(push(sample("alibaba-dashscope-asynctaskfinish"))).await.unwrap();
    assert_eq!(answer(response).await, (200, "SUCCEEDED 1".to_owned()));
    let app = Router::new().route("/events", post(enclosed)).layer(verify());
    let response = app.oneshot(push(sample("alibaba-apigateway-event"))).await.unwrap();
    assert_eq!(answer(response).await, (200, "GET /test/eb/1 996".to_owned()));
}

#[tokio::test]
async fn what_cannot_be_extracted() {
    let handlers = || {
        Router::new()
            .route("/events", post(async |_: Verified<CloudEvent<Finished>>| "one"))
            .route("/batch", post(async |_: Verified<CloudEventBatch<Finished>>| "batch"))
            .route("/enclosed", post(async |_: Verified<ApiGatewayRequest>| "enclosed"))
            .route("/proof", post(async |_: Authentic| "proof"))
            .route(
                "/replaced",
                post(async |event: Result<Verified<CloudEvent>, UnreadableEvent>| match event {
                    Ok(_) => StatusCode::OK,
                    Err(UnreadableEvent::Envelope(_)) => StatusCode::ACCEPTED,
                    Err(_) => StatusCode::IM_A_TEAPOT,
                }),
            )
    };
    // A handler of pushes and other requests asks for an option.
    let other =
        || Router::new().fallback(async |proof: Option<Authentic>| proof.is_some().to_string());
    let response = other().oneshot(push("{}")).await.unwrap();
    assert_eq!(answer(response).await, (200, "false".to_owned()));
    let response = other().layer(verify()).oneshot(push("{}")).await.unwrap();
    assert_eq!(answer(response).await, (200, "true".to_owned()));
    // Without the layer: our fault, and said so in the log.
    for path in ["/events", "/batch", "/enclosed", "/proof"] {
        let request = Request::post(path).body(Body::from("{}")).unwrap();
        let response = handlers().oneshot(request).await.unwrap();
        assert_eq!(answer(response).await, (500, "{\"status\":\"failed\"}".to_owned()), "{path}");
    }
    // Authentic and unreadable: EventBridge tries it again and then dead-letters it.
    for path in ["/events", "/batch", "/enclosed"] {
        let (mut parts, body) = push("no JSON").into_parts();
        parts.uri = path.parse().unwrap();
        let authentic = verify().verify(push("no JSON")).await.unwrap().0;
        parts.extensions.insert(authentic);
        let response = handlers().oneshot(Request::from_parts(parts, body)).await.unwrap();
        let unreadable = (422, "{\"status\":\"unreadable\"}".to_owned());
        assert_eq!(answer(response).await, unreadable, "{path}");
    }
    let mut request = Request::post("/replaced").body(Body::empty()).unwrap();
    request.extensions_mut().insert(verify().verify(push("no JSON")).await.unwrap().0);
    assert_eq!(handlers().oneshot(request).await.unwrap().status(), StatusCode::ACCEPTED);
}

/// What the router behind saw of a request.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    line: String,
    headers: HeaderMap,
    body: Bytes,
}

#[derive(Clone, Default)]
struct Record(Arc<Mutex<Vec<Seen>>>);

impl Record {
    fn router(&self) -> Router {
        let record = self.clone();
        Router::new().fallback(any(async move |request: AxumRequest| {
            let (parts, body) = request.into_parts();
            let body = body.collect().await.unwrap().to_bytes();
            let line = format!("{} {}", parts.method, parts.uri);
            assert!(parts.extensions.get::<Authentic>().is_none(), "not unless asked for");
            record.0.lock().unwrap().push(Seen { line, headers: parts.headers, body });
            "seen"
        }))
    }

    fn last(&self) -> Seen {
        self.0.lock().unwrap().pop().unwrap()
    }
}

/// The router behind gets exactly what a direct request would give it.
#[tokio::test]
async fn a_direct_request_and_an_enclosed_one_are_alike() {
    let record = Record::default();
    let app = verify().layer(Forward::new(record.router()));
    let direct = Request::builder()
        .method("PUT")
        .uri("/a%2Fb/c;d?x=1%202&x=%26&flag")
        .header("authorization", "APPCODE 1")
        .header("accept", "a")
        .header("accept", "b")
        .header("content-type", "application/json")
        .header("x-user-id", "1")
        .body(Body::from("{\"price\": 1.10}"))
        .unwrap();
    record.router().oneshot(direct).await.unwrap();
    let expected = record.last();

    let event = r#"{"specversion":"1.0","source":"s","type":"eventbridge:Events:ApiGateway","data":{
        "method": "PUT", "path": "/a%2Fb/c;d", "queryParameters": {"x": ["1 2", "&"], "flag": null},
        "headers": {"Authorization": "APPCODE 1", "Accept": ["a", "b"],
            "Content-Type": "application/json",
            "Host": "gateway", "Content-Length": "999", "Connection": "close, X-User-Id",
            "X-User-Id": "1",
            "Keep-Alive": "1",
            "Proxy-Connection": "1", "Proxy-Authenticate": "1", "Proxy-Authorization": "1",
            "TE": "trailers",
            "Trailer": "x", "Transfer-Encoding": "chunked", "Upgrade": "h2c",
            "Expect": "100-continue",
            "Transfer_Encoding": "chunked", "X_User_Id": "2"},
        "body": {"price": 1.10}}}"#;
    let response = app.oneshot(push(event)).await.unwrap();
    assert_eq!(answer(response).await, (200, "seen".to_owned()));
    assert_eq!(record.last(), expected);
}

/// Every sample that encloses a request reaches the router behind.
#[tokio::test]
async fn every_enclosed_sample_is_forwarded() {
    let record = Record::default();
    let app = verify().layer(Forward::new(record.router()));
    for (name, line) in [
        ("alibaba-apigateway-event", "GET /test/eb/1"),
        ("alibaba-http-event-source", "GET /webhook/putEvents"),
        ("fc-apigateway-form", "POST /api/321"),
        ("fc-http-trigger-v1", "GET /example?parameter1=value1&parameter2=value1%2Cvalue2"),
        ("tencent-eb-apigw-connector", "POST /test/value?foo=bar&bob=alice"),
        ("tencent-scf-apigw-doc", "POST /test/value?foo=bar&bob=alice"),
    ] {
        let response = app.clone().oneshot(push(sample(name))).await.unwrap();
        assert_eq!(response.status(), 200, "{name}");
        assert_eq!(record.last().line, line, "{name}");
    }
}

#[tokio::test]
async fn what_encloses_no_request_that_can_be_made_is_unreadable() {
    let app = verify().layer(Forward::new(Record::default().router()));
    let bodies = [
        b"no JSON".to_vec(),
        sample("alibaba-oss-postobject"),
        sample("alibaba-mns-batch-array"),
        enclosing(&json!({"method": "GET", "path": "//evil.example/x"})),
        enclosing(&json!({"method": "CONNECT", "path": "/"})),
        enclosing(&json!({"method": "TRACE", "path": "/"})),
        enclosing(&json!({"method": "GET", "path": "x"})),
    ];
    for body in bodies {
        let text = String::from_utf8_lossy(&body).into_owned();
        let response = app.clone().oneshot(push(body)).await.unwrap();
        assert!(response.extensions().get::<EnvelopeError>().is_some(), "{text}");
        assert_eq!(
            answer(response).await,
            (422, "{\"status\":\"unreadable\"}".to_owned()),
            "{text}"
        );
    }
    let alone = Forward::new(Record::default().router());
    let request =
        Request::post("/").body(Body::from(enclosing(&json!({"method": "GET", "path": "/"}))));
    let response = alone.oneshot(request.unwrap()).await.unwrap();
    assert_eq!(answer(response).await, (500, "{\"status\":\"failed\"}".to_owned()));
}

#[tokio::test]
async fn failures_pass_on_unless_client_errors_are_acknowledged() {
    let api = Router::new().route(
        "/{status}",
        get(async |path: axum::extract::Path<u16>| StatusCode::from_u16(*path).unwrap()),
    );
    let passing = verify().layer(Forward::new(api.clone()));
    let acknowledging = verify().layer(ForwardLayer::new().acknowledge_client_errors().layer(api));
    for (status, acknowledged) in [
        (204, 204),
        (302, 302),
        (404, 200),
        (408, 408),
        (422, 200),
        (429, 429),
        (500, 500),
        (503, 503),
    ] {
        let event = enclosing(&json!({"method": "GET", "path": format!("/{status}")}));
        let heard = async |app: &_| -> u16 {
            let app: &tower_eventbridge::verify::Verify<Forward<Router>> = app;
            app.clone().oneshot(push(event.clone())).await.unwrap().status().as_u16()
        };
        assert_eq!(heard(&passing).await, status);
        assert_eq!(heard(&acknowledging).await, acknowledged);
    }
}

/// An enclosed HEAD has a Content-Length without a body; the push around it is a POST, over
/// HTTP/1.1 and HTTP/2.
#[tokio::test]
async fn an_enclosed_head_is_answered_well() {
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let api = Router::new().route("/", get(async || "a body"));
    let app = Router::new().route_service("/events", verify().layer(Forward::new(api)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let event = || push(enclosing(&json!({"method": "HEAD", "path": "/"})));
    let connect = async || TokioIo::new(tokio::net::TcpStream::connect(address).await.unwrap());
    let (mut h1, connection) =
        hyper::client::conn::http1::handshake(connect().await).await.unwrap();
    tokio::spawn(connection);
    let (mut h2, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), connect().await).await.unwrap();
    tokio::spawn(connection);
    let over_h1 = h1.send_request(event()).await.unwrap();
    assert_eq!(answer(over_h1).await, (200, String::new()));
    let mut request = event();
    request.headers_mut().remove("host");
    *request.uri_mut() = "http://hooks.example.com/events".parse().unwrap();
    let over_h2 = h2.send_request(request).await.unwrap();
    assert_eq!(answer(over_h2).await, (200, String::new()));
}

#[tokio::test]
async fn the_event_is_carried_and_the_proof_if_asked_for() {
    let inner = tower::service_fn(async |request: Request<WholeBody>| {
        let extensions = request.extensions();
        let event = extensions.get::<EventAttributes>().unwrap();
        let dialect = extensions.get::<Dialect>().unwrap();
        let proof = extensions.get::<Authentic>().map(Authentic::url);
        let text = format!("{} {dialect} {proof:?}", event.event_type());
        let mut response = Response::new(Full::new(Bytes::from(text)));
        response.headers_mut().insert("connection", "close".parse().unwrap());
        Ok::<_, &'static str>(response)
    });
    let event = || push(enclosing(&json!({"method": "GET", "path": "/"})));
    let plain = verify().layer(Forward::new(inner)).oneshot(event()).await.unwrap();
    assert!(!plain.headers().contains_key("connection"), "not past a hop");
    assert_eq!(answer(plain).await.1, "eventbridge:Events:ApiGateway api-gateway None");
    let proof = format!("eventbridge:Events:ApiGateway api-gateway Some({URL:?})");
    for carries in [Forward::new(inner).with_proof(), ForwardLayer::new().with_proof().layer(inner)]
    {
        let asked = verify().layer(carries).oneshot(event()).await.unwrap();
        assert_eq!(answer(asked).await.1, proof);
    }
}
