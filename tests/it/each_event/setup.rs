//! A router that keeps what ran, behind the layers.

use axum::{Router, routing::any};
use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};
use tests_support::pushes::{OTHER_TOKEN, TOKEN, URL, now, signer};
use tower::{Layer, Service, ServiceExt, layer::util::Stack};
use tower_eventbridge::{
    Endpoint, Token, Verifier, VerifyLayer,
    each_event::EachEventLayer,
    envelope::CloudEvent,
    extract::Verified,
    idempotency::{IdempotencyLayer, MemoryStore},
};

pub(super) fn verify(endpoint: Endpoint) -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(endpoint)
        .token(TOKEN)
        .token(Token::new(OTHER_TOKEN).tenant("other"))
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    VerifyLayer::builder(verifier).clock(now).build().unwrap()
}

pub(super) fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t","id":"{id}","data":1}}"#)
}

pub(super) fn sign(url: &str, token: &str, body: impl Into<Bytes>) -> Request<Bytes> {
    signer().push(url).token(token).body(body).sign(now()).unwrap()
}

/// What ran, in order: path and id of each event. Fails for the ids that it is told to.
#[derive(Clone, Default)]
pub(super) struct Ran {
    pub(super) events: Arc<Mutex<Vec<String>>>,
    pub(super) fails: Arc<Mutex<BTreeMap<String, u16>>>,
}

impl Ran {
    pub(super) fn router(&self) -> Router {
        let ran = self.clone();
        let handler = async move |uri: Uri, event: Verified<CloudEvent>| {
            let id = event.attributes().id().unwrap_or_default().to_owned();
            let push = str::from_utf8(event.proof().body()).unwrap();
            assert!(push.contains(&format!("\"{id}\"")), "the proof is that of the push");
            ran.events.lock().unwrap().push(format!("{} {id}", uri.path()));
            let status = ran.fails.lock().unwrap().get(&id).copied().unwrap_or(200);
            StatusCode::from_u16(status).unwrap()
        };
        Router::new().fallback(any(handler))
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.events.lock().unwrap())
    }

    pub(super) fn fail(&self, id: &str, status: u16) {
        self.fails.lock().unwrap().insert(id.to_owned(), status);
    }
}

pub(super) fn once() -> IdempotencyLayer {
    IdempotencyLayer::new(MemoryStore::builder().clock(now).build())
}

/// A router behind a verifier, and behind it the layer.
pub(super) fn behind<L>(endpoint: Endpoint, layer: L, router: &Router) -> Router
where
    L: Layer<axum::routing::Route> + Clone + Send + Sync + 'static,
    L::Service: Service<
            axum::extract::Request,
            Response: axum::response::IntoResponse,
            Error: Into<std::convert::Infallible>,
            Future: Send,
        > + Clone
        + Send
        + Sync
        + 'static,
{
    router.clone().layer(layer).layer(verify(endpoint))
}

pub(super) fn each_once() -> Stack<IdempotencyLayer, EachEventLayer> {
    Stack::new(once(), EachEventLayer::new())
}

pub(super) async fn send(app: &Router, request: Request<Bytes>) -> Response<axum::body::Body> {
    app.clone().oneshot(request.map(axum::body::Body::from)).await.unwrap()
}

pub(super) async fn push(app: &Router, body: impl Into<Bytes>) -> u16 {
    send(app, sign(URL, TOKEN, body)).await.status().as_u16()
}
