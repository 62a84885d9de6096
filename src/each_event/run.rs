//! The events of one push through the inner service.

use std::{future::poll_fn, num::NonZeroUsize, pin::Pin, sync::Arc, task::Poll};

use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header, request::Parts};
use http_body::Body;
use tower_service::Service;

use super::pushed_event::PushedEvent;
use crate::{
    envelope::{EnvelopeError, batch_texts},
    oneshot::oneshot,
    telemetry::only_with,
    verify::{self, ResponseBody, WholeBody},
};

/// Holds the status of each event of a push, in order. It is an extension of the response of an
/// [`EachEvent`](super::EachEvent).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventStatuses(Arc<[StatusCode]>);

impl EventStatuses {
    /// Returns the status of each event, at the event's place in the push.
    #[must_use]
    pub fn as_slice(&self) -> &[StatusCode] {
        &self.0
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub(super) concurrency: NonZeroUsize,
    pub(super) max_events: usize,
}

pub(super) type Answered<B, E> = Result<Response<ResponseBody<B>>, E>;
type Running<B, E> = (usize, Pin<Box<dyn Future<Output = Answered<B, E>> + Send>>);

pub(super) async fn run<S, ResBody>(
    inner: S,
    settings: Settings,
    parts: Parts,
    push: PushedEvent,
) -> Answered<ResBody, S::Error>
where
    S: Service<Request<WholeBody>, Response = Response<ResBody>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send + 'static,
    ResBody: Body<Data = Bytes> + Send + 'static,
{
    let body = push.body().clone();
    let texts = if push.place().is_none() { batch_texts(&body) } else { None };
    // The inner service judges a single event, and a push that cannot be read at all.
    let Some(mut texts) = texts.filter(|texts| texts.len() > 0) else {
        return answered(inner, request(&parts, push.alone())).await;
    };
    let events = texts.len();
    if events > settings.max_events {
        too_many(events, settings.max_events);
        return Ok(unreadable(None));
    }
    let mut verdict = Verdict::new(events);
    let mut place = 0;
    let mut running: Vec<Running<ResBody, S::Error>> = Vec::new();
    // Moved, so that a service need not be shared between threads.
    poll_fn(move |context| {
        let mut begun = 0;
        loop {
            while running.len() < settings.concurrency.get()
                && let Some(text) = texts.next()
            {
                begun += 1;
                match text {
                    Ok(text) => {
                        let event = PushedEvent::at(push.proof(), place, text);
                        let request = request(&parts, event);
                        running.push((place, Box::pin(answered(inner.clone(), request))));
                    }
                    Err(error) => {
                        verdict.unread(&error);
                        verdict.add(place, Ok(unreadable(Some(error))));
                    }
                }
                place += 1;
            }
            if running.is_empty() {
                return Poll::Ready(verdict.take_answer());
            }
            let before = running.len();
            running.retain_mut(|(place, event)| match event.as_mut().poll(context) {
                Poll::Ready(answer) => {
                    verdict.add(*place, answer);
                    false
                }
                Poll::Pending => true,
            });
            if running.len() == before {
                return Poll::Pending;
            }
            if begun >= EVENTS_AT_A_TIME {
                // Events that are handled at once must not hold the thread.
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
    })
    .await
}

async fn answered<S, ResBody>(inner: S, request: Request<WholeBody>) -> Answered<ResBody, S::Error>
where
    S: Service<Request<WholeBody>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
{
    Ok(oneshot(inner, request).await?.map(ResponseBody::inner))
}

/// Makes the request of one event: that of the push, with another body.
fn request(parts: &Parts, event: PushedEvent) -> Request<WholeBody> {
    let mut request = Request::new(WholeBody::from(event.body().clone()));
    *request.method_mut() = parts.method.clone();
    *request.uri_mut() = parts.uri.clone();
    *request.version_mut() = parts.version;
    *request.headers_mut() = parts.headers.clone();
    if request.headers().contains_key(header::CONTENT_LENGTH) {
        let length = HeaderValue::from(event.body().len());
        request.headers_mut().insert(header::CONTENT_LENGTH, length);
    }
    *request.extensions_mut() = parts.extensions.clone();
    request.extensions_mut().insert(event);
    request
}

/// Collects the outcomes of the events so far.
struct Verdict<B, E> {
    statuses: Vec<StatusCode>,
    worst: Option<(usize, Response<ResponseBody<B>>)>,
    error: Option<(usize, E)>,
    /// Then the answer is the inner service's, good or bad.
    is_only_one: bool,
    failures: usize,
}

impl<B: Body<Data = Bytes>, E> Verdict<B, E> {
    fn new(events: usize) -> Self {
        let statuses = vec![StatusCode::OK; events];
        Self { statuses, worst: None, error: None, is_only_one: events == 1, failures: 0 }
    }

    fn add(&mut self, place: usize, answer: Answered<B, E>) {
        let response = match answer {
            Ok(response) => response,
            Err(error) => {
                self.failed(place, None);
                if self.error.as_ref().is_none_or(|(first, _)| place < *first) {
                    self.error = Some((place, error));
                }
                return;
            }
        };
        let status = response.status();
        if let Some(slot) = self.statuses.get_mut(place) {
            *slot = status;
        }
        if !status.is_success() {
            self.failed(place, Some(status));
        }
        let is_worse = |(other, worst): &(usize, Response<_>)| {
            let (new, old) = (badness(status), badness(worst.status()));
            new > old || (new == old && place < *other)
        };
        if (self.is_only_one || !status.is_success()) && self.worst.as_ref().is_none_or(is_worse) {
            self.worst = Some((place, response));
        }
    }

    /// Logs the first failures one by one, as a push may have thousands.
    fn failed(&mut self, place: usize, status: Option<StatusCode>) {
        self.failures = self.failures.saturating_add(1);
        if self.failures <= FAILURES_LOGGED {
            failed(place, self.statuses.len(), status);
        }
    }

    fn unread(&self, error: &EnvelopeError) {
        if self.failures < FAILURES_LOGGED {
            unread(error);
        }
    }

    fn take_answer(&mut self) -> Answered<B, E> {
        if self.failures > FAILURES_LOGGED {
            many_failed(self.failures, self.statuses.len());
        }
        if let Some((_, error)) = self.error.take() {
            return Err(error);
        }
        let accepted = || {
            let accepted = verify::answer(StatusCode::OK, "{\"status\":\"accepted\"}");
            accepted.map(ResponseBody::own)
        };
        let mut response = self.worst.take().map_or_else(accepted, |(_, response)| response);
        response.extensions_mut().insert(EventStatuses(self.statuses.as_slice().into()));
        Ok(response)
    }
}

fn badness(status: StatusCode) -> u8 {
    if status.is_success() {
        0
    } else if status.is_server_error() {
        3
    } else if status.is_client_error() {
        2
    } else {
        1
    }
}

fn unreadable<B>(error: Option<EnvelopeError>) -> Response<ResponseBody<B>> {
    let answer = verify::answer(StatusCode::UNPROCESSABLE_ENTITY, "{\"status\":\"unreadable\"}");
    let mut answer = answer.map(ResponseBody::own);
    if let Some(error) = error {
        answer.extensions_mut().insert(error);
    }
    answer
}

only_with! { "tracing":
    fn unread(error: &EnvelopeError) {
        tracing::warn!(
            target: "tower_eventbridge::event",
            "an event of an authentic push cannot be read: {}",
            crate::error_chain::WithCauses(error)
        );
    }

    fn failed(place: usize, of: usize, status: Option<StatusCode>) {
        tracing::warn!(
            target: "tower_eventbridge::event",
            place,
            of,
            status = status.map(|status| status.as_u16()),
            "an event of a push was not handled; places are counted from 0"
        );
    }

    fn many_failed(failures: usize, of: usize) {
        tracing::warn!(
            target: "tower_eventbridge::event",
            failures,
            of,
            "events of a push were not handled; the first {FAILURES_LOGGED} are logged one by one"
        );
    }

    fn too_many(events: usize, limit: usize) {
        tracing::warn!(
            target: "tower_eventbridge::event",
            "an authentic push has {events} events, and EachEventLayer::max_events is {limit}: \
             none is handled"
        );
    }
}

const EVENTS_AT_A_TIME: usize = 64;
const FAILURES_LOGGED: usize = 10;
