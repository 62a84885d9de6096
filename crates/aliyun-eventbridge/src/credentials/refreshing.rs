//! Temporary credentials: kept until shortly before they expire, one refresh at a time.

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::Mutex;

use super::{Credentials, CredentialsFuture, CredentialsProvider};
use crate::clock::{Clock, SystemClock};

/// Fetches fresh credentials, from STS or a metadata service for example.
///
/// Closures that return [`CredentialsFuture`] are sources too.
pub trait CredentialsSource: Send + Sync + 'static {
    /// Fetches credentials and says when they expire by [`Credentials::expires_at`].
    fn fetch(&self) -> CredentialsFuture<'_>;
}

impl<F> CredentialsSource for F
where
    F: Fn() -> CredentialsFuture<'static> + Send + Sync + 'static,
{
    fn fetch(&self) -> CredentialsFuture<'_> {
        self()
    }
}

/// Keeps the credentials of a source until shortly before they expire.
///
/// One fetch runs at a time; others wait for its result. If a fetch fails while the kept
/// credentials are still valid, those are used.
pub struct RefreshingCredentials {
    source: Box<dyn CredentialsSource>,
    clock: Arc<dyn Clock>,
    before: Duration,
    kept: Mutex<Option<Credentials>>,
}

impl RefreshingCredentials {
    /// Returns a provider that fetches anew 3 minutes before the expiry, by the system's clock.
    #[must_use]
    pub fn new(source: impl CredentialsSource) -> Self {
        Self {
            source: Box::new(source),
            clock: Arc::new(SystemClock::new()),
            before: Duration::from_secs(180),
            kept: Mutex::new(None),
        }
    }

    /// Sets how long before the expiry credentials are fetched anew. Default: 3 minutes.
    #[must_use]
    pub fn refresh_before(mut self, before: Duration) -> Self {
        self.before = before;
        self
    }

    /// Sets the clock. Default: the system's.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    fn valid_for(&self, credentials: &Credentials) -> Option<Duration> {
        match credentials.expires() {
            None => Some(Duration::MAX),
            Some(expires) => expires.duration_since(self.clock.now()).ok(),
        }
    }
}

impl CredentialsProvider for RefreshingCredentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        Box::pin(async move {
            let mut kept = self.kept.lock().await;
            let left = kept.as_ref().and_then(|credentials| self.valid_for(credentials));
            if let (Some(credentials), Some(left)) = (kept.as_ref(), left)
                && left > self.before
            {
                return Ok(credentials.clone());
            }
            match (self.source.fetch().await, kept.as_ref(), left) {
                (Ok(fresh), _, _) => {
                    *kept = Some(fresh.clone());
                    Ok(fresh)
                }
                (Err(_), Some(old), Some(left)) if !left.is_zero() => Ok(old.clone()),
                (Err(error), _, _) => Err(error),
            }
        })
    }
}

impl fmt::Debug for RefreshingCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshingCredentials")
            .field("before", &self.before)
            .finish_non_exhaustive()
    }
}
