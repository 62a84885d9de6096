//! A service as a function, with its settings.

use std::{
    convert::Infallible,
    fmt,
    future::{Ready, ready},
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use tower_service::Service;

use crate::{
    BoxError,
    context::FunctionContext,
    handler::{EventHandler, FunctionEvent, FunctionOutput, Hook, event_handler, hook},
    own_response::own_response,
    platform_log::PlatformLog,
};

/// Makes any HTTP service a function of Function Compute.
///
/// Pass it to [`run`](crate::run), or serve it by any HTTP/1.1 server. It is cheap to clone if the
/// service is.
#[derive(Clone)]
pub struct CustomRuntime<S> {
    pub(crate) inner: S,
    pub(crate) settings: Arc<Settings>,
}

#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) on_event: Option<EventHandler>,
    /// Whether requests that are enclosed in events go to the service.
    pub(crate) serves_enclosed: bool,
    pub(crate) on_initialize: Option<Hook>,
    pub(crate) on_pre_freeze: Option<Hook>,
    pub(crate) on_pre_stop: Option<Hook>,
    pub(crate) max_event_bytes: usize,
    pub(crate) max_response_bytes: usize,
    pub(crate) handler_timeout: Duration,
    pub(crate) hook_timeout: Duration,
    pub(crate) log: PlatformLog,
}

impl<S> CustomRuntime<S> {
    /// Wraps a service. It gets the requests over HTTP, and those that API Gateway or an HTTP
    /// trigger enclosed in events.
    ///
    /// An enclosed request looks as if it had come directly. It lacks only the headers that
    /// [`ApiGatewayRequest::into_forwardable`] leaves out: `Host`, `Content-Length`, `Expect`, and
    /// those of one connection.
    ///
    /// [`ApiGatewayRequest::into_forwardable`]:
    /// eventbridge_envelope::ApiGatewayRequest::into_forwardable
    pub fn new(service: S) -> Self {
        let settings = Settings {
            on_event: None,
            serves_enclosed: true,
            on_initialize: None,
            on_pre_freeze: None,
            on_pre_stop: None,
            max_event_bytes: MAX_BODY,
            max_response_bytes: MAX_BODY,
            handler_timeout: HANDLER_TIMEOUT,
            hook_timeout: HOOK_TIMEOUT,
            log: PlatformLog::default(),
        };
        Self { inner: service, settings: Arc::new(settings) }
    }

    /// Returns the inner service.
    pub fn get_ref(&self) -> &S {
        &self.inner
    }

