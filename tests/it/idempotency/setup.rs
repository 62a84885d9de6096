//! A handler that fails as it is told to, behind both layers.

use crate::wall::Wall;
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tests_support::pushes::{OTHER_TOKEN, OTHER_URL, TOKEN, URL, signer};
use tokio::sync::Notify;
use tower::{Layer, Service, ServiceExt, util::BoxCloneSyncService};
use tower_eventbridge::{
    Endpoint, Token, Verifier, VerifyLayer,
    idempotency::{IdempotencyLayer, Once},
    verify::VerifiedBody,
};

pub(super) fn verify(wall: Wall) -> VerifyLayer {
    let verifier = Verifier::builder()
        .endpoint(Endpoint::exact(URL))
        .endpoint(Endpoint::exact(OTHER_URL))
        .token(TOKEN)
        .token(Token::new(OTHER_TOKEN).tenant("other"))
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap();
    VerifyLayer::builder(verifier).clock(move || wall.now()).build().unwrap()
}

pub(super) fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t","id":"{id}","data":1}}"#)
}

/// What a handler does; counts how often.
#[derive(Clone)]
pub(super) struct Handler {
    pub(super) runs: Arc<AtomicUsize>,
    pub(super) does: Arc<Mutex<Does>>,
    pub(super) gate: Arc<Notify>,
}

#[derive(Clone, Copy)]
pub(super) enum Does {
    Answer(StatusCode),
    Err,
    Panic,
    Hang,
    Wait,
}

/// What a handler fails with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Failure;

pub(super) type Answer = Result<Response<Full<Bytes>>, Failure>;

impl Handler {
    pub(super) fn new() -> Self {
        let does = Arc::new(Mutex::new(Does::Answer(StatusCode::OK)));
        Self { runs: Arc::default(), does, gate: Arc::default() }
    }

    pub(super) fn now(&self, does: Does) {
        *self.does.lock().unwrap() = does;
    }

    pub(super) fn runs(&self) -> usize {
        self.runs.load(Ordering::SeqCst)
    }

    pub(super) fn service(
        &self,
    ) -> impl Service<
        Request<VerifiedBody>,
        Response = Response<Full<Bytes>>,
        Error = Failure,
        Future: Send,
    > + Clone
    + Send
    + Sync
    + 'static {
        let handler = self.clone();
        tower::service_fn(move |_: Request<VerifiedBody>| handler.clone().handle())
    }

    pub(super) async fn handle(self) -> Answer {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let does = *self.does.lock().unwrap();
        let status = match does {
            Does::Answer(status) => status,
            Does::Err => return Err(Failure),
            Does::Panic => panic!("a handler of somebody's own"),
            Does::Hang => std::future::pending().await,
            Does::Wait => {
                self.gate.notified().await;
                StatusCode::OK
            }
        };
        let mut response = Response::new(Full::from("handled"));
        *response.status_mut() = status;
        Ok(response)
    }
}

/// One who pushes to a service behind both layers.
#[derive(Clone)]
pub(super) struct World {
    pub(super) wall: Wall,
    pub(super) service: BoxCloneSyncService<Request<Full<Bytes>>, Response<Bytes>, Failure>,
}

impl World {
    pub(super) fn new(
        wall: Wall,
        layer: &impl Layer<Inner, Service = Once<Inner>>,
        handler: &Handler,
    ) -> Self {
        let inner = BoxCloneSyncService::new(handler.service());
        let service = verify(wall).layer(layer.layer(inner));
        let service = tower::service_fn(move |request: Request<Full<Bytes>>| {
            let service = service.clone();
            async move {
                let (parts, body) = service.oneshot(request).await?.into_parts();
                let Ok(body) = body.collect().await;
                Ok(Response::from_parts(parts, body.to_bytes()))
            }
        });
        Self { wall, service: BoxCloneSyncService::new(service) }
    }

    pub(super) fn sign(&self, url: &str, token: &str, body: String) -> Request<Full<Bytes>> {
        signer().push(url).token(token).body(body).sign(self.wall.now()).unwrap().map(Full::new)
    }

    pub(super) async fn send(&self, request: Request<Full<Bytes>>) -> (u16, String) {
        match self.service.clone().oneshot(request).await {
            Ok(response) => {
                if response.status() == 503 {
                    assert_eq!(response.headers()["retry-after"], "5");
                }
                let body = String::from_utf8(response.body().to_vec()).unwrap();
                (response.status().as_u16(), body)
            }
            Err(Failure) => (0, String::new()),
        }
    }

    /// A new try of an event: signed anew.
    pub(super) async fn push(&self, id: &str) -> u16 {
        self.send(self.sign(URL, TOKEN, event(id))).await.0
    }
}

pub(super) type Inner = BoxCloneSyncService<Request<VerifiedBody>, Response<Full<Bytes>>, Failure>;

pub(super) fn idempotent(handler: &Handler) -> World {
    let wall = Wall::new();
    World::new(wall, &IdempotencyLayer::new(wall.store()), handler)
}
