//! One call of the platform.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, header};
use http_body::Body;
use tokio::time;
use tower_service::Service;

use super::{
    body::{AnswerBody, InvocationBody},
    context::{Call, FunctionContext, remove_platform_headers},
    function_error::{FunctionError, set_status},
    gateway::{Enclosed, FAILED, answered, collected_event, enclosed, own_answer},
    guard::guarded,
    platform_log::Lines,
    runtime::{CustomRuntime, Settings},
};
use crate::{BoxError, error_chain::WithCauses, oneshot::oneshot, verify};

impl<S, B, ResBody> Service<Request<B>> for CustomRuntime<S>
where
    S: Service<Request<InvocationBody<B>>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes> + Send + 'static,
    ResBody::Error: Into<BoxError>,
{
    type Response = Response<AnswerBody<ResBody>>;
    type Error = Infallible;
    type Future = RuntimeFuture<ResBody>;

    /// Always ready: the inner service's readiness is awaited for each request that it gets.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (inner, settings) = (self.inner.clone(), Arc::clone(&self.settings));
        RuntimeFuture(Box::pin(async move { answer(inner, &settings, request).await }))
    }
}

async fn answer<S, B, ResBody>(
    inner: S,
    settings: &Settings,
    mut request: Request<B>,
) -> Response<AnswerBody<ResBody>>
where
    S: Service<Request<InvocationBody<B>>, Response = Response<ResBody>> + Send,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes> + Send,
    ResBody::Error: Into<BoxError>,
{
    let call = Call::of(&request);
    let context = FunctionContext::taken_from(request.headers_mut());
    let call = match call {
        Ok(call) => call,
        Err(contradiction) => {
            let lines = settings.log.begin(Call::Http, &context);
            lines.error(&contradiction);
            lines.failed();
            return rejected().map(AnswerBody::own);
        }
    };
    let lines = settings.log.begin(call, &context);
    if call == Call::Http {
        request.extensions_mut().insert(context);
        return over_http(inner, settings, request.map(InvocationBody::passed), lines).await;
    }
    let body = match call {
        Call::Event => on_event(inner, settings, request.into_body(), context, &lines).await,
        Call::Initialize => on_hook(settings.on_initialize.as_ref(), settings, context).await,
        Call::PreFreeze => on_hook(settings.on_pre_freeze.as_ref(), settings, context).await,
        Call::PreStop => on_hook(settings.on_pre_stop.as_ref(), settings, context).await,
        // It was answered above.
        Call::Http => Ok(Bytes::new()),
    };
    let response = match body {
        Ok(body) => {
            lines.succeeded();
            let mut response = Response::new(body);
            set_status(response.headers_mut(), "200");
            let any = HeaderValue::from_static("application/octet-stream");
            response.headers_mut().insert(header::CONTENT_TYPE, any);
            response
        }
        Err(error) => {
            lines.error(&error);
            lines.failed();
            error.into_response()
        }
    };
    response.map(AnswerBody::own)
}

/// The answer to a call that the platform does not make.
fn rejected() -> Response<Bytes> {
    let mut response = verify::answer(StatusCode::BAD_REQUEST, "{\"status\":\"rejected\"}");
    set_status(response.headers_mut(), "404");
    response
}

