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

use crate::{
    BoxError,
    body::{AnswerBody, InvocationBody},
    call::{guarded, response_of},
    collect::collected_event,
    context::{Call, FunctionContext, remove_platform_headers},
    error_chain::WithCauses,
    function_error::{FunctionError, set_status},
    gateway::{Enclosed, answered, enclosed, failed, rejected},
    handler::Hook,
    own_response::{FAILED, REJECTED, own_response},
    platform_log::Lines,
    runtime::{CustomRuntime, Settings},
};

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
    type Future = ResponseFuture<ResBody>;

    /// Returns ready at once. The readiness of the inner service is awaited for each request.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (inner, settings) = (self.inner.clone(), Arc::clone(&self.settings));
        ResponseFuture(Box::pin(async move { answer(inner, &settings, request).await }))
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
            return rejected_call().map(AnswerBody::own);
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
        // Answered above.
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

/// Returns the answer to a call that the platform does not make.
fn rejected_call() -> Response<Bytes> {
    let mut response = own_response(StatusCode::BAD_REQUEST, REJECTED);
    set_status(response.headers_mut(), "404");
    response
}

/// Hands an event to its handler, or the request in it to the service.
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
        (Enclosed::Rejected(error), _) => {
            let error = WithCauses(&error);
            lines.error(format_args!("the request in the event is rejected: {error}"));
            return Ok(rejected());
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
        // A handler exists where no request is looked for.
        (Enclosed::Nothing(None), None) => return Ok(Bytes::new()),
    };
    // The event may be long, and is not needed any longer.
    drop(event);
    match guarded(settings.handler_timeout, answered(inner, request, limit)).await {
        Ok(answer) => Ok(answer),
        // The gateway answers 502 to anything that is not in its format.
        Err(error) => {
            lines.error(&error);
            Ok(failed())
        }
    }
}

/// Passes a request over HTTP to the service, and its answer back.
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
            let mut response = own_response(StatusCode::INTERNAL_SERVER_ERROR, FAILED);
            // The client gets 500, and the platform counts a function error.
            set_status(response.headers_mut(), "404");
            response.map(AnswerBody::own)
        }
    }
}

async fn on_hook(
    hook: Option<&Hook>,
    settings: &Settings,
    context: FunctionContext,
) -> Result<Bytes, FunctionError> {
    match hook {
        Some(hook) => guarded(settings.hook_timeout, hook(context)).await,
        None => Ok(Bytes::new()),
    }
}

/// Logs that the headers are over 8 KiB: the platform then answers a bare 502.
fn check_headers(headers: &HeaderMap, lines: &Lines) {
    let bytes: usize =
        headers.iter().map(|(name, value)| name.as_str().len().saturating_add(value.len())).sum();
    if bytes > MAX_RESPONSE_HEADERS {
        lines.error(format_args!(
            "the headers of the answer are longer than {MAX_RESPONSE_HEADERS} bytes: the platform \
             answers 502"
        ));
    }
}

/// Resolves to the response of a [`CustomRuntime`]. Dropping it stops the handler.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture<ResBody>(
    Pin<Box<dyn Future<Output = Response<AnswerBody<ResBody>>> + Send>>,
);

impl<ResBody> Future for ResponseFuture<ResBody> {
    type Output = Result<Response<AnswerBody<ResBody>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context).map(Ok)
    }
}

impl<ResBody> fmt::Debug for ResponseFuture<ResBody> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// docs/wire-facts.md section 4.3.
const MAX_RESPONSE_HEADERS: usize = 8 * 1024;
