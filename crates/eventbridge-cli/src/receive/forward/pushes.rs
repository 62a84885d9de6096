//! `--forward`: verified pushes go on as they came, with their facts and a signature that any
//! service can check.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    each_event::PushedEvent,
    idempotency::IdempotencyKey,
    verify::WholeBody,
};

use super::{
    client::Upstream,
    facts::{self, Content},
    standard_webhooks::{Secret, signatures},
};
use crate::hexadecimal::hexadecimal;

/// Sends pushes, or events one by one, to a service. Cheap to clone.
#[derive(Clone)]
pub struct Pushes(Arc<Sender>);

struct Sender {
    upstream: Upstream,
    secrets: Vec<Secret>,
    clock: SystemClock,
}

/// The parts of an arriving request that go on although nobody signed them.
#[derive(Clone)]
pub struct Head {
    method: Method,
    content_type: Option<HeaderValue>,
    request_id: Option<HeaderValue>,
}

impl Head {
    /// Takes method, content type and request id.
    pub fn of<B>(request: &Request<B>) -> Self {
        let header = |name: &HeaderName| request.headers().get(name).cloned();
        Self {
            method: request.method().clone(),
            content_type: header(&header::CONTENT_TYPE),
            request_id: header(&REQUEST_ID),
        }
    }
}

impl Pushes {
    /// Signs with every secret, or not at all without one.
    pub fn new(upstream: Upstream, secrets: Vec<Secret>) -> Self {
        Self(Arc::new(Sender { upstream, secrets, clock: SystemClock::new() }))
    }

    /// Sends an event, or a whole push, and gives the service's status. `Err` is the status for
    /// EventBridge.
    ///
    /// A push of more than [`MAX_EVENTS`] is not sent: its events could not be handled afterwards,
    /// so that it would come again, and be sent again.
    pub async fn send(&self, head: &Head, event: &PushedEvent) -> Result<StatusCode, StatusCode> {
        let Sender { upstream, secrets, clock } = &*self.0;
        let content = Content::of(event);
        let events = content.events;
        if events > MAX_EVENTS {
            tracing::warn!(
                "--forward: an authentic push has {events} events, and {MAX_EVENTS} may be: it is \
                 not sent, and answered 422"
            );
            return Err(StatusCode::UNPROCESSABLE_ENTITY);
        }
        let mut request = request(head, event, &content, secrets, clock.now());
        *request.uri_mut() = Uri::from(upstream.target().clone());
        // hyper leaves the length of an empty body out, and servers then wait for one or reject it
        // (RFC 9110, section 8.6).
        request.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(event.body().len()));
        upstream.send(request).await
    }
}

/// Makes the request that goes on, for the target `/`: with the facts, and signed with every
/// secret.
pub fn as_forwarded(
    head: &Head,
    event: &PushedEvent,
    secrets: &[Secret],
    now: SystemTime,
) -> Request<WholeBody> {
    request(head, event, &Content::of(event), secrets, now)
}

fn request(
    head: &Head,
    event: &PushedEvent,
    content: &Content,
    secrets: &[Secret],
    now: SystemTime,
) -> Request<WholeBody> {
    let mut request = Request::new(WholeBody::from(event.body().clone()));
    *request.method_mut() = head.method.clone();
    let headers = request.headers_mut();
    headers.reserve(HEADERS);
    if let Some(content_type) = content_type(head, event) {
        headers.insert(header::CONTENT_TYPE, content_type);
    }
    if let Some(request_id) = &head.request_id {
        headers.insert(REQUEST_ID, request_id.clone());
    }
    facts::insert(headers, event, content);
    if !secrets.is_empty() {
        sign(headers, event, &webhook_id(event, content), secrets, now);
    }
    request
}

fn sign(
    headers: &mut HeaderMap,
    event: &PushedEvent,
    id: &str,
    secrets: &[Secret],
    now: SystemTime,
) {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut insert = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    };
    insert(WEBHOOK_ID, id);
    insert(WEBHOOK_TIMESTAMP, &now.to_string());
    insert(WEBHOOK_SIGNATURE, &signatures(secrets, id, now, event.body()));
}

/// The same for every try of an event: its idempotency key. Where an event has no id, that of the
/// signed request, with the event's place among the others.
fn webhook_id(event: &PushedEvent, content: &Content) -> String {
    let key = key_of_one(event, content).or_else(|| IdempotencyKey::of_event(event));
    let key = key.unwrap_or_else(|| {
        let push = IdempotencyKey::of_signed_request(event.proof());
        match event.place().and_then(|place| u64::try_from(place).ok()) {
            None => push,
            Some(place) => IdempotencyKey::of([&push.as_bytes()[..], &place.to_be_bytes()]),
        }
    });
    format!("evt_{}", hexadecimal(key.as_bytes()))
}

/// What [`IdempotencyKey::of_event`] gives for a single event, without reading it again.
fn key_of_one(event: &PushedEvent, content: &Content) -> Option<IdempotencyKey> {
    let attributes = content.attributes.as_ref()?;
    let (source, id) = (attributes.source(), attributes.id()?);
    let push = event.proof();
    let tenant = push.tenant().unwrap_or_default();
    let parts = [push.url(), tenant, source, id];
    (!source.is_empty()).then(|| IdempotencyKey::of(parts.map(str::as_bytes)))
}

/// The content type as it arrived; an event that was taken out of a batch is no batch any more.
fn content_type(head: &Head, event: &PushedEvent) -> Option<HeaderValue> {
    let given = head.content_type.clone()?;
    let whole = event.body().len() == event.proof().body().len();
    let text = given.to_str().unwrap_or_default().to_ascii_lowercase();
    match text.strip_prefix("application/cloudevents-batch+json") {
        Some(parameters) if !whole => {
            HeaderValue::from_str(&format!("application/cloudevents+json{parameters}")).ok()
        }
        Some(_) | None => Some(given),
    }
}

/// The most events of one push.
pub const MAX_EVENTS: usize = 10_000;
/// About how many headers go on.
const HEADERS: usize = 24;
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const WEBHOOK_ID: HeaderName = HeaderName::from_static("webhook-id");
const WEBHOOK_TIMESTAMP: HeaderName = HeaderName::from_static("webhook-timestamp");
const WEBHOOK_SIGNATURE: HeaderName = HeaderName::from_static("webhook-signature");
