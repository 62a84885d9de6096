//! The layer, its service and the future of that.

use std::{
    fmt,
    num::NonZeroUsize,
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

use super::{
    pushed_event::PushedEvent,
    run::{Answered, Settings, run},
};
use crate::{
    inner_service::inner_service,
    telemetry::only_with,
    verify::{self, ResponseBody, WholeBody},
};

/// Makes an [`EachEvent`] of each service. Goes behind a [`VerifyLayer`](crate::VerifyLayer), in
/// front of an `IdempotencyLayer`.
///
/// | setting | default |
/// |---|---|
/// | events of one push that run at once | 1 |
/// | events of one push | 10,000, then 422 and none is handled |
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct EachEventLayer {
    settings: Settings,
}

impl EachEventLayer {
    /// Makes a layer with every default.
    pub fn new() -> Self {
        Self { settings: Settings { concurrency: NonZeroUsize::MIN, max_events: MAX_EVENTS } }
    }

    /// Sets how many events of one push run at once. They begin in their order. Default: 1, so each
    /// event begins when the one before it has ended. Above 1, an event that is twice in a push may
    /// be answered 503 once, because its twin is being handled. The next try of the push finds it
    /// done.
    pub fn concurrency(mut self, events: NonZeroUsize) -> Self {
        self.settings.concurrency = events;
        self
    }

    /// Sets how many events a push may have. A push with more is answered 422, and the log says so
    /// at warn. Default: 10,000.
    pub fn max_events(mut self, events: usize) -> Self {
        self.settings.max_events = events;
        self
    }
}

impl Default for EachEventLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> Layer<S> for EachEventLayer {
    type Service = EachEvent<S>;

    fn layer(&self, inner: S) -> EachEvent<S> {
        EachEvent { inner, settings: self.settings }
    }
}

/// Calls `S` once for each event of a verified push, as the [module](super) says. Made by
/// [`EachEventLayer`].
///
/// A push that is not a batch is handed on as it is, also if it cannot be read. A request without a
/// proof is answered 500, and the log says so.
#[derive(Clone)]
pub struct EachEvent<S> {
    inner: S,
    settings: Settings,
}

inner_service!(EachEvent);

impl<S> EachEvent<S> {
    /// Makes a service with every default.
    pub fn new(inner: S) -> Self {
        EachEventLayer::new().layer(inner)
    }
}

impl<S, B, ResBody> Service<Request<B>> for EachEvent<S>
where
    S: Service<Request<WholeBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    ResBody: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<ResBody, S::Error>;

    /// Always ready: the inner service's readiness is awaited for each event, on a clone.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, _) = request.into_parts();
        let Some(push) = PushedEvent::of(&parts.extensions) else {
            missing_proof();
            let failed =
                verify::answer(StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}");
            let failed = failed.map(ResponseBody::own);
            return ResponseFuture(Box::pin(std::future::ready(Ok(failed))));
        };
        ResponseFuture(Box::pin(run(self.inner.clone(), self.settings, parts, push)))
    }
}

only_with! { "tracing":
    fn missing_proof() {
        tracing::error!(
            target: "tower_eventbridge::event",
            "no VerifyLayer is in front of an EachEventLayer"
        );
    }
}

/// Resolves to the response of an [`EachEvent`] service. Dropped, it begins no other event of the
/// push.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<ResBody, E>(Pin<Box<dyn Future<Output = Answered<ResBody, E>> + Send>>);

impl<ResBody, E> Future for ResponseFuture<ResBody, E> {
    type Output = Result<Response<ResponseBody<ResBody>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

impl<S> fmt::Debug for EachEvent<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EachEvent")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<ResBody, E> fmt::Debug for ResponseFuture<ResBody, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// As many as any platform puts into one batch (docs/wire-facts.md section 5).
const MAX_EVENTS: usize = 10_000;
