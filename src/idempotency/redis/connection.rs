//! The connection that all operations share: made once for all that wait, forgotten when it leads
//! to the wrong server.

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
    /// Before this none is made.
    not_before: Option<Instant>,
    /// A successor is being made, while the connection is still used.
    replacing: bool,
}

/// One connection, perhaps still being made. Which one it is tells its address in memory:
/// forgetting an older one is nothing.
pub(super) struct Connection(watch::Receiver<Option<RedisResult<Link>>>);

impl Connection {
    /// Waits until it is made.
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

    /// The connection that is kept, or a new one that is being made.
    pub(super) fn connection(&self) -> Arc<Connection> {
        let mut kept = lock(&self.kept);
        if let Some(connection) = &kept.connection {
            return Arc::clone(connection);
        }
        let (sender, receiver) = watch::channel(None);
        let making = self.making(&mut kept);
        // Not by the operation that comes first: its time limit would end it for all the others.
        tokio::spawn(async move {
            sender.send_replace(Some(making.await));
        });
        let connection = Arc::new(Connection(receiver));
        kept.connection = Some(Arc::clone(&connection));
        connection
    }

    /// Makes a successor in the background, and keeps this connection until it stands: it may only
    /// be slow, or lead to a cluster of which one node is silent.
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

    /// Makes a connection, in its turn.
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

    /// Forgets this connection, and never a newer one. Operations that still use it are left to
    /// end.
    pub(super) fn forget(&self, connection: &Arc<Connection>) {
        let mut kept = lock(&self.kept);
        if kept.is(connection) {
            kept.connection = None;
        }
    }

    /// Connections are made this far apart at least, so that a store that is down is not run down
    /// by those who want it back.
    fn pause(&self) -> Duration {
        MADE_APART.min(self.timeout / 10)
    }
}

impl Kept {
    fn is(&self, connection: &Arc<Connection>) -> bool {
        self.connection.as_ref().is_some_and(|kept| Arc::ptr_eq(kept, connection))
    }
}

/// Ends the replacing, also where its task ends with its runtime.
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
