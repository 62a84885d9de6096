//! Reads what a URL names: a server, the nodes of a cluster, or sentinels that know the primary.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use redis::{
    Client, ConnectionAddr, ConnectionInfo, ErrorKind, IntoConnectionInfo, RedisError, RedisResult,
    TlsMode,
    cluster::{ClusterClient, ClusterClientBuilder},
    sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType},
};
use tokio::task::JoinSet;

use super::{
    super::store::StoreError,
    link::{Link, config, of_one_node},
};

pub(super) enum Target {
    Server(Box<Client>),
    Cluster(Vec<ConnectionInfo>),
    Sentinel(Sentinels),
}

pub(super) struct Sentinels {
    nodes: Vec<ConnectionInfo>,
    service: String,
    database: i64,
    username: Option<String>,
    password: Option<String>,
}

impl Target {
    /// Reads a URL. No error holds a part of it, because it may hold passwords.
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let (scheme, rest) =
            url.split_once("://").ok_or_else(|| StoreError::unusable_url("it has no scheme"))?;
        let scheme = scheme.to_ascii_lowercase();
        match scheme.as_str() {
            "redis+cluster" | "valkey+cluster" => Self::cluster("redis", rest),
            "rediss+cluster" | "valkeys+cluster" => Self::cluster("rediss", rest),
            "redis+sentinel" | "valkey+sentinel" => Self::sentinel("redis", rest),
            "rediss+sentinel" | "valkeys+sentinel" => Self::sentinel("rediss", rest),
            _ => {
                if List::of(rest)?.nodes.contains(',') && !scheme.contains("unix") {
                    return Err(StoreError::unusable_url(
                        "it names several nodes: begin it with redis+cluster:// or \
                         redis+sentinel://",
                    ));
                }
                let client = Client::open(url).map_err(|error| unusable(&error))?;
                Ok(Self::Server(Box::new(client)))
            }
        }
    }

    fn cluster(scheme: &str, rest: &str) -> Result<Self, StoreError> {
        let list = List::of(rest)?;
        if !matches!(list.path, "" | "0") {
            return Err(StoreError::unusable_url("a cluster has no database but 0"));
        }
        if list.query.is_some() {
            return Err(StoreError::unusable_url("a cluster has no parameters"));
        }
        let nodes = list.infos(scheme, DEFAULT_PORT)?;
        cluster_client(&nodes, Duration::from_secs(1)).map_err(|error| unusable(&error))?;
        Ok(Self::Cluster(nodes))
    }

    fn sentinel(scheme: &str, rest: &str) -> Result<Self, StoreError> {
        let list = List::of(rest)?;
        let (service, database) = list.path.split_once('/').unwrap_or((list.path, ""));
        let service = decoded(service)?;
        if service.is_empty() {
            return Err(StoreError::unusable_url(
                "it names no service: redis+sentinel://HOST:PORT,HOST:PORT/SERVICE-NAME",
            ));
        }
        let database = match database {
            "" => 0,
            digits => digits
                .parse::<u16>()
                .map_err(|_| StoreError::unusable_url("its database is not a number"))?
                .into(),
        };
        let (mut username, mut password) = (None, None);
        for parameter in list.query.unwrap_or_default().split('&').filter(|text| !text.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let place = match name {
                "sentinel_username" => &mut username,
                "sentinel_password" => &mut password,
                _ => {
                    return Err(StoreError::unusable_url(
                        "its parameters are sentinel_username and sentinel_password",
                    ));
                }
            };
            if place.replace(decoded(value)?).is_some() {
                return Err(StoreError::unusable_url("it has a parameter twice"));
            }
        }
        let nodes = list.infos(scheme, DEFAULT_SENTINEL_PORT)?;
        let sentinels = Sentinels { nodes, service, database, username, password };
        sentinels.clients().map_err(|error| unusable(&error))?;
        Ok(Self::Sentinel(sentinels))
    }

    pub(super) fn over_tls(&self) -> bool {
        let over_tls = |info: &ConnectionInfo| matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        match self {
            Self::Server(client) => over_tls(client.get_connection_info()),
            Self::Cluster(nodes) | Self::Sentinel(Sentinels { nodes, .. }) => {
                nodes.iter().any(over_tls)
            }
        }
    }

    /// Connects to a server, to a whole cluster, or to the primary that the sentinels name. That
    /// primary has confirmed that it is one.
    pub(super) async fn connect(&self, timeout: Duration) -> RedisResult<Link> {
        match self {
            Self::Server(client) => {
                let config = config(timeout, timeout);
                client.get_multiplexed_async_connection_with_config(&config).await.map(Link::Server)
            }
            Self::Cluster(nodes) => {
                let client = cluster_client(nodes, timeout)?;
                client.get_async_connection().await.map(Link::Cluster)
            }
            Self::Sentinel(sentinels) => {
                let config = config(timeout, of_one_node(timeout));
                // All are asked at once, so that a silent one does not cost the others their time.
                let mut asked = JoinSet::new();
                for mut client in sentinels.clients()? {
                    let config = config.clone();
                    asked.spawn(
                        async move { client.get_async_connection_with_config(&config).await },
                    );
                }
                let mut error = (ErrorKind::EmptySentinelList, "no sentinel").into();
                while let Some(answer) = asked.join_next().await {
                    match answer {
                        Ok(Ok(link)) => return Ok(Link::Server(link)),
                        Ok(Err(other)) => error = other,
                        // The task panicked; the others may succeed.
                        Err(_) => {}
                    }
                }
                Err(error)
            }
        }
    }
}

