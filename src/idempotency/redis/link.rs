//! A connection to a server or to a cluster, and its time limits.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, RedisResult,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};

/// A connection that is made, to whatever the URL names. Cheap to clone.
#[derive(Clone)]
pub(super) enum Link {
    Server(MultiplexedConnection),
    Cluster(ClusterConnection),
}

impl Link {
    pub(super) async fn send<T: FromRedisValue>(&mut self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::Server(link) => query(link, command).await,
            Self::Cluster(link) => query(link, command).await,
        }
    }
}

async fn query<T: FromRedisValue>(link: &mut impl ConnectionLike, command: &Cmd) -> RedisResult<T> {
    command.query_async(link).await
}

/// Half of an operation's time, so that one node of several that does not answer leaves time for
/// the others.
pub(super) fn of_one_node(timeout: Duration) -> Duration {
    timeout / 2
}

pub(super) fn config(timeout: Duration, connect: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(connect))
        .set_response_timeout(Some(timeout))
}
