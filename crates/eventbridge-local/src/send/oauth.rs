//! Access tokens of OAuth servers (RFC 6749, section 4.4), kept until they expire.
//!
//! Id and secret of the client are parameters of the URL, as the vendor's open-source sender has
//! them. The connection's own parameters go where it says.

use std::{collections::HashMap, sync::Arc, time::Duration};

use aliyun_eventbridge::{
    connections::{OAuthParameter, OAuthParameters},
    secret::Secret,
    sign::acs3,
};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;
use tokio::{sync::Mutex, time::Instant};

use super::client::{self, Client};
use crate::attempt::AttemptFailure;

/// A token whose server does not say how long it lasts is kept this long.
const DEFAULT_LIFE: Duration = Duration::from_secs(300);
/// A token is not used in the last seconds of its life.
const MARGIN: Duration = Duration::from_secs(5);
/// No token is kept longer than a day.
const LONGEST_LIFE: Duration = Duration::from_secs(86_400);

/// Tokens by the names of their connections.
pub(super) struct Tokens {
    most: usize,
    kept: Mutex<HashMap<String, Arc<Mutex<Option<Kept>>>>>,
}

struct Kept {
    token: Secret,
    until: Instant,
}

#[derive(Deserialize)]
struct Granted {
    access_token: Secret,
    expires_in: Option<u64>,
}

impl Tokens {
    pub(super) fn new(most: usize) -> Self {
        Self { most, kept: Mutex::default() }
    }

    /// Returns the token of a connection. Requests that need it together wait for one fetch.
    pub(super) async fn token(
        &self,
        connection: &str,
        parameters: &OAuthParameters,
        client: &Client,
    ) -> Result<Secret, AttemptFailure> {
        let place = {
            let mut kept = self.kept.lock().await;
            if kept.len() >= self.most && !kept.contains_key(connection) {
                kept.clear();
            }
            Arc::clone(kept.entry(connection.to_owned()).or_default())
        };
        let mut place = place.lock().await;
        if let Some(kept) = place.as_ref().filter(|kept| Instant::now() < kept.until) {
            return Ok(kept.token.clone());
        }
        let granted = fetched(parameters, client).await?;
        let life = granted.expires_in.map_or(DEFAULT_LIFE, Duration::from_secs).min(LONGEST_LIFE);
        let until = Instant::now() + life.saturating_sub(MARGIN);
        *place = Some(Kept { token: granted.access_token.clone(), until });
        Ok(granted.access_token)
    }

    /// Forgets the token of a connection: the target rejected it, or the connection changed.
    pub(super) async fn forget(&self, connection: &str) {
        self.kept.lock().await.remove(connection);
    }
}

async fn fetched(parameters: &OAuthParameters, client: &Client) -> Result<Granted, AttemptFailure> {
    let failed = |reason: &dyn std::fmt::Display| {
        AttemptFailure::new(format_args!("the OAuth server gives no token: {reason}"))
    };
    let http = &parameters.http_parameters;
    let mut query = form(&http.query_string_parameters);
    let own = &parameters.client_parameters;
    for (name, value) in
        [("client_id", own.client_id.as_str()), ("client_secret", own.client_secret.expose())]
    {
        add(&mut query, name, value);
    }
    let endpoint = &parameters.authorization_endpoint;
    let joint = if endpoint.contains('?') { '&' } else { '?' };
    let url = client::sendable(&format!("{endpoint}{joint}{query}"))?;
    let mut headers = HeaderMap::new();
    for OAuthParameter { key, value, .. } in &http.header_parameters {
        let name = HeaderName::from_bytes(key.as_bytes());
        let name = name.map_err(|_| failed(&"a header parameter has a name that none can have"))?;
        let value = HeaderValue::from_str(value.expose());
        let value = value.map_err(|_| failed(&"a header parameter cannot stand in a header"))?;
        headers.insert(name, value);
    }
    let body = form(&http.body_parameters);
    if !body.is_empty() {
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        headers.entry(header::CONTENT_TYPE).or_insert(form);
    }
    let method = parameters.http_method.as_str().parse::<Method>();
    let method = method.map_err(|_| failed(&"the method is not one"))?;
    let received = client.send(method, url, headers, Bytes::from(body)).await;
    let received = received.map_err(|error| failed(&error.reason))?;
    if !(200..=299).contains(&received.status) {
        return Err(failed(&format_args!("status {}", received.status)));
    }
    // The error of serde can quote what it read.
    serde_json::from_slice(&received.body)
        .map_err(|_| failed(&"its answer is not JSON with an access_token"))
}

fn form(parameters: &[OAuthParameter]) -> String {
    let mut form = String::new();
    for OAuthParameter { key, value, .. } in parameters {
        add(&mut form, key, value.expose());
    }
    form
}

fn add(form: &mut String, name: &str, value: &str) {
    if !form.is_empty() {
        form.push('&');
    }
    form.extend(utf8_percent_encode(name, acs3::RESERVED));
    form.push('=');
    form.extend(utf8_percent_encode(value, acs3::RESERVED));
}
