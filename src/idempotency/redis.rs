//! A store on Redis or Valkey, for processes that share the work.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use redis::{
    Client, ConnectionInfo, IntoConnectionInfo, RedisError, Script,
    aio::{ConnectionManager, ConnectionManagerConfig},
};
use tokio::time;

use super::{
    key::{BodyDigest, IdempotencyKey},
    store::{Claim, Claimed, Committed, IdempotencyStore, LONGEST, StoreError, StoreFuture},
};

/// Keeps claims and what is done on a Redis or Valkey server. Cheap to clone; every clone shares one connection, which is
/// made at the first use and made anew when it is lost. Needs a tokio runtime.
///
/// Each operation is one script, so it is atomic; its keys share a hash tag, so that a proxy may spread them over a cluster (the
/// driver here does not follow a cluster's redirections itself). Leases end by the server's clock. What is promised rests on the server: one that loses what it acknowledged (without `appendfsync always`, or
/// at a failover) lets work be done again.
///
/// | what | default |
/// |---|---|
/// | one operation, and making the connection | 1 s, then the push is answered 503 |
/// | names of keys | `tower-eventbridge:{KEY}:BODY` and `tower-eventbridge:{KEY}`, in hexadecimal |
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    client: Client,
    prefix: String,
    timeout: Duration,
    manager: Mutex<Option<ConnectionManager>>,
    claim: Script,
    commit: Script,
    abandon: Script,
}

impl RedisStore {
    /// A store at `redis://user:password@host:port/database`; `rediss://` is over TLS, verified against the system's roots.
    /// Nothing is connected to yet.
    ///
    /// # Errors
    ///
    /// If the URL cannot be used. The error does not hold it.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Self::builder(url)?.build()
    }

    /// With settings of your own.
    ///
    /// # Errors
    ///
    /// If the URL cannot be used. The error does not hold it.
    pub fn builder(url: &str) -> Result<RedisStoreBuilder, StoreError> {
        let info = url.into_connection_info().map_err(|error| unusable(&error))?;
        if url.starts_with("rediss://") && rustls::crypto::CryptoProvider::get_default().is_none() {
            // Only if nobody has chosen one: the driver takes the process's.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        Ok(RedisStoreBuilder { info, prefix: DEFAULT_PREFIX.to_owned(), timeout: DEFAULT_TIMEOUT })
    }
}

/// Configures a [`RedisStore`].
#[must_use]
pub struct RedisStoreBuilder {
    info: ConnectionInfo,
    prefix: String,
    timeout: Duration,
}

impl RedisStoreBuilder {
    /// What the names of keys begin with. Default: `tower-eventbridge:`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How long one operation may take, and making the connection. Default: 1 s.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Builds the store. Nothing is connected to yet.
    ///
    /// # Errors
    ///
    /// If the URL cannot be used.
    pub fn build(self) -> Result<RedisStore, StoreError> {
        let client = Client::open(self.info).map_err(|error| unusable(&error))?;
        Ok(RedisStore {
            shared: Arc::new(Shared {
                client,
                prefix: self.prefix,
                timeout: self.timeout,
                manager: Mutex::default(),
                claim: Script::new(CLAIM),
                commit: Script::new(COMMIT),
                abandon: Script::new(ABANDON),
            }),
        })
    }
}

impl IdempotencyStore for RedisStore {
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            match shared.run(&shared.claim, claim, Some(lease)).await? {
                0 => Ok(Claimed::Owned),
                1 => Ok(Claimed::InFlight),
                2 => Ok(Claimed::Done),
                3 => Ok(Claimed::OwnedWithOtherBody),
                other => Err(StoreError::unavailable(format_args!("answered {other}"))),
            }
        })
    }

    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let committed = shared.run(&shared.commit, claim, Some(keep)).await?;
            Ok(if committed == 1 { Committed::Done } else { Committed::Lost })
        })
    }

    fn abandon(&self, claim: Claim) -> StoreFuture<()> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.run(&shared.abandon, claim, None).await.map(drop) })
    }
}

impl Shared {
    async fn run(
        &self,
        script: &Script,
        claim: Claim,
        expiry: Option<Duration>,
    ) -> Result<i64, StoreError> {
        let mut connection = self.manager()?;
        let mut invocation = script.prepare_invoke();
        invocation
            .key(self.name_of(claim.key, Some(claim.body)))
            .key(self.name_of(claim.key, None))
            .arg(&claim.owner.as_bytes()[..])
            .arg(&claim.body.as_bytes()[..]);
        if let Some(expiry) = expiry {
            // Redis refuses an expiry of nothing, and one beyond all years.
            let millis = expiry.min(LONGEST).as_millis();
            invocation.arg(u64::try_from(millis).unwrap_or(u64::MAX).max(1));
        }
        match time::timeout(self.timeout, invocation.invoke_async(&mut connection)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if error.is_timeout() {
                    self.forget_connection();
                }
                Err(StoreError::unavailable(error))
            }
            Err(_) => {
                self.forget_connection();
                let limit = self.timeout.as_millis();
                Err(StoreError::unavailable(format_args!("no answer within {limit} ms")))
            }
        }
    }

    fn manager(&self) -> Result<ConnectionManager, StoreError> {
        let mut kept = self.manager.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(manager) = &*kept {
            return Ok(manager.clone());
        }
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(self.timeout))
            .set_response_timeout(Some(self.timeout))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(500));
        let manager = ConnectionManager::new_lazy_with_config(self.client.clone(), config)
            .map_err(StoreError::unavailable)?;
        Ok(kept.insert(manager).clone())
    }

    /// A connection that does not answer may be dead without a word, and the driver would wait for the system to say so.
    fn forget_connection(&self) {
        *self.manager.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    fn name_of(&self, key: IdempotencyKey, body: Option<BodyDigest>) -> String {
        let mut name = format!("{}{{", self.prefix);
        let digits = |name: &mut String, bytes: &[u8]| {
            name.extend(bytes.iter().map(|byte| format!("{byte:02x}")));
        };
        digits(&mut name, key.as_bytes());
        name.push('}');
        if let Some(body) = body {
            name.push(':');
            digits(&mut name, body.as_bytes());
        }
        name
    }
}

/// Without the URL, which may hold a password.
fn unusable(error: &RedisError) -> StoreError {
    StoreError::unavailable(format_args!(
        "the URL of the store cannot be used: {}",
        error.category()
    ))
}

impl fmt::Debug for RedisStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisStore")
            .field("prefix", &self.shared.prefix)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for RedisStoreBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("RedisStoreBuilder")
            .field("prefix", &self.prefix)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

// The first key is of the work: `c` and the owner while it is claimed, `d` when it is done. The second is of the event: the
// first body that came under it, to tell when another comes.

const CLAIM: &str = r"
local held = redis.call('GET', KEYS[1])
if held == 'd' then return 2 end
if held then return 1 end
redis.call('SET', KEYS[1], 'c' .. ARGV[1], 'PX', ARGV[3])
local first = redis.call('GET', KEYS[2])
if not first then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
if first and first ~= ARGV[2] then return 3 end
return 0
";

const COMMIT: &str = r"
if redis.call('GET', KEYS[1]) ~= 'c' .. ARGV[1] then return 0 end
redis.call('SET', KEYS[1], 'd', 'PX', ARGV[3])
if redis.call('GET', KEYS[2]) == ARGV[2] then redis.call('PEXPIRE', KEYS[2], ARGV[3]) end
return 1
";

const ABANDON: &str = r"
if redis.call('GET', KEYS[1]) ~= 'c' .. ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
";

const DEFAULT_PREFIX: &str = "tower-eventbridge:";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
