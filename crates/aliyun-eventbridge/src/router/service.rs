//! The router and its settings.

use std::{
    fmt,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Extensions, Request, Response, StatusCode};
use http_body::Body;
use tower_eventbridge::{
    each_event::PushedEvent, envelope::strip_byte_order_marks, verify::ResponseBody,
};
use tower_service::Service;

use super::{answer::NotRouted, future::ResponseFuture, telemetry};
use crate::{
    EventErrorKind, JsonEvent,
    pattern::{EventPattern, EventPatternSet},
};

/// Hands a verified event to the handler of the first pattern that it matches, as the
/// [module](super) says.
///
/// All handlers have one type `S`. With axum it is `MethodRouter`, `Router` or `Route`; elsewhere
/// `tower::util::BoxCloneSyncService` makes one type of several. Clones of the router share the
/// patterns and the handlers.
///
/// It is always ready. The handler's readiness is awaited for each event on a clone, so that a
/// handler that is busy does not hold up the others. What waits is bounded by the verifier's
/// `max_body_in_flight`.
pub struct PatternRouter<S> {
    routes: Arc<Routes<S>>,
    unmatched: Unmatched,
}

/// Says how an event that no pattern matches is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unmatched {
    /// 200 `{"status":"accepted"}`: the rule let the event through, and nobody wants it. It is not
    /// sent again.
    #[default]
    Acknowledge,
    /// 422 `{"status":"unmatched"}`: EventBridge sends the event again and dead-letters it in the
    /// end.
    Reject,
}

/// Names the pattern that a request was routed by. An extension of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchedPattern(Arc<str>);

impl MatchedPattern {
    /// Returns the name that [`PatternRouter::on`] was given.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.0
    }
}

#[derive(Clone)]
struct Routes<S> {
    patterns: EventPatternSet<usize>,
    handlers: Vec<(Arc<str>, S)>,
}

impl<S> PatternRouter<S> {
    /// Returns a router without patterns, which acknowledges what no pattern matches.
    #[must_use]
    pub fn new() -> Self {
        let routes = Routes { patterns: EventPatternSet::new(), handlers: Vec::new() };
        Self { routes: Arc::new(routes), unmatched: Unmatched::default() }
    }

    /// Adds a handler for the events that match a pattern and none before it.
    ///
    /// The name is the label `handler` of the metric `eventbridge_routed_events_total`. Several
    /// patterns may have one name.
    #[must_use]
    pub fn on(mut self, name: impl Into<Arc<str>>, pattern: EventPattern, handler: S) -> Self
    where
        S: Clone,
    {
        let routes = Arc::make_mut(&mut self.routes);
        routes.patterns.insert(routes.handlers.len(), pattern);
        routes.handlers.push((name.into(), handler));
        self
    }

    /// Sets how an event that no pattern matches is answered. Default: 200. Either way the metric
    /// `eventbridge_unmatched_events_total` counts it.
    #[must_use]
    pub fn unmatched(mut self, unmatched: Unmatched) -> Self {
        self.unmatched = unmatched;
        self
    }

    /// Returns name, pattern and handler in the order of registration.
    pub fn handlers(&self) -> impl Iterator<Item = (&str, &EventPattern, &S)> {
        let patterns = self.routes.patterns.iter().map(|(_, pattern)| pattern);
        let handlers = self.routes.handlers.iter().zip(patterns);
        handlers.map(|((name, handler), pattern)| (&**name, pattern, handler))
    }

    /// Returns name and handler in the order of registration. Clones of the router keep the
    /// handlers that they have.
    pub fn handlers_mut(&mut self) -> impl Iterator<Item = (&str, &mut S)>
    where
        S: Clone,
    {
        let handlers = Arc::make_mut(&mut self.routes).handlers.iter_mut();
        handlers.map(|(name, handler)| (&**name, handler))
    }

    /// Returns the handlers alone, in the order of registration.
    #[must_use]
    pub fn into_handlers(self) -> Vec<S>
    where
        S: Clone,
    {
        let handlers = Arc::unwrap_or_clone(self.routes).handlers;
        handlers.into_iter().map(|(_, handler)| handler).collect()
    }

    fn route(&self, extensions: &Extensions) -> Result<&(Arc<str>, S), NotRouted> {
        let event = PushedEvent::of(extensions).ok_or(NotRouted::MissingProof)?;
        let is_whole_push = event.place().is_none();
        let json = match JsonEvent::parse(strip_byte_order_marks(event.body())) {
            Ok(json) if is_whole_push && json.is_batch() => return Err(NotRouted::UnsplitBatch),
            Ok(json) => json,
            Err(error) if is_whole_push && error.kind() == EventErrorKind::NotAnObject => {
                return Err(NotRouted::UnsplitBatch);
            }
            Err(error) => return Err(NotRouted::Unreadable(error)),
        };
        let matching = self.routes.patterns.first_matching_event(&json);
        let handler = matching.and_then(|index| self.routes.handlers.get(*index));
        handler.ok_or(NotRouted::Unmatched(match self.unmatched {
            Unmatched::Acknowledge => StatusCode::OK,
            Unmatched::Reject => StatusCode::UNPROCESSABLE_ENTITY,
        }))
    }
}

impl<S, B, ResBody> Service<Request<B>> for PatternRouter<S>
where
    S: Service<Request<B>, Response = Response<ResBody>> + Clone,
    ResBody: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, B>;

    /// Always ready: the readiness of the handler is awaited for each event, on a clone.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        match self.route(request.extensions()) {
            Ok((name, handler)) => {
                telemetry::routed(name);
                request.extensions_mut().insert(MatchedPattern(Arc::clone(name)));
                ResponseFuture::routed(handler.clone(), request)
            }
            Err(why) => {
                why.report();
                ResponseFuture::not_routed(why)
            }
        }
    }
}

impl<S> Clone for PatternRouter<S> {
    fn clone(&self) -> Self {
        Self { routes: Arc::clone(&self.routes), unmatched: self.unmatched }
    }
}

impl<S> Default for PatternRouter<S> {
    fn default() -> Self {
        Self::new()
    }
}

impl<S> fmt::Debug for PatternRouter<S> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let patterns: Vec<_> = self.handlers().map(|(name, pattern, _)| (name, pattern)).collect();
        formatter
            .debug_struct("PatternRouter")
            .field("patterns", &patterns)
            .field("unmatched", &self.unmatched)
            .finish_non_exhaustive()
    }
}
