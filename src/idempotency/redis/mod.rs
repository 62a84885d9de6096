//! A store on Redis or Valkey, which several processes share.

mod answer;
mod link;
mod script;

mod target;

mod connection;

use std::{fmt, sync::Arc, time::Duration};

use redis::RedisError;
use tokio::time;

use self::{
    answer::{forgets_connection, has_no_script, may_connect_later, with_cure},
    connection::{Connection, Keeper},
    link::Link,
    script::{Operation, Scripts},
    target::Target,
};
use super::{
    key::IdempotencyKey,
    store::{Claim, Claimed, Committed, IdempotencyStore, LONGEST, StoreError, StoreFuture},
};

/// Keeps claims and what is done on a Redis or Valkey server. Cheap to clone; every clone shares
/// one connection, which is made at the first use. Needs a tokio runtime, and Redis 5 or later.
///
/// | URL | what it names |
/// |---|---|
/// | `redis://user:password@host:port/database` | one server, or an address that leads to the primary |
/// | `redis+cluster://user:password@host:port,host:port` | nodes of a cluster, of which one suffices; the others are found |
/// | `redis+sentinel://user:password@host:port,host:port/service/database` | sentinels, which are asked for the primary |
///
/// `rediss` in place of `redis` is over TLS, verified against the system's roots, to every node and
/// every sentinel. User, password and database are those of the servers. Sentinels have theirs as
/// `?sentinel_username=…&sentinel_password=…`, and ports without a number are 6379, and 26379 of
/// sentinels. The form is that of the Python package Redis-Sentinel-Url; the names of the
/// parameters are go-redis's.
///
/// Each operation is one script of one key, so it is atomic and the same in a cluster. Claims are
/// only made on a primary. Leases end by the server's clock.
///
/// The promise rests on the server. Work is done again if the server loses what it acknowledged:
/// without `appendfsync always`, or at a failover to a replica that lags.
///
/// The store forgets a connection that was lost, or that leads to a server that cannot serve. Such
/// a server is demoted or loading, asks for a password, or belongs to a cluster that is down. The
/// operation is then tried once more over a new connection, within its time limit. The second try
/// repeats nothing that the first one has done. A connection that gave no answer in time is used
/// until a new one stands.
///
/// | what | default |
/// |---|---|
/// | one operation, with its second try | 1 s, then the push is answered 503 |
/// | making the connection | twice that; concurrent operations share one; one each 100 ms at most |
/// | bodies remembered under one key | 1,024; others are handled at each try |
/// | names of keys | `tower-eventbridge:{KEY}`, in hexadecimal |
#[derive(Clone)]
pub struct RedisStore {
    shared: Arc<Shared>,
}

struct Shared {
    keeper: Keeper,
    prefix: String,
    timeout: Duration,
    scripts: Scripts,
}

impl RedisStore {
    /// Returns a store at a URL of one of the forms [above](Self). Nothing is connected to yet.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL cannot be used: it names no node, mixes schemes, or lacks the
    /// service of sentinels. The error does not hold the URL.
    pub fn new(url: &str) -> Result<Self, StoreError> {
        Self::builder(url)?.build()
    }

    /// Begins a store with other settings.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL cannot be used. The error does not hold the URL.
    pub fn builder(url: &str) -> Result<RedisStoreBuilder, StoreError> {
        let target = Target::parse(url)?;
        if target.over_tls() && rustls::crypto::CryptoProvider::get_default().is_none() {
            // The driver takes the process's provider; another thread may just have set one.
            let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        }
        Ok(RedisStoreBuilder {
            target,
            prefix: DEFAULT_PREFIX.to_owned(),
            timeout: DEFAULT_TIMEOUT,
        })
    }
}

/// Configures a [`RedisStore`].
#[must_use]
pub struct RedisStoreBuilder {
    target: Target,
    prefix: String,
    timeout: Duration,
}

impl RedisStoreBuilder {
    /// Sets what the names of keys begin with. Default: `tower-eventbridge:`.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Sets how long one operation may take, with its second try. Making the connection may take
    /// twice that. Default: 1 s.
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// Builds the store. Nothing is connected to yet.
    ///
    /// # Errors
    ///
    /// Returns no error today. [`RedisStore::builder`] says what is wrong with a URL.
    pub fn build(self) -> Result<RedisStore, StoreError> {
        Ok(RedisStore {
            shared: Arc::new(Shared {
                keeper: Keeper::new(self.target, self.timeout),
                prefix: self.prefix,
                timeout: self.timeout,
                scripts: Scripts::new(),
            }),
        })
    }
}

