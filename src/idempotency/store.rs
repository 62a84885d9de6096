//! Where it is kept which events are being handled and which are done.

use std::{error::Error, fmt, pin::Pin, sync::Arc, time::Duration};

use super::key::{BodyDigest, IdempotencyKey};

/// What a store answers with.
pub type StoreFuture<T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send>>;

/// Keeps claims and what is done, by key and body: what becomes of one body under a key is no
/// matter of another's. Each operation is one atomic step.
///
/// A claim lapses after its lease, so that the work of a process that died is taken up again. An
/// error means "not now": the push is answered 503 and comes again.
pub trait IdempotencyStore: Send + Sync + 'static {
    /// Claims the work if nobody has and it is not done.
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed>;

    /// Says that the work is done, if the claim is still its owner's; it is remembered for `keep`.
    ///
    /// A commit that its owner repeats is answered as the first: the first answer may have been
    /// lost.
    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed>;

    /// Gives the claim back, if it is still its owner's: the work failed.
    fn abandon(&self, claim: Claim) -> StoreFuture<()>;
}

/// A claim on the handling of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claim {
    /// What tells the event.
    pub key: IdempotencyKey,
    /// What its body was.
    pub body: BodyDigest,
    /// Who claims it.
    pub owner: Owner,
}

impl Claim {
    /// A claim of a new owner.
    ///
    /// # Errors
    ///
    /// If the system has no randomness.
    pub fn new(key: IdempotencyKey, body: BodyDigest) -> Result<Self, StoreError> {
        Ok(Self { key, body, owner: Owner::random()? })
    }
}

/// The longest that a lease or a memory is taken to be: ten years.
pub(super) const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// Who claims: 16 random bytes, never the same twice.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Owner([u8; 16]);

impl Owner {
    fn random() -> Result<Self, StoreError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(StoreError::unavailable)?;
        Ok(Self(bytes))
    }

    /// The 16 bytes.
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

/// What became of a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claimed {
    /// It is the claimant's.
    Owned,
    /// Somebody else's is not over.
    InFlight,
    /// The work is done.
    Done,
    /// It is the claimant's, and the same key is known with another body.
    OwnedWithOtherBody,
}

/// What became of a commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Committed {
    /// It is remembered.
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
