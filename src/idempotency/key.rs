//! What tells one event from another.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{Authentic, Form, envelope::CloudEventBatch};

/// Tells one event from another: a SHA-256 of the parts that name it. Its `Debug` shows the first eight digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct IdempotencyKey([u8; 32]);

/// The SHA-256 of a body.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct BodyDigest([u8; 32]);

impl IdempotencyKey {
    /// The key of these parts, each with its length, so that none can run into the next.
    pub fn of<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(part);
        }
        Self(digest.finalize().into())
    }

    /// Of endpoint, tenant label, and the `source` and `id` of each event of the push. `None` if an event has no `id`, or the
    /// push is no event.
    #[must_use]
    pub fn of_event(push: &Authentic) -> Option<Self> {
        let batch: CloudEventBatch = CloudEventBatch::from_slice(push.body()).ok()?;
        let tenant = push.tenant().unwrap_or_default();
        let mut parts = vec![push.endpoint().as_bytes(), tenant.as_bytes()];
        for event in batch.events() {
            let attributes = event.attributes();
            parts.push(attributes.source().as_bytes());
            parts.push(attributes.id()?.as_bytes());
        }
        (!batch.events().is_empty()).then(|| Self::of(parts))
    }

    /// Of what is signed under both schemes: URL, timestamp and body, with the line feed that the form adds. So a push whose
    /// other signature was taken off, or whose last line feed was moved from the form to the body, is the same.
    #[must_use]
    pub fn of_signed_request(push: &Authentic) -> Self {
        let ending: &[u8] = if push.form() == Form::Reference { b"\n" } else { b"" };
        let timestamp = push.timestamp().as_millis().to_be_bytes();
        let body = Sha256::new_with_prefix(push.body()).chain_update(ending).finalize();
        Self::of([push.url().as_bytes(), &timestamp, &body])
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl BodyDigest {
    /// The digest of a body.
    #[must_use]
    pub fn of(body: &[u8]) -> Self {
        Self(Sha256::digest(body).into())
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

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
