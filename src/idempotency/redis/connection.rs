//! Keeps the connection that all operations share. It is made once for all that wait, and forgotten
//! when it leads to the wrong server.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use redis::{ErrorKind, RedisError, RedisResult};
use tokio::{
    sync::watch,
    time::{self, Instant},
};

use super::{link::Link, target::Target};

/// Keeps the one connection. Operations that come while it is made wait for the same one.
pub(super) struct Keeper {
    target: Arc<Target>,
    timeout: Duration,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Default)]
struct Kept {
    connection: Option<Arc<Connection>>,
    /// The earliest time at which the next connection is made.
    not_before: Option<Instant>,
    /// Whether a successor is being made while the connection is still used.
    replacing: bool,
}

/// One connection, perhaps still being made. Its address in memory tells it from others, so that
/// forgetting an older connection has no effect.
pub(super) struct Connection(watch::Receiver<Option<RedisResult<Link>>>);

impl Connection {
    /// Waits until the connection stands, or could not be made.
    pub(super) async fn link(&self) -> RedisResult<Link> {
        let mut made = self.0.clone();
        let made = made.wait_for(Option::is_some).await.map(|made| made.clone());
        made.ok().flatten().unwrap_or_else(|| {
            Err(RedisError::from((ErrorKind::Io, "the runtime that made the connection ended")))
        })
    }
}

impl Keeper {
    pub(super) fn new(target: Target, timeout: Duration) -> Self {
        Self { target: Arc::new(target), timeout, kept: Arc::default() }
    }

    /// Returns the connection that is kept, or a new one that is being made.
    pub(super) fn connection(&self) -> Arc<Connection> {
        let mut kept = lock(&self.kept);
        if let Some(connection) = &kept.connection {
            return Arc::clone(connection);
        }
        let (sender, receiver) = watch::channel(None);
        let making = self.making(&mut kept);
        // A task of its own: the time limit of the first operation must not end it for the others.
        tokio::spawn(async move {
            sender.send_replace(Some(making.await));
        });
        let connection = Arc::new(Connection(receiver));
        kept.connection = Some(Arc::clone(&connection));
        connection
    }

    /// Makes a successor in the background, and keeps this connection until the successor stands.
    /// This connection may only be slow, or lead to a cluster of which one node is silent.
    pub(super) fn replace(&self, connection: &Arc<Connection>) {
        let mut kept = lock(&self.kept);
        if kept.replacing || !kept.is(connection) {
            return;
        }
        kept.replacing = true;
        let making = self.making(&mut kept);
        let (replacing, connection) = (Replacing(Arc::clone(&self.kept)), Arc::clone(connection));
        tokio::spawn(async move {
            let made = making.await;
            let mut kept = lock(&replacing.0);
            if made.is_ok() && kept.is(&connection) {
                let (_, receiver) = watch::channel(Some(made));
                kept.connection = Some(Arc::new(Connection(receiver)));
            }
        });
    }

    /// Makes a connection when its turn comes.
    fn making(&self, kept: &mut Kept) -> impl Future<Output = RedisResult<Link>> + use<> {
        let start = kept.not_before.unwrap_or_else(Instant::now).max(Instant::now());
        kept.not_before = Some(start + self.pause());
        let (target, timeout) = (Arc::clone(&self.target), self.timeout);
        async move {
            time::sleep_until(start).await;
            let made = time::timeout(timeout.saturating_mul(2), target.connect(timeout)).await;
            made.unwrap_or_else(|_| {
                Err(RedisError::from((ErrorKind::Io, "the connection was not made in time")))
            })
        }
    }

    /// Forgets this connection, and never a newer one. Operations that use it go on.
    pub(super) fn forget(&self, connection: &Arc<Connection>) {
        let mut kept = lock(&self.kept);
        if kept.is(connection) {
            kept.connection = None;
        }
    }

    /// Returns how far apart connections are made at least, so that receivers do not overload a
    /// store that is coming back.
    fn pause(&self) -> Duration {
        MADE_APART.min(self.timeout / 10)
    }
}

impl Kept {
    fn is(&self, connection: &Arc<Connection>) -> bool {
        self.connection.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, connection))
    }
}

/// Ends the replacing when it is dropped, also where its task ends with its runtime.
struct Replacing(Arc<Mutex<Kept>>);