/// An event: to its handler, or the request in it to the service.
async fn on_event<S, B, ResBody>(
    inner: S,
    settings: &Settings,
    body: B,
    context: FunctionContext,
    lines: &Lines,
) -> Result<Bytes, FunctionError>
where
    S: Service<Request<InvocationBody<B>>, Response = Response<ResBody>> + Send,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body<Data = Bytes> + Send,
    B::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes> + Send,
    ResBody::Error: Into<BoxError>,
{
    let event = collected_event(body, settings.max_event_bytes);
    let event = time::timeout(settings.handler_timeout, event).await;
    let event = event.map_err(|_| FunctionError::EventTimedOut(settings.handler_timeout))??;
    let limit = settings.max_response_bytes;
    let enclosed = match settings.serves_enclosed {
        true => enclosed(&event, &context),
        false => Enclosed::Nothing(None),
    };
    let request = match (enclosed, &settings.on_event) {
        (Enclosed::Request(request), _) => request,
        (Enclosed::Refused(error), _) => {
            lines
                .error(format_args!("the request in the event is refused: {}", WithCauses(&error)));
            return Ok(own_answer(StatusCode::BAD_REQUEST));
        }
        (Enclosed::Nothing(_), Some(handler)) => {
            let output = guarded(settings.handler_timeout, handler(event, context)).await?;
            if output.len() > limit {
                return Err(FunctionError::ResponseTooLarge(limit));
            }
            return Ok(output);
        }
        (Enclosed::Nothing(Some(error)) | Enclosed::Unreadable(error), _) => {
            return Err(FunctionError::EventUnreadable(error));
        }
        // There is a handler where nothing is looked for.
        (Enclosed::Nothing(None), None) => return Ok(Bytes::new()),
    };
    // The event may be long, and is not needed any more.
    drop(event);
    match guarded(settings.handler_timeout, answered(inner, request, limit)).await {
        Ok(answer) => Ok(answer),
        // The gateway gets a response of the format it knows: anything else is a 502 there.
        Err(error) => {
            lines.error(&error);
            Ok(own_answer(StatusCode::INTERNAL_SERVER_ERROR))
        }
    }
}

/// A request over HTTP: passed through, and its answer passed back.
async fn over_http<S, B, ResBody>(
    inner: S,
    settings: &Settings,
    request: Request<InvocationBody<B>>,
    lines: Lines,
) -> Response<AnswerBody<ResBody>>
where
    S: Service<Request<InvocationBody<B>>, Response = Response<ResBody>> + Send,
    S::Future: Send,
    S::Error: Into<BoxError>,
    B: Body + Send,
    ResBody: Body<Data = Bytes>,
    ResBody::Error: Into<BoxError>,
{
    match guarded(settings.handler_timeout, response_of(inner, request)).await {
        Ok(mut response) => {
            remove_platform_headers(response.headers_mut());
            check_headers(response.headers(), &lines);
            response.map(|body| AnswerBody::passed(body, lines))
        }
        Err(error) => {
            lines.error(&error);
            lines.failed();
            let mut response = verify::answer(StatusCode::INTERNAL_SERVER_ERROR, FAILED);
            // The client is told 500; the platform counts a function error.
            set_status(response.headers_mut(), "404");
            response.map(AnswerBody::own)
        }
    }
}

async fn on_hook(
    hook: Option<&super::handler::Hook>,
    settings: &Settings,
    context: FunctionContext,
) -> Result<Bytes, FunctionError> {
    match hook {
        Some(hook) => guarded(settings.hook_timeout, hook(context)).await,
        None => Ok(Bytes::new()),
    }
}

/// The service's response, or why there is none.
pub(super) async fn response_of<S, R>(service: S, request: R) -> Result<S::Response, FunctionError>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
{
    let response = oneshot(service, request).await;
    response.map_err(|error| FunctionError::Failed(error.into()))
}

/// What the platform answers in place of an answer whose headers are too long names no reason; this does.
fn check_headers(headers: &HeaderMap, lines: &Lines) {
    let bytes: usize =
        headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum();
    if bytes > MAX_RESPONSE_HEADERS {
        lines.error(format_args!(
            "the headers of the answer are longer than {MAX_RESPONSE_HEADERS} bytes: the platform answers 502"
        ));
    }
}

/// The response of a [`CustomRuntime`]. Dropped, it stops the handler.
#[must_use = "futures do nothing unless polled"]
pub struct RuntimeFuture<ResBody>(
    Pin<Box<dyn Future<Output = Response<AnswerBody<ResBody>>> + Send>>,
);

impl<ResBody> Future for RuntimeFuture<ResBody> {
    type Output = Result<Response<AnswerBody<ResBody>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(Ok)
    }
}

impl<ResBody> fmt::Debug for RuntimeFuture<ResBody> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RuntimeFuture").finish_non_exhaustive()
    }
}

/// docs/wire-facts.md section 4.3.
const MAX_RESPONSE_HEADERS: usize = 8 * 1024;