impl IdempotencyStore for RedisStore {
    fn claim(&self, claim: Claim, lease: Duration) -> StoreFuture<Claimed> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            match shared.run(&shared.scripts.claim, claim, Some(lease)).await? {
                0 => Ok(Claimed::Owned),
                1 => Ok(Claimed::InFlight),
                2 => Ok(Claimed::Done),
                3 => Ok(Claimed::OwnedWithOtherBody),
                other => Err(StoreError::unavailable(format!("the script answered {other}"))),
            }
        })
    }

    fn commit(&self, claim: Claim, keep: Duration) -> StoreFuture<Committed> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let committed = shared.run(&shared.scripts.commit, claim, Some(keep)).await?;
            Ok(if committed == 1 { Committed::Done } else { Committed::Lost })
        })
    }

    fn abandon(&self, claim: Claim) -> StoreFuture<()> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { shared.run(&shared.scripts.abandon, claim, None).await.map(drop) })
    }
}

impl Shared {
    async fn run(
        &self,
        operation: &Operation,
        claim: Claim,
        expiry: Option<Duration>,
    ) -> Result<i64, StoreError> {
        let key = self.name_of(claim.key);
        let mut arguments = vec![claim.owner.as_bytes().to_vec(), claim.body.as_bytes().to_vec()];
        if let Some(expiry) = expiry {
            // Redis accepts no expiry of 0 ms, and none beyond its range.
            let millis = u64::try_from(expiry.min(LONGEST).as_millis()).unwrap_or(u64::MAX).max(1);
            arguments.push(millis.to_string().into_bytes());
        }
        let mut used = None;
        let tries = self.try_twice(operation, &key, &arguments, &mut used);
        match time::timeout(self.timeout, tries).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                self.replace_silent(used);
                Err(StoreError::unavailable(with_cure(error)))
            }
            Err(_) => {
                self.replace_silent(used);
                let limit = self.timeout.as_millis();
                Err(StoreError::unavailable(format!("no answer within {limit} ms")))
            }
        }
    }

    /// Replaces a connection that owes an answer. It may be dead, and the driver would wait for the
    /// system to say so.
    fn replace_silent(&self, used: Option<Arc<Connection>>) {
        if let Some(connection) = used {
            self.keeper.replace(&connection);
        }
    }

    /// Tries once, and once more over a new connection if the first one led to the wrong server.
    /// Sets `used` to the connection that owes an answer.
    async fn try_twice(
        &self,
        operation: &Operation,
        key: &str,
        arguments: &[Vec<u8>],
        used: &mut Option<Arc<Connection>>,
    ) -> Result<i64, RedisError> {
        let mut again = true;
        loop {
            let connection = self.keeper.connection();
            let (error, hopeless) = match connection.link().await {
                Ok(link) => {
                    *used = Some(Arc::clone(&connection));
                    match send(link, operation, key, arguments).await {
                        Ok(answer) => return Ok(answer),
                        Err(error) if error.is_timeout() => return Err(error),
                        Err(error) if !forgets_connection(&error) => {
                            *used = None;
                            return Err(error);
                        }
                        Err(error) => (error, false),
                    }
                }
                Err(error) => {
                    let hopeless = !may_connect_later(&error);
                    (error, hopeless)
                }
            };
            *used = None;
            self.keeper.forget(&connection);
            if hopeless || !std::mem::take(&mut again) {
                return Err(error);
            }
        }
    }

    fn name_of(&self, key: IdempotencyKey) -> String {
        let mut name = format!("{}{{", self.prefix);
        name.extend(key.as_bytes().iter().map(|byte| format!("{byte:02x}")));
        name.push('}');
        name
    }
}

async fn send(
    mut link: Link,
    operation: &Operation,
    key: &str,
    arguments: &[Vec<u8>],
) -> Result<i64, RedisError> {
    match link.send(&operation.by_digest(key, arguments)).await {
        Err(error) if has_no_script(&error) => link.send(&operation.by_text(key, arguments)).await,
        answered => answered,
    }
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

const DEFAULT_PREFIX: &str = "tower-eventbridge:";
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1);
