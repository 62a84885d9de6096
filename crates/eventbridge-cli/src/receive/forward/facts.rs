//! The facts of a verified push, as headers of the request that goes on.

use std::{borrow::Cow, fmt::Write};

use http::{HeaderMap, HeaderName, HeaderValue};
use tower_eventbridge::{
    each_event::PushedEvent,
    envelope::{EventAttributes, batch_texts, event_texts},
};

use crate::receive::events::without_query;

/// Every header that carries a fact. docs/proxy.md describes each.
const EVENT_ID: HeaderName = HeaderName::from_static("eventbridge-event-id");
const EVENT_SOURCE: HeaderName = HeaderName::from_static("eventbridge-event-source");
const EVENT_TYPE: HeaderName = HeaderName::from_static("eventbridge-event-type");
const SCHEME: HeaderName = HeaderName::from_static("eventbridge-scheme");
const FORM: HeaderName = HeaderName::from_static("eventbridge-form");
const ASSURANCE: HeaderName = HeaderName::from_static("eventbridge-assurance");
const TENANT: HeaderName = HeaderName::from_static("eventbridge-tenant");
const ENDPOINT: HeaderName = HeaderName::from_static("eventbridge-endpoint");
const KEY_FINGERPRINT: HeaderName = HeaderName::from_static("eventbridge-key-fingerprint");
const TIMESTAMP: HeaderName = HeaderName::from_static("eventbridge-timestamp");

/// The headers of the Standard Webhooks specification.
const SIGNATURE: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

/// W3C Trace Context, by the CloudEvents extension "Distributed Tracing".
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// Removes every header that a service could take for one of ours.
///
/// A CGI-like server writes `_` for what is not a letter or digit, so every spelling goes. The
/// signature's headers go too: a service without a secret may look at them all the same.
pub fn remove_from(headers: &mut HeaderMap) {
    let ours = |name: &HeaderName| {
        let read_as = name.as_str().replace(|one: char| !one.is_ascii_alphanumeric(), "-");
        read_as.starts_with("eventbridge-") || SIGNATURE.contains(&read_as.as_str())
    };
    let foreign: Vec<_> = headers.keys().filter(|name| ours(name)).cloned().collect();
    for name in foreign {
        headers.remove(name);
    }
}

/// What a push holds.
pub struct Content {
    /// How many events.
    pub events: usize,
    /// The attributes of the event, if it is one and can be read.
    pub attributes: Option<EventAttributes>,
}

impl Content {
    /// Reads as little as it can: this is done for every push.
    pub fn of(event: &PushedEvent) -> Self {
        let body = event.body();
        let found_in = |text: &[u8]| EventAttributes::found_in(text).ok();
        if let Some(mut texts) = batch_texts(body) {
            let events = texts.len();
            let one = if events == 1 { texts.next().and_then(Result::ok) } else { None };
            return Self { events, attributes: one.and_then(|text| found_in(text.as_bytes())) };
        }
        let attributes = match body.first() {
            Some(b'{') => found_in(body),
            _ => match event_texts(body).unwrap_or_default().as_slice() {
                [text] => found_in(text.as_bytes()),
                [] | [_, _, ..] => None,
            },
        };
        Self { events: 1, attributes }
    }
}

/// Inserts the facts of an event and of the push around it, and the trace of the event in place of
/// any other.
pub fn insert(headers: &mut HeaderMap, event: &PushedEvent, content: &Content) {
    let proof = event.proof();
    let mut fact = |name: HeaderName, value: &str| {
        let encoded = encoded(value);
        match HeaderValue::from_str(&encoded) {
            Ok(value) if encoded.len() <= LONGEST && !encoded.is_empty() => {
                headers.insert(name, value);
            }
            Ok(_) | Err(_) => tracing::debug!(%name, "a fact does not fit into a header"),
        }
    };
    let mut trace = None;
    if let Some(attributes) = &content.attributes {
        if let Some(id) = attributes.id() {
            fact(EVENT_ID, id);
        }
        fact(EVENT_SOURCE, attributes.source());
        fact(EVENT_TYPE, attributes.event_type());
        trace = attributes.trace_context();
    }
    if let Some(tenant) = proof.tenant() {
        fact(TENANT, tenant);
    }
    fact(ENDPOINT, without_query(proof.endpoint()));
    fact(KEY_FINGERPRINT, &proof.public_key_fingerprint().to_string());
    fact(TIMESTAMP, &proof.timestamp().as_millis().to_string());
    for (name, word) in [
        (SCHEME, proof.scheme().as_str()),
        (FORM, proof.body_ending().as_str()),
        (ASSURANCE, proof.assurance().as_str()),
    ] {
        headers.insert(name, HeaderValue::from_static(word));
    }
    let text = |text: &str| HeaderValue::from_str(text).ok();
    if let Some(trace) = trace
        && let Some(traceparent) = text(&trace.to_string())
    {
        headers.insert(TRACEPARENT, traceparent);
        // The state of another trace is not that of this one.
        headers.remove(TRACESTATE);
        if let Some(tracestate) = trace.tracestate().and_then(text) {
            headers.insert(TRACESTATE, tracestate);
        }
    }
}

/// Text as a header value, by CloudEvents 1.0, HTTP binding, section 3.1.3.2: percent-encoded
/// outside of visible ASCII.
fn encoded(text: &str) -> Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'"' && byte != b'%';
    if text.bytes().all(plain) {
        return Cow::Borrowed(text);
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match plain(byte) {
            true => encoded.push(char::from(byte)),
            // Writing to a string does not fail.
            false => drop(write!(encoded, "%{byte:02X}")),
        }
    }
    Cow::Owned(encoded)
}

/// Servers take 8 KiB of headers and more; a longer fact is left out.
const LONGEST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_encoded_as_cloud_events_ask() {
        let cases = [
            ("plain", "oss:ObjectCreated:PutObject", "oss:ObjectCreated:PutObject"),
            ("space", "a b", "a%20b"),
            ("quote and percent", "\"50%\"", "%2250%25%22"),
            ("not ASCII", "主", "%E4%B8%BB"),
            ("line end", "a\r\nb", "a%0D%0Ab"),
        ];
        for (name, text, expected) in cases {
            assert_eq!(encoded(text), expected, "{name}");
        }
    }

    #[test]
    fn names_from_outside_are_removed() {
        let mut headers = HeaderMap::new();
        for name in [
            "eventbridge-scheme",
            "eventbridge_tenant",
            "eventbridge.event.id",
            "eventbridgex",
            "webhook-id",
            "webhook.signature",
            "webhook-of-mine",
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static("forged"));
        }
        remove_from(&mut headers);
        let mut kept: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        kept.sort_unstable();
        assert_eq!(kept, ["eventbridgex", "webhook-of-mine"]);
    }
}
