//! Hands the HTTP request that is enclosed in a verified event to another service, such as an axum
//! router, as if it had come directly.
//!
//! ```
//! use axum::{Router, routing::get};
//! use tower::Layer;
//! use tower_eventbridge::{VerifyLayer, forward::Forward};
//!
//! # fn app(layer: VerifyLayer) -> Router {
//! let api = Router::new().route("/users/{id}", get(async |id: axum::extract::Path<String>| id.0));
//! Router::new()
//!     .route_service("/eventbridge", layer.layer(Forward::new(api.clone())))
//!     .merge(api)
//! # }
//! ```

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{
    each_event::PushedEvent,
    envelope::{ApiGatewayRequest, EnvelopeError, remove_hop_by_hop},
    inner_service::inner_service,
    telemetry::only_with,
    verify::{self, ResponseBody, WholeBody},
};

/// Makes a [`Forward`] of each service.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct ForwardLayer {
    settings: Settings,
}

/// Hands enclosed requests to `S`. Goes behind a [`VerifyLayer`](crate::VerifyLayer).
///
/// The inner service gets the request that [`forwarded_request`] makes, with the attributes of the
/// event as an extension. EventBridge gets its answer: outside of 2xx the event is tried again and
/// in the end dead-lettered.
///
/// A push that encloses no request, several, or one that cannot be made is answered 422. The reason
/// is in the log and in the response's extensions (an [`EnvelopeError`]). A push without a proof is
/// answered 500.
#[derive(Clone, Debug)]
pub struct Forward<S> {
    inner: S,
    settings: Settings,
}

#[derive(Clone, Copy, Debug, Default)]
struct Settings {
    client_errors: ClientErrors,
    proof: Proof,
}

/// Tells how a 4xx of the inner service is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ClientErrors {
    #[default]
    PassOn,
    Acknowledge,
}

/// Whether the enclosed request carries the proof of the push around it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Proof {
    #[default]
    Leave,
    Carry,
}

impl ForwardLayer {
    /// Makes the layer with every default.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers 200 for a 4xx, as [`Forward::acknowledge_client_errors`].
    pub fn acknowledge_client_errors(mut self) -> Self {
        self.settings.client_errors = ClientErrors::Acknowledge;
        self
    }

    /// Hands on the proof, as [`Forward::with_proof`].
    pub fn with_proof(mut self) -> Self {
        self.settings.proof = Proof::Carry;
        self
    }
}

impl<S> Layer<S> for ForwardLayer {
    type Service = Forward<S>;

    fn layer(&self, inner: S) -> Forward<S> {
        Forward { inner, settings: self.settings }
    }
}

inner_service!(Forward);

impl<S> Forward<S> {
    /// Makes the service with every default.
    pub fn new(inner: S) -> Self {
        ForwardLayer::new().layer(inner)
    }

    /// Answers 200 where the inner service answers 4xx, because another try would not help. The
    /// statuses 408, 425 and 429 are passed on, because they ask for another try. Default: every
    /// 4xx is passed on, so the event is tried again and dead-lettered.
    #[must_use]
    pub fn acknowledge_client_errors(mut self) -> Self {
        self.settings.client_errors = ClientErrors::Acknowledge;
        self
    }

    /// Puts the [`Authentic`](crate::Authentic) of the push into the extensions of the enclosed
    /// request. Default: it is left out. It proves the push and not the request inside, which any
    /// client may have sent to the gateway.
    #[must_use]
    pub fn with_proof(mut self) -> Self {
        self.settings.proof = Proof::Carry;
        self
    }
}

/// Makes the enclosed request as [`Forward`] hands it on: that of
/// [`ApiGatewayRequest::into_forwardable`].
///
/// # Errors
///
/// Fails as that method does. It rejects a path that begins with more than one `/`, the methods
/// `CONNECT` and `TRACE`, and a path and query that are too long.
pub fn forwarded_request(enclosed: ApiGatewayRequest) -> Result<Request<WholeBody>, EnvelopeError> {
    Ok(enclosed.into_forwardable()?.map(WholeBody::from))
}

