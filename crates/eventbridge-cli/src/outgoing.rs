//! Sends requests to a URL that an option gives, and reports the status.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use reqwest::{Client, Url, redirect, retry};

use crate::{
    config_error::{chain, is_refused},
    usage::UsageError,
};

/// Where requests go. Redirects are not followed, and nothing is tried again.
pub struct Outgoing {
    client: Client,
    to: Url,
    if_nobody_listens: Option<String>,
}

impl Outgoing {
    /// Reads the URL of `--to`.
    pub fn new(to: &str) -> Result<Self, UsageError> {
        let to = parse_target(to)?;
        let mut client = Client::builder()
            .tls_backend_rustls()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT)
            .user_agent("tower-eventbridge-push");
        if to.scheme() == "http" {
            // No TLS, so a machine without TLS roots will do.
            client = client.tls_certs_only([]);
        }
        let client = client.build().map_err(|error| UsageError::new("--to", chain(&error)))?;
        Ok(Self { client, to, if_nobody_listens: None })
    }

    /// Takes what to do about a refused connection.
    pub fn if_nobody_listens(mut self, cure: Option<String>) -> Self {
        self.if_nobody_listens = cure;
        self
    }

    /// POSTs a body. `Err` says why there was no answer.
    pub async fn post(&self, mut headers: HeaderMap, body: Bytes) -> Result<StatusCode, String> {
        // The host that is signed is not always the one that is asked.
        headers.remove(http::header::HOST);
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            match self.if_nobody_listens.as_ref().filter(|_| is_refused(&error)) {
                Some(cure) => format!("{}: {cure}", chain(&error)),
                None => chain(&error),
            }
        };
        let request = self.client.post(self.to.clone()).headers(headers).body(body);
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        // Read to its end, so that the connection is used again.
        response.bytes().await.map_err(failed)?;
        Ok(status)
    }
}

/// Rejects a URL that cannot be sent as it stands: another path would arrive than the one written.
fn parse_target(text: &str) -> Result<Url, UsageError> {
    let problem = |reason: &str| UsageError::new("--to", reason);
    let uri: Uri = text.parse().map_err(|_| problem("is not a URL"))?;
    let url: Url = text.parse().map_err(|_| problem("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(problem("must begin with http:// or https:// and name a host"));
    }
    let written = uri.path_and_query().map_or("/", |target| target.as_str());
    let sent = url
        .query()
        .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    if written != sent || url.fragment().is_some() {
        return Err(problem("its path or query cannot be sent as it stands"));
    }
    Ok(url)
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longer than a receiver takes to say that it could not handle the event.
const TIMEOUT: Duration = Duration::from_secs(60);