    /// Returns the inner service.
    pub fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// Returns the inner service alone.
    pub fn into_inner(self) -> S {
        self.inner
    }

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sets the handler of events that enclose no request of API Gateway or an HTTP trigger.
    /// Default: such an event is a function error.
    ///
    /// An error of the handler is a function error, and the platform tries an asynchronous
    /// invocation again. It is any type that converts into `Box<dyn Error + Send + Sync>`. Its text
    /// is written to the log only. A closure spells the type of its error, and clones the values
    /// that it shares:
    ///
    /// ```
    /// # use std::{convert::Infallible, sync::{Arc, atomic::{AtomicUsize, Ordering}}};
    /// # use aliyun_fc_runtime::{CustomRuntime, envelope::CloudEvent};
    /// # fn function(api: axum::Router) -> CustomRuntime<axum::Router> {
    /// let count = Arc::new(AtomicUsize::new(0));
    /// CustomRuntime::new(api).on_event(move |event: CloudEvent, _| {
    ///     let count = Arc::clone(&count);
    ///     async move {
    ///         count.fetch_add(1, Ordering::Relaxed);
    ///         Ok::<_, Infallible>(event.attributes().source().to_owned())
    ///     }
    /// })
    /// # }
    /// ```
    #[must_use]
    pub fn on_event<H, E, F, O, X>(self, handler: H) -> Self
    where
        H: Fn(E, FunctionContext) -> F + Send + Sync + 'static,
        E: FunctionEvent,
        F: Future<Output = Result<O, X>> + Send + 'static,
        O: FunctionOutput,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_event = Some(event_handler(handler)))
    }

    /// Sets the hook that runs before the first invocation, if the function is configured to have
    /// an initializer. After an error the platform does not invoke the function. Default: none.
    #[must_use]
    pub fn on_initialize<H, F, X>(self, initialize: H) -> Self
    where
        H: Fn(FunctionContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), X>> + Send + 'static,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_initialize = Some(hook(initialize)))
    }

    /// Sets the hook that runs before the instance is frozen between invocations, if the function
    /// is configured to have it. It is documented for Function Compute 2.0. Default: none.
    #[must_use]
    pub fn on_pre_freeze<H, F, X>(self, pre_freeze: H) -> Self
    where
        H: Fn(FunctionContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), X>> + Send + 'static,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_pre_freeze = Some(hook(pre_freeze)))
    }

    /// Sets the hook that runs before the instance ends, if the function is configured to have it.
    /// Default: none.
    #[must_use]
    pub fn on_pre_stop<H, F, X>(self, pre_stop: H) -> Self
    where
        H: Fn(FunctionContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), X>> + Send + 'static,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_pre_stop = Some(hook(pre_stop)))
    }

    /// Sets the size limit of an event, in bytes. Default: 32 MiB, the platform's own limit of a
    /// synchronous invocation. A longer event is a function error.
    #[must_use]
    pub fn max_event_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_event_bytes = bytes)
    }

    /// Sets the size limit of an answer to an event, in bytes as it is written: base64 is a third
    /// longer than its bytes. Default: 32 MiB. A longer answer is a failure of the handler. Answers
    /// over HTTP have no limit.
    #[must_use]
    pub fn max_response_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_response_bytes = bytes)
    }

    /// Sets the time limit of a handler: to the end of the answer to an event, and to the head of
    /// an answer over HTTP. It is also the time limit for an event to arrive. Default: 25 s.
    ///
    /// Keep it below the time limits of the function and of API Gateway (30 s at most on shared
    /// instances). If those end first, the log has no reason.
    #[must_use]
    pub fn handler_timeout(self, limit: Duration) -> Self {
        self.set(|settings| settings.handler_timeout = limit)
    }

    /// Sets the time limit of a hook. Default: 10 s. Keep it below the limit that is configured for
    /// the hook.
    #[must_use]
    pub fn hook_timeout(self, limit: Duration) -> Self {
        self.set(|settings| settings.hook_timeout = limit)
    }

    /// Sets the receiver of the lines of the function's log. It must not panic. Default: standard
    /// output, which the platform reads.
    #[must_use]
    pub fn log_to(self, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.log = PlatformLog::to(write))
    }
}

impl CustomRuntime<NoService> {
    /// Makes a function that handles every event, and answers 404 to requests over HTTP. For errors
    /// see [`on_event`](Self::on_event).
    ///
    /// ```
    /// use aliyun_fc_runtime::{CustomRuntime, FunctionContext, envelope::CloudEvent};
    ///
    /// type Output = Result<String, std::io::Error>;
    ///
    /// async fn on_event(event: CloudEvent, context: FunctionContext) -> Output {
    ///     Ok(format!("{} in {:?}", event.attributes().source(), context.region()))
    /// }
    ///
    /// let function = CustomRuntime::of_events(on_event);
    /// ```
    pub fn of_events<H, E, F, O, X>(handler: H) -> Self
    where
        H: Fn(E, FunctionContext) -> F + Send + Sync + 'static,
        E: FunctionEvent,
        F: Future<Output = Result<O, X>> + Send + 'static,
        O: FunctionOutput,
        X: Into<BoxError>,
    {
        Self::new(NoService(())).on_event(handler).set(|settings| settings.serves_enclosed = false)
    }
}

/// Stands for the service of a function that only handles events. It answers 404.
#[derive(Clone, Copy, Debug)]
pub struct NoService(());

impl<R> Service<Request<R>> for NoService {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<R>) -> Self::Future {
        let answer = own_response(StatusCode::NOT_FOUND, "{\"status\":\"not found\"}");
        ready(Ok(answer.map(Full::new)))
    }
}

impl<S: fmt::Debug> fmt::Debug for CustomRuntime<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CustomRuntime")
            .field("inner", &self.inner)
            .field("on_event", &self.settings.on_event.is_some())
            .field("max_event_bytes", &self.settings.max_event_bytes)
            .field("max_response_bytes", &self.settings.max_response_bytes)
            .field("handler_timeout", &self.settings.handler_timeout)
            .finish_non_exhaustive()
    }
}

/// docs/wire-facts.md section 4.3.
const MAX_BODY: usize = 32 * 1024 * 1024;
const HANDLER_TIMEOUT: Duration = Duration::from_secs(25);
const HOOK_TIMEOUT: Duration = Duration::from_secs(10);
