//! Certificates by their URL. Each is fetched once for all requests that need it, kept, and
//! refreshed in the background. None is fetched more often than the limits allow.

use std::{
    collections::{HashMap, hash_map::Entry},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use moka::sync::Cache;
use tokio::{runtime::Handle, sync::watch, time};

use super::{
    budget::{Budget, BudgetSpent},
    lifetime::{Failure, Fetched, Freshness},
};
use crate::{
    bounded_cache::bounded_cache,
    certificate::{
        parse::Certificate,
        source::{CertificateSource, FetchError},
        url::{AllowedUrl, UrlBasis},
    },
    clock::Clock,
    error_chain::WithCauses,
    telemetry::{self, metrics},
};

/// Keeps the certificates that pushes name. Cheap to clone; every clone is the same cache. Needs a
/// tokio runtime.
///
/// A fetch belongs to the cache and not to the request that asked for it, so it goes on when the
/// client disconnects. Requests for the same URL wait for the same fetch. No request waits for the
/// fetch of another URL's.
///
/// | what | limit |
/// |---|---|
/// | wait of one push for a fetch | 2 s, then [`CertificateUnavailable`] while the fetch goes on |
/// | one fetch | 5 s |
/// | a certificate is fresh | 1 h, then it is refreshed in the background |
/// | a certificate is used while its host is down | 24 h; 10 min after a 404 or 410 |
/// | pause after a failed fetch | 2 s, doubling to 30 s |
/// | certificates kept | 64, the least recently used one goes first |
/// | novel URLs fetched | 8 a minute, half of them for URLs that are asked for again and again |
///
/// Exact URLs and URLs that gave a certificate before are not novel. Ages are judged by the
/// [`Clock`] given.
#[derive(Clone)]
pub struct CertificateCache {
    shared: Arc<Shared>,
}

struct Shared {
    source: Box<dyn CertificateSource>,
    clock: Box<dyn Clock>,
    /// URLs that gave a certificate. Apart from the failures, so that a flood of bogus URLs pushes
    /// none out.
    fetched: Cache<AllowedUrl, Arc<Fetched>>,
    failures: Cache<AllowedUrl, Arc<Failure>>,
    fetches: Mutex<HashMap<AllowedUrl, watch::Receiver<Option<Outcome>>>>,
    budget: Mutex<Budget>,
    last_mismatch_fetch: Cache<AllowedUrl, SystemTime>,
}

/// How a fetch ended.
type Outcome = Result<Certificate, CertificateUnavailable>;

impl CertificateCache {
    /// Makes an empty cache in front of `source`.
    #[must_use]
    pub fn new(source: impl CertificateSource, clock: impl Clock) -> Self {
        Self {
            shared: Arc::new(Shared {
                source: Box::new(source),
                clock: Box::new(clock),
                fetched: bounded_cache(CAPACITY),
                failures: bounded_cache(CAPACITY),
                fetches: Mutex::default(),
                budget: Mutex::new(Budget::new()),
                last_mismatch_fetch: bounded_cache(CAPACITY),
            }),
        }
    }

    /// Returns the certificate at `url`: the cached one if it is usable, else a fetched one. Waits
    /// 2 s at most.
    ///
    /// # Errors
    ///
    /// Fails if the certificate is unavailable now. A later call may succeed.
    pub async fn get(&self, url: &AllowedUrl) -> Result<Certificate, CertificateUnavailable> {
        let shared = &self.shared;
        let now = shared.clock.now();
        if let Some(fetched) = shared.fetched.get(url) {
            match fetched.freshness(now) {
                Freshness::Fresh => {
                    metrics::certificate_lookup("fresh", url.host_label());
                    return Ok(fetched.certificate.clone());
                }
                Freshness::Stale => {
                    metrics::certificate_lookup("stale", url.host_label());
                    shared.refresh(url, now);
                    return Ok(fetched.certificate.clone());
                }
                Freshness::Expired => {}
            }
        }
        if let Some(failure) = shared.failures.get(url).filter(|failure| failure.holds_back(now)) {
            metrics::certificate_lookup("held-back", url.host_label());
            return Err(CertificateUnavailable::HeldBack(failure.error.clone()));
        }
        metrics::certificate_lookup("missing", url.host_label());
        let mut fetch = shared.fetch(url, now)?;
        let Ok(ended) = time::timeout(LONGEST_WAIT, fetch.wait_for(Option::is_some)).await else {
            return Err(CertificateUnavailable::StillFetching);
        };
        let outcome = ended.ok().and_then(|outcome| outcome.clone());
        outcome.unwrap_or_else(|| Err(CertificateUnavailable::Abandoned))
    }

    /// Says that a push did not match under the certificate that is kept for `url`. If that is
    /// older than a minute it may have been replaced: it is fetched anew in the background, at most
    /// once a minute.
    pub fn mismatched(&self, url: &AllowedUrl) {
        let shared = &self.shared;
        let now = shared.clock.now();
        let old = |fetched: Arc<Fetched>| fetched.may_have_been_replaced(now);
        let lately =
            |last: SystemTime| now.duration_since(last).is_ok_and(|since| since < MISMATCH_PAUSE);
        if !shared.fetched.get(url).is_some_and(old)
            || shared.last_mismatch_fetch.get(url).is_some_and(lately)
        {
            return;
        }
        shared.last_mismatch_fetch.insert(url.clone(), now);
        shared.refresh(url, now);
    }

    /// Returns the certificate that is kept for `url`, if it is not too old to be used. Nothing is
    /// fetched.
    #[must_use]
    pub fn kept(&self, url: &AllowedUrl) -> Option<Certificate> {
        let now = self.shared.clock.now();
        let kept = self.shared.fetched.get(url)?;
        (kept.freshness(now) != Freshness::Expired).then(|| kept.certificate.clone())
    }

    /// Starts a task that fetches these URLs now and keeps them fresh. The task ends with the last
    /// clone of the cache, or with the runtime in which this is called.
    ///
    /// # Panics
    ///
    /// Panics outside of a tokio runtime.
    pub fn keep_warm(&self, urls: impl IntoIterator<Item = AllowedUrl>) {
        self.keep_warm_with(urls.into_iter().collect(), ());
    }

    /// Does the same as [`keep_warm`](Self::keep_warm). The task holds `held` until it ends.
    pub(crate) fn keep_warm_with(&self, urls: Vec<AllowedUrl>, held: impl Send + 'static) {
        if urls.is_empty() {
            return;
        }
        let shared = Arc::downgrade(&self.shared);
        tokio::spawn(async move {
            let _held = held;
            let mut ticks = time::interval(WARM_INTERVAL);
            ticks.set_missed_tick_behavior(time::MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                let Some(shared) = shared.upgrade() else { return };
                urls.iter().for_each(|url| shared.warm(url));
            }
        });
    }
}

impl Shared {
    /// Fetches `url` unless it is fresh or a failure holds it back.
    fn warm(self: &Arc<Self>, url: &AllowedUrl) {
        let now = self.clock.now();
        let fresh = |fetched: Arc<Fetched>| fetched.freshness(now) == Freshness::Fresh;
        if !self.fetched.get(url).is_some_and(fresh) {
            self.refresh(url, now);
        }
    }

    /// Fetches `url` in the background unless a failure holds it back.
    fn refresh(self: &Arc<Self>, url: &AllowedUrl, now: SystemTime) {
        if self.failures.get(url).is_none_or(|failure| !failure.holds_back(now)) {
            // The refresh is in the background, so an exhausted budget concerns no request.
            let _ = self.fetch(url, now);
        }
    }

    /// Returns the fetch of `url` that is under way, or else a new one.
    fn fetch(
        self: &Arc<Self>,
        url: &AllowedUrl,
        now: SystemTime,
    ) -> Result<watch::Receiver<Option<Outcome>>, CertificateUnavailable> {
        let Ok(runtime) = Handle::try_current() else {
            return Err(CertificateUnavailable::NoRuntime);
        };
        let (sender, receiver) = watch::channel(None);
        match lock(&self.fetches).entry(url.clone()) {
            Entry::Occupied(under_way) => return Ok(under_way.get().clone()),
            Entry::Vacant(vacant) => {
                let novel = url.basis() == UrlBasis::Region && !self.fetched.contains_key(url);
                if novel {
                    lock(&self.budget).take(url, now).map_err(|BudgetSpent| {
                        metrics::certificate_fetch(
                            "budget-spent",
                            url.host_label(),
                            Duration::ZERO,
                        );
                        CertificateUnavailable::BudgetSpent
                    })?;
                }
                vacant.insert(receiver.clone());
            }
        }
        // Not under the lock: a runtime that shuts down drops the task at once, and its end takes
        // the lock.
        let ending = Ending { shared: Arc::downgrade(self), url: url.clone(), sender };
        runtime.spawn(Arc::clone(self).run_fetch(ending));
        Ok(receiver)
    }

    async fn run_fetch(self: Arc<Self>, ending: Ending) {
        let began = time::Instant::now();
        let fetched = time::timeout(LONGEST_FETCH, self.source.fetch(ending.url.clone())).await;
        let bytes =
            fetched.unwrap_or_else(|_| Err(FetchError::unavailable("no answer within 5 s")));
        let outcome = bytes.and_then(|bytes| certificate_of(&bytes));
        let word = if outcome.is_ok() { "ok" } else { "failed" };
        metrics::certificate_fetch(word, ending.url.host_label(), began.elapsed());
        let outcome = self.remember(&ending.url, outcome);
        ending.sender.send_replace(Some(outcome));
    }

    fn remember(&self, url: &AllowedUrl, outcome: Result<Certificate, FetchError>) -> Outcome {
        let now = self.clock.now();
        match outcome {
            Ok(certificate) => {
                let key = certificate.public_key_fingerprint();
                let same_key =
                    |kept: Arc<Fetched>| kept.certificate.public_key_fingerprint() == key;
                if !self.fetched.get(url).is_some_and(same_key) {
                    telemetry::new_key(&url.redacted(), url.host_label(), &key);
                    metrics::new_key(&key, certificate.not_after());
                }
                let fetched =
                    Fetched { certificate: certificate.clone(), fetched_at: now, gone_since: None };
                self.fetched.insert(url.clone(), Arc::new(fetched));
                self.fetched.run_pending_tasks();
                metrics::certificates_kept(self.fetched.entry_count());
                if self.failures.remove(url).is_some() {
                    telemetry::certificate_recovered(&url.redacted(), url.host_label());
                }
                Ok(certificate)
            }
            Err(error) => {
                let earlier = self.failures.get(url).map_or(0, |earlier| earlier.times);
                if earlier == 0 {
                    let (url, host) = (url.redacted(), url.host_label());
                    telemetry::certificate_unavailable(&url, host, &WithCauses(&error));
                }
                let times = earlier.saturating_add(1);
                let failure = Failure { failed_at: now, times, error: error.clone() };
                self.failures.insert(url.clone(), Arc::new(failure));
                if let Some(kept) = self.fetched.get(url).filter(|_| error.is_gone()) {
                    let gone_since = kept.gone_since.or(Some(now));
                    let gone = Fetched { gone_since, ..Fetched::clone(&kept) };
                    self.fetched.insert(url.clone(), Arc::new(gone));
                }
                Err(CertificateUnavailable::Failed(error))
            }
        }
    }
}

/// Takes a fetch off the list however it ends, by a panic of the source too.
struct Ending {
    shared: Weak<Shared>,
    url: AllowedUrl,
    sender: watch::Sender<Option<Outcome>>,
}

impl Drop for Ending {
    fn drop(&mut self) {
        if let Some(shared) = self.shared.upgrade() {
            lock(&shared.fetches).remove(&self.url);
        }
    }
}

/// Reads a certificate. An answer that is not one is an outage of its host, never a key.
fn certificate_of(bytes: &Bytes) -> Result<Certificate, FetchError> {
    Certificate::from_pem_or_der(bytes).map_err(FetchError::unavailable)
}

impl fmt::Debug for CertificateCache {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CertificateCache")
            .field("certificates", &self.shared.fetched.entry_count())
            .field("failures", &self.shared.failures.entry_count())
            .field("fetches", &lock(&self.shared.fetches).len())
            .finish_non_exhaustive()
    }
}

