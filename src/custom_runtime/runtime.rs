//! How a service is made a function.

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
use tower_service::Service;

use super::{
    context::FunctionContext,
    handler::{EventHandler, FunctionEvent, FunctionOutput, Hook, event_handler, hook},
    platform_log::PlatformLog,
};
use crate::{
    BoxError,
    verify::{self, WholeBody},
};

/// A service as a function of Function Compute: [`run`](super::run) it, or serve it by any HTTP/1.1 server. Cheap to clone if
/// the service is.
#[derive(Clone)]
pub struct CustomRuntime<S> {
    pub(super) inner: S,
    pub(super) settings: Arc<Settings>,
}

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) on_event: Option<EventHandler>,
    /// Whether requests that are enclosed in events go to the service, whoever handles other events.
    pub(super) serves_enclosed: bool,
    pub(super) on_initialize: Option<Hook>,
    pub(super) on_pre_freeze: Option<Hook>,
    pub(super) on_pre_stop: Option<Hook>,
    pub(super) max_event_bytes: usize,
    pub(super) max_response_bytes: usize,
    pub(super) handler_timeout: Duration,
    pub(super) hook_timeout: Duration,
    pub(super) log: PlatformLog,
}

impl<S> CustomRuntime<S> {
    /// `service` answers what is called over HTTP, and the requests that API Gateway or an HTTP trigger enclosed in events.
    /// To those it looks as if they had come directly, without `Host`, `Content-Length`, `Expect` and hop-by-hop headers
    /// (RFC 9110 section 7.6.1).
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

    fn set(mut self, set: impl FnOnce(&mut Settings)) -> Self {
        set(Arc::make_mut(&mut self.settings));
        self
    }

    /// Events that enclose no request of API Gateway or an HTTP trigger go to this handler. Default: there must be none.
    ///
    /// An error is a function error: an asynchronous invocation is then tried again. It is anything that turns into a
    /// `Box<dyn Error + Send + Sync>`, and its text is written to the log only. A closure needs its error's type spelled out,
    /// and clones what it shares:
    ///
    /// ```
    /// # use std::{convert::Infallible, sync::{Arc, atomic::{AtomicUsize, Ordering}}};
    /// # use tower_eventbridge::{custom_runtime::CustomRuntime, envelope::CloudEvent};
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

    /// Runs before the first invocation, where the function is configured to have an initializer. An error is told to the
    /// platform, which does not invoke the function then. Default: nothing to do.
    #[must_use]
    pub fn on_initialize<H, F, X>(self, initialize: H) -> Self
    where
        H: Fn(FunctionContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), X>> + Send + 'static,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_initialize = Some(hook(initialize)))
    }

    /// Runs before the instance is frozen between invocations, where the function is configured to have this hook, which is
    /// documented for Function Compute 2.0. Default: nothing to do.
    #[must_use]
    pub fn on_pre_freeze<H, F, X>(self, pre_freeze: H) -> Self
    where
        H: Fn(FunctionContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), X>> + Send + 'static,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_pre_freeze = Some(hook(pre_freeze)))
    }

    /// Runs before the instance ends, where the function is configured to have this hook. Default: nothing to do.
    #[must_use]
    pub fn on_pre_stop<H, F, X>(self, pre_stop: H) -> Self
    where
        H: Fn(FunctionContext) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), X>> + Send + 'static,
        X: Into<BoxError>,
    {
        self.set(|settings| settings.on_pre_stop = Some(hook(pre_stop)))
    }

    /// The longest event, in bytes. Default: 32 MiB, the platform's own limit of a synchronous invocation. A longer one is a
    /// function error.
    #[must_use]
    pub fn max_event_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_event_bytes = bytes)
    }

    /// The longest answer to an event, in bytes as it is written: base64 is a third longer than its bytes. Default: 32 MiB. A
    /// longer one is a failure of the handler. Answers over HTTP pass through.
    #[must_use]
    pub fn max_response_bytes(self, bytes: usize) -> Self {
        self.set(|settings| settings.max_response_bytes = bytes)
    }

    /// How long a handler may take, to the end of the answer to an event, and to the head of an answer over HTTP; and how long
    /// an event may take to arrive. Default: 25 s. It should be less than the function's own time limit and API Gateway's,
    /// which is 30 s at most on shared instances: else they end first and nobody hears why.
    #[must_use]
    pub fn handler_timeout(self, limit: Duration) -> Self {
        self.set(|settings| settings.handler_timeout = limit)
    }

    /// How long a hook may take. Default: 10 s. It should be less than what is configured for the hook.
    #[must_use]
    pub fn hook_timeout(self, limit: Duration) -> Self {
        self.set(|settings| settings.hook_timeout = limit)
    }

    /// Where the lines of the function's log go; it must not panic. Default: standard output, which the platform reads.
    #[must_use]
    pub fn log_to(self, write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.set(|settings| settings.log = PlatformLog::to(write))
    }
}

impl CustomRuntime<NoService> {
    /// A function that only handles events, every one of them; what is called over HTTP is answered 404. For errors see
    /// [`on_event`](Self::on_event).
    ///
    /// ```
    /// use tower_eventbridge::{custom_runtime::{CustomRuntime, FunctionContext}, envelope::CloudEvent};
    ///
    /// async fn on_event(event: CloudEvent, context: FunctionContext) -> Result<String, std::io::Error> {
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

/// In place of a service where there is none: answers 404.
#[derive(Clone, Copy, Debug)]
pub struct NoService(());

impl<R> Service<Request<R>> for NoService {
    type Response = Response<WholeBody>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<R>) -> Self::Future {
        let answer = verify::answer(StatusCode::NOT_FOUND, "{\"status\":\"not found\"}");
        ready(Ok(answer.map(|bytes: Bytes| WholeBody::from(bytes))))
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
