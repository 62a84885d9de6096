//! A receiver that verifies and records, and clients of both protocols.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    credentials::Credentials,
    operation::Protocol,
    publish::Event,
    rules::CreateRule,
    sinks::HttpsTarget,
    targets::Target,
};
use axum::{Router, body::Bytes, extract::State, response::IntoResponse};
use eventbridge_local::LocalEventBridge;
use http::{HeaderMap, Method, StatusCode, Uri};
use tokio::{net::TcpListener, sync::watch};
use tower_eventbridge::{Verifier, VerifyLayer, certificate::HttpsSource};

pub const TOKEN: &str = "an-example-token-of-32-characters";

/// The longest that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub async fn in_time<T>(future: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, future).await.expect("in time")
}

/// A request that arrived.
#[derive(Clone, Debug)]
pub struct Received {
    pub method: Method,
    pub target: String,
    pub headers: HeaderMap,
    pub body: String,
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// A service that records requests and answers what it is told.
#[derive(Clone)]
pub struct Service {
    pub url: String,
    inner: Arc<Inner>,
}

struct Inner {
    received: watch::Sender<Vec<Received>>,
    answers: Mutex<VecDeque<(u16, String)>>,
}

impl Service {
    /// Starts a service that does not verify.
    pub async fn start() -> Self {
        let (listener, url) = listen().await;
        let service = Self::new(url);
        serve(listener, service.routes());
        service
    }

    /// Starts a service whose requests are verified against this server: by the certificate that it
    /// serves over TLS.
    pub async fn verifying(bridge: &LocalEventBridge, listener: TcpListener, url: &str) -> Self {
        let service = Self::new(url.to_owned());
        let host: Uri = bridge.certificate_url().parse().unwrap();
        let source = HttpsSource::builder()
            .root_certificates(bridge.root_pem())
            .without_system_roots()
            .resolve(host.host().unwrap(), bridge.address())
            .build()
            .unwrap();
        let verifier = Verifier::builder()
            .endpoint(url)
            .token(TOKEN)
            .certificate_url(bridge.certificate_url())
            .build()
            .unwrap();
        let layer = VerifyLayer::builder(verifier).source(source).build().unwrap();
        serve(listener, service.routes().layer(layer));
        service
    }

    fn new(url: String) -> Self {
        let (received, _) = watch::channel(Vec::new());
        Self { url, inner: Arc::new(Inner { received, answers: Mutex::default() }) }
    }

    fn routes(&self) -> Router {
        Router::new().fallback(record).with_state(self.clone())
    }

    /// Sets what the next requests are answered; all others get 200.
    pub fn answers(&self, statuses: impl IntoIterator<Item = u16>) {
        let answers = statuses.into_iter().map(|status| (status, String::new()));
        self.inner.answers.lock().unwrap().extend(answers);
    }

    pub fn answers_with(&self, status: u16, body: &str) {
        self.inner.answers.lock().unwrap().push_back((status, body.to_owned()));
    }

    /// Waits for this many requests.
    pub async fn received(&self, number: usize) -> Vec<Received> {
        let mut received = self.inner.received.subscribe();
        in_time(received.wait_for(|all| all.len() >= number)).await.unwrap().clone()
    }
}

async fn record(
    State(service): State<Service>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let body = String::from_utf8(body.to_vec()).unwrap();
    let target = uri.path_and_query().unwrap().to_string();
    let received = Received { method, target, headers, body };
    service.inner.received.send_modify(|all| all.push(received));
    let (status, body) = service.inner.answers.lock().unwrap().pop_front().unwrap_or_default();
    let status = if status == 0 { 200 } else { status };
    let location = [("location", "http://127.0.0.1:1/")];
    (StatusCode::from_u16(status).unwrap(), location, body)
}

pub async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook?a=b", listener.local_addr().unwrap());
    (listener, url)
}

pub fn serve(listener: TcpListener, routes: Router) {
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
}

/// A target that gets events as they are, with the token.
pub fn target(id: &str, url: &str) -> Target {
    HttpsTarget::new(url).token(TOKEN).into_target(id).unwrap()
}

pub fn rule(name: &str, target: Target) -> CreateRule {
    CreateRule::new("default", name, r#"{"source":["demo.app"]}"#).target(target)
}

pub fn event(id: &str) -> Event {
    Event::new("demo.app", "demo:Order:Created").id(id).data(r#"{"n":1.50}"#, "application/json")
}

pub fn client(bridge: &LocalEventBridge, protocol: Protocol) -> Client {
    client_with(bridge, protocol, Credentials::new("local", "local").unwrap())
}

pub fn client_with(
    bridge: &LocalEventBridge,
    protocol: Protocol,
    credentials: Credentials,
) -> Client {
    Client::builder(protocol, bridge.endpoint().unwrap(), credentials)
        .retry(RetryPolicy::never())
        .build()
        .unwrap()
}