/// Says why a certificate is unavailable now. A later call may succeed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CertificateUnavailable {
    /// The fetch failed.
    Failed(FetchError),
    /// An earlier fetch failed, and the pause after it lasts.
    HeldBack(FetchError),
    /// The fetch goes on.
    StillFetching,
    /// The fetch ended without an outcome: its source panicked or its runtime ended.
    Abandoned,
    /// Too many novel URLs were asked for in this minute.
    BudgetSpent,
    /// The call is outside a tokio runtime, so nothing can be fetched.
    NoRuntime,
}

impl fmt::Display for CertificateUnavailable {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Failed(_) => "it cannot be fetched",
            Self::HeldBack(_) => "it could not be fetched lately",
            Self::StillFetching => "it is still being fetched",
            Self::Abandoned => "the fetch was abandoned",
            Self::BudgetSpent => "too many novel certificate URLs in this minute",
            Self::NoRuntime => "nothing is fetched outside a tokio runtime",
        })
    }
}

impl std::error::Error for CertificateUnavailable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Failed(error) | Self::HeldBack(error) => Some(error),
            Self::StillFetching | Self::Abandoned | Self::BudgetSpent | Self::NoRuntime => None,
        }
    }
}

/// Locks, also after a panic: no change under these locks can be left half done.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

const CAPACITY: u64 = 64;
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const LONGEST_FETCH: Duration = Duration::from_secs(5);
const MISMATCH_PAUSE: Duration = Duration::from_secs(60);
/// How often the exact URLs are looked at; a failed one is tried again as its pause allows.
const WARM_INTERVAL: Duration = Duration::from_secs(5);
