//! Settings of a client.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use super::{
    client::{Client, Inner},
    retry::RetryPolicy,
};
use crate::{
    clock::{Clock, SystemClock},
    credentials::CredentialsProvider,
    endpoint::{self, Endpoint},
    field::{self, InvalidField},
    http::HttpClient,
    operation::Protocol,
    random::{Random, SystemRandom},
};

/// Collects the settings of a [`Client`].
#[must_use]
pub struct ClientBuilder {
    protocol: Protocol,
    endpoint: Endpoint,
    credentials: Arc<dyn CredentialsProvider>,
    http: Option<Arc<dyn HttpClient>>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    retry: RetryPolicy,
    deadline: Duration,
    attempt_time: Duration,
    most_answer_bytes: usize,
    user_agent: String,
    region: Option<String>,
}

impl Client {
    /// Begins a client.
    pub fn builder(
        protocol: Protocol,
        endpoint: Endpoint,
        credentials: impl CredentialsProvider,
    ) -> ClientBuilder {
        ClientBuilder::new(protocol, endpoint, Arc::new(credentials))
    }
}

impl ClientBuilder {
    fn new(
        protocol: Protocol,
        endpoint: Endpoint,
        credentials: Arc<dyn CredentialsProvider>,
    ) -> Self {
        Self {
            protocol,
            endpoint,
            credentials,
            http: None,
            clock: Arc::new(SystemClock::new()),
            random: Arc::new(SystemRandom::new()),
            retry: RetryPolicy::default(),
            deadline: Duration::from_secs(30),
            attempt_time: Duration::from_secs(10),
            most_answer_bytes: 4 << 20,
            user_agent: concat!("aliyun-eventbridge-rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            region: None,
        }
    }

    /// Sets what sends requests. Default: reqwest, with the feature `reqwest`.
    pub fn http_client(mut self, client: impl HttpClient) -> Self {
        self.http = Some(Arc::new(client));
        self
    }

    /// Sets the wall clock. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Sets the source of nonces, event ids and jitter. Default: the system's.
    pub fn random(mut self, random: impl Random) -> Self {
        self.random = Arc::new(random);
        self
    }

    /// Sets how often and how soon a request is sent again. Default: 4 attempts.
    pub const fn retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// Sets the time of a call, all attempts and waits included. Default: 30 s.
    pub const fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the time of one attempt, its credentials included. Default: 10 s.
    pub const fn attempt_time(mut self, time: Duration) -> Self {
        self.attempt_time = time;
        self
    }

    /// Sets the most bytes of an answer. Default: 4 MiB.
    pub const fn most_answer_bytes(mut self, most: usize) -> Self {
        self.most_answer_bytes = most;
        self
    }

    /// Sets the header `user-agent`, which ACS3 signs.
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Sets the region id that the `openapi` protocol names in `x-eventbridge-regionId`. Default:
    /// none.
    pub fn region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Returns the client.
    ///
    /// # Errors
    ///
    /// Fails without an HTTP client, and if the user agent or region cannot be a header.
    pub fn build(self) -> Result<Client, ConfigError> {
        field::charset("user agent", &self.user_agent, "visible ASCII and spaces", |_, c| {
            c.is_ascii_graphic() || c == ' '
        })
        .map_err(ConfigError::Invalid)?;
        if let Some(region) = &self.region {
            endpoint::region_id(region).map_err(ConfigError::Invalid)?;
        }
        let http = match self.http {
            Some(http) => http,
            None => default_http_client()?,
        };
        Ok(Client {
            inner: Arc::new(Inner {
                protocol: self.protocol,
                endpoint: self.endpoint,
                credentials: self.credentials,
                http,
                clock: self.clock,
                random: self.random,
                retry: self.retry,
                deadline: self.deadline,
                attempt_time: self.attempt_time,
                most_answer_bytes: self.most_answer_bytes,
                user_agent: self.user_agent,
                region: self.region,
            }),
        })
    }
}

#[cfg(feature = "reqwest")]
fn default_http_client() -> Result<Arc<dyn HttpClient>, ConfigError> {
    match crate::http::ReqwestClient::new() {
        Ok(client) => Ok(Arc::new(client)),
        Err(error) => Err(ConfigError::Http(error)),
    }
}

#[cfg(not(feature = "reqwest"))]
fn default_http_client() -> Result<Arc<dyn HttpClient>, ConfigError> {
    Err(ConfigError::NoHttpClient)
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("protocol", &self.protocol)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

/// Says why there is no client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// A setting cannot be sent.
    Invalid(InvalidField),
    /// No HTTP client is given, and the feature `reqwest` is off.
    NoHttpClient,
    /// The default HTTP client cannot be set up.
    Http(crate::http::HttpError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invalid(_) => f.write_str("a setting of the client is invalid"),
            Self::NoHttpClient => {
                f.write_str("no HTTP client: give one, or turn the feature `reqwest` on")
            }
            Self::Http(_) => f.write_str("the HTTP client cannot be set up"),
        }
    }
}

impl Error for ConfigError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Invalid(field) => Some(field),
            Self::NoHttpClient => None,
            Self::Http(error) => Some(error),
        }
    }
}
