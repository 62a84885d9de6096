//! The trait of stores, which keep which events are being handled and which are done.

use std::{error::Error, fmt, pin::Pin, sync::Arc, time::Duration};

use super::key::{BodyDigest, IdempotencyKey};

/// Resolves to the outcome of an operation of a store.
pub type StoreFuture<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Keeps claims and what is done, by key and body. Two bodies under one key do not affect each
/// other. Each operation is one atomic step.
///
/// A claim lapses after its lease, so that the work of a process that died is taken up again. After
/// an error the push is answered 503, and EventBridge sends it again.
pub trait IdempotencyStore: Send + Sync + 'static {
    /// Claims the work if nobody has claimed it and it is not done.
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed>;

    /// Marks the work as done for the duration `keep`, if the claim is still its owner's.
    ///
    /// A commit that its owner repeats is answered as the first, because the first answer may have
    /// been lost.
    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed>;

    /// Gives the claim back after the work failed, if the claim is still its owner's.
    fn abandon(&self, claim: Claim) -> StoreFuture<()>;
}

/// Holds a claim on the handling of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// Names the event.
    pub key: IdempotencyKey,
    /// Names the body of the event.
    pub body: BodyDigest,
    /// Names who claims the event.
    pub owner: Owner,
}

impl Claim {
    /// Makes a claim of a new owner.
    ///
    /// # Errors
    ///
    /// Returns an error if the system has no randomness.
    pub fn new(key: IdempotencyKey, body: BodyDigest) -> Result<Self, StoreError> {
        Ok(Self { key, body, owner: Owner::random()? })
    }
}

/// The longest lease and the longest memory: ten years. Longer ones are cut to it.
pub(super) const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Tells one claimant from another: 16 random bytes, never the same twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Owner([u8; 16]);

impl Owner {
    fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(StoreError::unavailable)?;
        Ok(Self(bytes))
    }

    /// Returns the 16 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().take(4).try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

/// Says what became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claimed {
    /// The claim is the claimant's.
    Owned,
    /// Somebody else claimed the work, and that claim has not lapsed.
    InFlight,
    /// The work is done.
    Done,
    /// The claim is the claimant's, and the same key is known with another body.
    OwnedWithOtherBody,
}

/// Says what became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Committed {
    /// The store remembers that the work is done.
    Done,
    /// The claim had lapsed or was gone: the work may be done again.
    Lost,
}

/// Says why a store cannot answer now, or cannot be made. Its [`source`](Error::source) is the
/// cause. Cheap to clone.
#[derive(Clone, Debug)]
pub struct StoreError(Reason);

#[derive(Clone, Debug)]
enum Reason {
    Unavailable(Arc<dyn Error + Send + Sync>),
    Full(Arc<dyn Error + Send + Sync>),
    /// Without the URL and the driver's error about it: both may hold a password.
    #[cfg(feature = "redis")]
    Url(Arc<str>),
}

impl StoreError {
    /// Makes the error of a store that is down or slow. `cause`, an error or text, is for the
    /// operator and must hold no secret.
    #[must_use]
    pub fn unavailable(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Reason::Unavailable(cause.into().into()))
    }

    /// Makes the error of a store that has no room for another claim. `cause`, an error or text,
    /// is for the operator and must hold no secret.
    #[must_use]
    pub fn full(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Reason::Full(cause.into().into()))
    }

    /// Makes the error of a store whose URL cannot be used.
    #[cfg(feature = "redis")]
    pub(super) fn unusable_url(reason: &str) -> Self {
        Self(Reason::Url(reason.into()))
    }

    /// Returns whether the store has no room for another claim.
    #[must_use]
    pub fn is_full(&self) -> bool {
        matches!(self.0, Reason::Full(_))
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Unavailable(_) => formatter.write_str("the store is unavailable"),
            Reason::Full(_) => formatter.write_str("the store has no room for another claim"),
            #[cfg(feature = "redis")]
            Reason::Url(reason) => {
                write!(formatter, "the URL of the store cannot be used: {reason}")
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0 {
            Reason::Unavailable(cause) | Reason::Full(cause) => Some(&**cause),
            #[cfg(feature = "redis")]
            Reason::Url(_) => None,
        }
    }
}