impl<S, B, ResBody> Service<Request<B>> for Forward<S>
where
    S: Service<Request<WholeBody>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let state = match enclosed(&request, self.settings) {
            Ok(request) => State::Forwarded { response: self.inner.call(request) },
            Err(reason) => {
                reason.log();
                State::Unforwardable { reason: Some(reason) }
            }
        };
        ResponseFuture { state, client_errors: self.settings.client_errors }
    }
}

fn enclosed<B>(
    request: &Request<B>,
    settings: Settings,
) -> Result<Request<WholeBody>, Unforwardable> {
    let event = PushedEvent::of(request.extensions()).ok_or(Unforwardable::MissingProof)?;
    let enclosed =
        ApiGatewayRequest::from_slice(event.body()).map_err(Unforwardable::Unreadable)?;
    let mut forwarded = forwarded_request(enclosed).map_err(Unforwardable::Unreadable)?;
    if settings.proof == Proof::Carry {
        forwarded.extensions_mut().insert(event.proof().clone());
    }
    Ok(forwarded)
}

/// Says why a request has no enclosed request to hand on.
enum Unforwardable {
    MissingProof,
    Unreadable(EnvelopeError),
}

impl Unforwardable {
    fn log(&self) {
        match self {
            Self::MissingProof => missing_proof(),
            Self::Unreadable(error) => cannot_be_forwarded(error),
        }
    }

    fn into_response<B>(self) -> Response<ResponseBody<B>> {
        let (status, body, error) = match self {
            Self::MissingProof => {
                (StatusCode::INTERNAL_SERVER_ERROR, "{\"status\":\"failed\"}", None)
            }
            Self::Unreadable(error) => {
                (StatusCode::UNPROCESSABLE_ENTITY, "{\"status\":\"unreadable\"}", Some(error))
            }
        };
        let mut response = verify::answer(status, body).map(ResponseBody::own);
        if let Some(error) = error {
            response.extensions_mut().insert(error);
        }
        response
    }
}

pin_project! {
    /// Resolves to the response of a [`Forward`] service.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
        client_errors: ClientErrors,
    }
}

pin_project! {
    #[project = StateProjected]
    enum State<F> {
        Unforwardable { reason: Option<Unforwardable> },
        Forwarded { #[pin] response: F },
    }
}

impl<F, ResBody, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<ResBody>, E>>,
    ResBody: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, E>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = match this.state.project() {
            StateProjected::Unforwardable { reason } => {
                // Polled after completion, which a future may answer as it likes.
                let Some(reason) = reason.take() else { return Poll::Pending };
                return Poll::Ready(Ok(reason.into_response()));
            }
            StateProjected::Forwarded { response } => ready!(response.poll(context))?,
        };
        let mut response = response.map(ResponseBody::inner);
        remove_hop_by_hop(response.headers_mut());
        // It belongs to the enclosed request, which may be a HEAD. The server sets that of the
        // push.
        response.headers_mut().remove(header::CONTENT_LENGTH);
        if *this.client_errors == ClientErrors::Acknowledge && is_final(response.status()) {
            acknowledged(response.status());
            *response.status_mut() = StatusCode::OK;
        }
        Poll::Ready(Ok(response))
    }
}

only_with! { "tracing":
    fn missing_proof() {
        tracing::error!(
            target: "tower_eventbridge::event",
            "no VerifyLayer is in front of a Forward"
        );
    }

    fn cannot_be_forwarded(error: &EnvelopeError) {
        tracing::error!(
            target: "tower_eventbridge::event",
            "an authentic push cannot be forwarded: {}",
            crate::error_chain::WithCauses(error)
        );
    }

    fn acknowledged(status: StatusCode) {
        tracing::warn!(
            target: "tower_eventbridge::event",
            status = status.as_u16(),
            "the inner service answered an enclosed request with a client error, and the event is \
             acknowledged"
        );
    }
}

/// Returns whether the status is a client error that would be the same at every try.
fn is_final(status: StatusCode) -> bool {
    let later = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
    status.is_client_error() && !later.contains(&status)
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