impl Drop for Replacing {
    fn drop(&mut self) {
        lock(&self.0).replacing = false;
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

const MADE_APART: Duration = Duration::from_millis(100);

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use redis::{Value, parse_redis_value_async};
    use tokio::{io::AsyncWriteExt, task};

    use super::*;

    fn keeper(address: &str, timeout: Duration) -> Keeper {
        Keeper::new(Target::parse(&format!("redis://{address}")).unwrap(), timeout)
    }

    /// Says yes to all that makes a connection, and nothing to anything else.
    async fn server() -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut stream, mut decoder) = (stream, Default::default());
                    while let Ok(Value::Array(words)) =
                        parse_redis_value_async(&mut decoder, &mut stream).await
                    {
                        if words[0] != Value::BulkString(b"PING".to_vec()) {
                            stream.write_all(b"+OK\r\n").await.unwrap();
                        }
                    }
                });
            }
        });
        address
    }

    async fn replaced(keeper: &Keeper) {
        let over = async {
            while lock(&keeper.kept).replacing {
                task::yield_now().await;
            }
        };
        time::timeout(Duration::from_secs(20), over).await.expect("the replacing ends");
    }

    #[tokio::test(start_paused = true)]
    async fn connections_are_made_a_tenth_of_the_limit_apart_and_100_ms_at_most() {
        for (limit, apart) in [(500, 50), (1_000, 100), (20_000, 100)] {
            let keeper = keeper("127.0.0.1:1", Duration::from_millis(limit));
            let (mut kept, apart) = (Kept::default(), Duration::from_millis(apart));
            let began = Instant::now();
            for number in 1..4 {
                drop(keeper.making(&mut kept));
                assert_eq!(kept.not_before, Some(began + apart * number), "{limit}");
            }
            time::advance(Duration::from_secs(60)).await;
            drop(keeper.making(&mut kept));
            assert_eq!(kept.not_before, Some(Instant::now() + apart), "{limit}, after a rest");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_is_connected_to_before_its_turn() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let limit = Duration::from_secs(20);
        let keeper = keeper(&listener.local_addr().unwrap().to_string(), limit);
        let mut kept = Kept::default();
        drop(keeper.making(&mut kept));
        let second = tokio::spawn(keeper.making(&mut kept));
        // A task that waits for its turn has nothing to do; `advance` lets it run.
        time::advance(Duration::from_millis(99)).await;
        assert!(listener.accept().is_err(), "too early");
        listener.set_nonblocking(false).unwrap();
        time::advance(Duration::from_millis(2)).await;
        task::yield_now().await;
        listener.accept().unwrap();
        second.abort();
    }

    /// The driver's own limits are 500 ms for an answer and 1 s for a connection.
    #[tokio::test]
    async fn an_answer_may_take_the_time_of_an_operation() {
        let target = Target::parse(&format!("redis://{}", server().await)).unwrap();
        let limit = Duration::from_secs(20);
        let mut link = target.connect(limit).await.unwrap();
        time::pause();
        let began = Instant::now();
        let error = link.send::<()>(&redis::cmd("PING")).await.unwrap_err();
        assert!(error.is_timeout(), "{error}");
        assert_eq!(began.elapsed().as_secs(), limit.as_secs());
    }

    #[tokio::test]
    async fn a_successor_that_failed_takes_no_place() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let keeper = keeper(&listener.local_addr().unwrap().to_string(), Duration::from_secs(1));
        let (_, receiver) = watch::channel(None);
        let first = Arc::new(Connection(receiver));
        lock(&keeper.kept).connection = Some(Arc::clone(&first));
        drop(listener);
        keeper.replace(&first);
        replaced(&keeper).await;
        assert!(Arc::ptr_eq(&keeper.connection(), &first));
    }

    #[tokio::test]
    async fn a_successor_takes_the_place_of_its_own_predecessor_only() {
        let keeper = keeper(&server().await, Duration::from_secs(20));
        let first = keeper.connection();
        first.link().await.unwrap();
        keeper.replace(&first);
        keeper.forget(&first);
        let second = keeper.connection();
        second.link().await.unwrap();
        replaced(&keeper).await;
        assert!(Arc::ptr_eq(&keeper.connection(), &second));
        keeper.replace(&second);
        replaced(&keeper).await;
        assert!(!Arc::ptr_eq(&keeper.connection(), &second));
        keeper.connection().link().await.unwrap();
    }
}
