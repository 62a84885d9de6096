//! A connection to a server or to a cluster, and its time limits.

use std::time::Duration;

use redis::{
    AsyncConnectionConfig, Cmd, FromRedisValue, RedisResult,
    aio::{ConnectionLike, MultiplexedConnection},
    cluster_async::ClusterConnection,
};

/// A connection that stands, to what the URL names. Cheap to clone.
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

/// Returns the time limit of one node of several: half of an operation's, so that a silent node
/// leaves time for the others.
pub(super) fn of_one_node(timeout: Duration) -> Duration {
    timeout / 2
}

pub(super) fn config(timeout: Duration, connect: Duration) -> AsyncConnectionConfig {
    AsyncConnectionConfig::new()
        .set_connection_timeout(Some(connect))
        .set_response_timeout(Some(timeout))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_node_of_several_gets_half_the_time() {
        assert_eq!(of_one_node(Duration::from_secs(3)), Duration::from_millis(1_500));
    }
}
