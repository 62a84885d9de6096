//! The key of an event and the digest of its body.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{
    Authentic,
    each_event::PushedEvent,
    envelope::{EventAttributes, event_texts, strip_byte_order_marks},
};

/// Tells one event from another: a SHA-256 of the parts that name it. Its `Debug` shows the first
/// eight digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdempotencyKey([u8; 32]);

/// Tells one body from another: the SHA-256 of the body with its ending.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyDigest([u8; 32]);

impl IdempotencyKey {
    /// Returns the key of these parts. The length of each part is hashed too, so that no part can
    /// run into the next.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// Returns the key of the signed URL, the tenant label, and the `source` and `id` of the event.
    /// A batch that no [`EachEvent`](crate::each_event::EachEvent) took apart has one key of all
    /// its events. Returns `None` if an event has no `id`, or if the push is not an event.
    #[must_use]
    pub fn of_event(event: &PushedEvent) -> Option<Self> {
        // The attributes alone: whether the data can be decoded does not matter here.
        let texts = event_texts(event.body()).ok()?;
        let events = texts.iter().map(|text| EventAttributes::from_slice(text.as_bytes()).ok());
        let events: Vec<_> = events.collect::<Option<_>>()?;
        let push = event.proof();
        let tenant = push.tenant().unwrap_or_default();
        // The URL as it was signed: a label of the configuration may stand for several targets.
        let mut parts = vec![push.url().as_bytes(), tenant.as_bytes()];
        for attributes in &events {
            parts.push(attributes.source().as_bytes());
            parts.push(attributes.id()?.as_bytes());
        }
        (!events.is_empty()).then(|| Self::of(parts))
    }

    /// Returns the key of what is signed under both schemes: URL, tenant label, timestamp and body
    /// as signed. A push whose other signature was taken off has the same key.
    #[must_use]
    pub fn of_signed_request(push: &Authentic) -> Self {
        let tenant = push.tenant().unwrap_or_default();
        let timestamp = push.timestamp().as_millis().to_be_bytes();
        let body = BodyDigest::as_signed(push);
        Self::of([push.url().as_bytes(), tenant.as_bytes(), &timestamp, body.as_bytes()])
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl BodyDigest {
    /// Returns the digest of these bytes.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// Returns the digest of a push's body and the line feed that the form of its string to sign
    /// adds. So a push whose last line feed was moved from the form into the body has the same
    /// digest.
    #[must_use]
    pub fn as_signed(push: &Authentic) -> Self {
        Self::with_ending(push.body(), push.body_ending().bytes())
    }

    /// Returns the digest of an event: that of the push around it, as signed. Behind an
    /// [`EachEvent`](crate::each_event::EachEvent) it is the digest of the event's text and a line
    /// feed. White space and byte order marks around the text do not count. Both digests are equal
    /// for an event that is alone in its push, in the reference form.
    #[must_use]
    pub fn of_event(event: &PushedEvent) -> Self {
        match event.place() {
            None => Self::as_signed(event.proof()),
            Some(_) => {
                Self::with_ending(strip_byte_order_marks(event.body()).trim_ascii(), LINE_FEED)
            }
        }
    }

    fn with_ending(body: &[u8], ending: &[u8]) -> Self {
        Self(Sha256::new_with_prefix(body).chain_update(ending).finalize().into())
    }

    /// Returns the 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

const LINE_FEED: &[u8] = b"\n";

fn abbreviated(bytes: &[u8; 32], formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
    bytes.iter().take(4).try_for_each(|byte| write!(formatter, "{byte:02x}"))
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        abbreviated(&self.0, formatter)
    }
}

impl fmt::Debug for BodyDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        abbreviated(&self.0, formatter)
    }
}