fn cluster_client(nodes: &[ConnectionInfo], timeout: Duration) -> RedisResult<ClusterClient> {
    // Claims are only made on primaries, so replicas are not read from.
    ClusterClientBuilder::new(nodes.iter().cloned())
        .connection_timeout(of_one_node(timeout))
        .response_timeout(timeout)
        .retries(REDIRECTIONS)
        .min_retry_wait(10)
        .max_retry_wait(100)
        .build()
}

impl Sentinels {
    /// Makes a client for each sentinel.
    fn clients(&self) -> RedisResult<Vec<SentinelClient>> {
        self.nodes.iter().map(|node| self.client(node)).collect()
    }

    fn client(&self, node: &ConnectionInfo) -> RedisResult<SentinelClient> {
        let primary = SentinelServerType::Master;
        let address = [node.addr().clone()];
        let mut builder = SentinelClientBuilder::new(address, &self.service, primary)?
            .set_client_to_redis_db(self.database);
        if matches!(node.addr(), ConnectionAddr::TcpTls { .. }) {
            builder = builder.set_client_to_redis_tls_mode(TlsMode::Secure);
        }
        if let Some(username) = node.redis_settings().username() {
            builder = builder.set_client_to_redis_username(username);
        }
        if let Some(password) = node.redis_settings().password() {
            builder = builder.set_client_to_redis_password(password);
        }
        if let Some(username) = &self.username {
            builder = builder.set_client_to_sentinel_username(username);
        }
        if let Some(password) = &self.password {
            builder = builder.set_client_to_sentinel_password(password);
        }
        builder.build()
    }
}

/// The parts after the scheme: `[user:password@]host:port,host:port[/path][?query]`.
struct List<'a> {
    credentials: Option<&'a str>,
    nodes: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> List<'a> {
    fn of(rest: &'a str) -> Result<Self, StoreError> {
        if rest.contains("://") {
            return Err(StoreError::unusable_url(
                "it has a scheme more than once: name it before the first node only",
            ));
        }
        let (rest, query) = match rest.split_once('?') {
            Some((rest, query)) => (rest, Some(query)),
            None => (rest, None),
        };
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, nodes) = match authority.split_once('@') {
            Some((credentials, nodes)) => (Some(credentials), nodes),
            None => (None, authority),
        };
        Ok(Self { credentials, nodes, path: path.trim_end_matches('/'), query })
    }

    /// Returns the nodes, each with the credentials.
    fn infos(&self, scheme: &str, port: u16) -> Result<Vec<ConnectionInfo>, StoreError> {
        if self.nodes.is_empty() {
            return Err(StoreError::unusable_url(
                "it names no node: HOST:PORT,HOST:PORT after the scheme",
            ));
        }
        if self.nodes.contains('@') {
            return Err(StoreError::unusable_url(
                "its credentials stand before the first node only, and @ in them is %40",
            ));
        }
        if [self.nodes, self.path].iter().any(|part| part.contains('#'))
            || self.query.is_some_and(|query| query.contains('#'))
        {
            return Err(StoreError::unusable_url(
                "it has no fragment, and # in credentials is %23",
            ));
        }
        let credentials = self.credentials.map(|text| format!("{text}@")).unwrap_or_default();
        let info = |node: &str| {
            let (host, given) = match node.rsplit_once(':') {
                Some((host, port)) if !port.contains(']') => (host, Some(port)),
                _ => (node, None),
            };
            let port = match given {
                Some(digits) => digits.parse().ok().filter(|port| *port > 0),
                None => Some(port),
            };
            let Some(port) = port else {
                return Err(StoreError::unusable_url("the port of a node is not 1 to 65535"));
            };
            if host.is_empty() {
                return Err(StoreError::unusable_url(
                    "a node of it has no host: HOST:PORT,HOST:PORT",
                ));
            }
            let url = format!("{scheme}://{credentials}{host}:{port}");
            url.into_connection_info().map_err(|error| unusable(&error))
        };
        self.nodes.split(',').map(info).collect()
    }
}

fn decoded(text: &str) -> Result<String, StoreError> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| StoreError::unusable_url("a part of it is not UTF-8"))
}

/// Without the driver's own text, which may hold a part of the URL.
fn unusable(error: &RedisError) -> StoreError {
    StoreError::unusable_url(error.category())
}

const DEFAULT_PORT: u16 = 6379;
const DEFAULT_SENTINEL_PORT: u16 = 26379;
/// How often a cluster may send an operation on to another node, while slots move. The operation's
/// time limit holds for all of them together.
const REDIRECTIONS: u32 = 8;
