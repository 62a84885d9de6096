//! Where it is kept which events are being handled and which are done.

use std::{fmt, pin::Pin, sync::Arc, time::Duration};

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

/// Why a store cannot answer now.
#[derive(Clone, Debug)]
pub struct StoreError {
    kind: StoreErrorKind,
    message: Arc<str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StoreErrorKind {
    Unavailable,
    Full,
}

impl StoreError {
    /// The store is down or slow; `cause` is for the operator and must hold no secret.
    #[must_use]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        Self { kind: StoreErrorKind::Unavailable, message: cause.to_string().into() }
    }

    /// There is no room for another claim.
    #[must_use]
    pub fn full(cause: impl fmt::Display) -> Self {
        Self { kind: StoreErrorKind::Full, message: cause.to_string().into() }
    }

    /// Whether there is no room for another claim.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.kind == StoreErrorKind::Full
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for StoreError {}
