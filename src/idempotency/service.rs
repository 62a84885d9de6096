//! The service that both layers make.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tokio::sync::{oneshot, watch};
use tower_service::Service;

use super::{
    outcome::Outcome,
    run::{Policy, answer, run},
};
use crate::{
    each_event::PushedEvent, inner_service::inner_service, telemetry::only_with,
    verify::ResponseBody,
};

/// Runs `S` once for each event, detached from the connection. Made by
/// [`IdempotencyLayer`](super::IdempotencyLayer) and
/// [`RejectReplaysLayer`](super::RejectReplaysLayer). Needs a tokio runtime.
///
/// A request without an [`Authentic`](crate::Authentic) in its extensions is answered 500, and the
/// log says so.
#[derive(Clone)]
pub struct Once<S> {
    inner: S,
    policy: Arc<Policy>,
}

inner_service!(Once);

impl<S> Once<S> {
    pub(super) fn new(inner: S, policy: Arc<Policy>) -> Self {
        Self { inner, policy }
    }
}

impl<S, B, ResBody> Service<Request<B>> for Once<S>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    B: Send + 'static,
    ResBody: Body<Data = Bytes> + Send + 'static,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<ResBody, S::Error>;

    /// Is always ready. The inner service's readiness is awaited under the claim.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (sender, response) = oneshot::channel();
        let when_done = self.policy.when_done;
        let Some(event) = PushedEvent::of(request.extensions()) else {
            missing_proof();
            let _ = sender.send(Ok(answer(Outcome::Panicked, when_done)));
            return ResponseFuture { response, policy: Arc::clone(&self.policy) };
        };
        let (policy, inner) = (Arc::clone(&self.policy), self.inner.clone());
        let running = Running::new(&policy.running);
        let handling = async move {
            let response = run(&policy, &event, request, inner).await;
            drop(running);
            // If the sender hung up, its next try finds the work done.
            let _ = sender.send(response);
        };
        // The log lines of a detached handler belong to the span of its request.
        #[cfg(feature = "tracing")]
        let handling = tracing::Instrument::in_current_span(handling);
        tokio::spawn(handling);
        ResponseFuture { response, policy: Arc::clone(&self.policy) }
    }
}

struct Running(watch::Sender<usize>);

impl Running {
    fn new(running: &watch::Sender<usize>) -> Self {
        running.send_modify(|running| *running = running.saturating_add(1));
        Self(running.clone())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running = running.saturating_sub(1));
    }
}

only_with! { "tracing":
    fn missing_proof() {
        tracing::error!(
            target: "tower_eventbridge::idempotency",
            "no VerifyLayer is in front of an IdempotencyLayer or RejectReplaysLayer"
        );
    }
}

/// Resolves to the response of a [`Once`] service. The handler runs on when this is dropped.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<ResBody, E> {
    response: oneshot::Receiver<Result<Response<ResponseBody<ResBody>>, E>>,
    policy: Arc<Policy>,
}

impl<ResBody, E> Future for ResponseFuture<ResBody, E>
where
    ResBody: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, E>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(Pin::new(&mut self.response).poll(context));
        // The task ended without an answer, because the handler panicked.
        Poll::Ready(
            response.unwrap_or_else(|_| Ok(answer(Outcome::Panicked, self.policy.when_done))),
        )
    }
}

impl<S> fmt::Debug for Once<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.policy.fmt_as("Once", formatter)
    }
}

impl<ResBody, E> fmt::Debug for ResponseFuture<ResBody, E> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
