//! Requests of API destinations: not signed, authenticated by a connection.

use std::sync::PoisonError;

use aliyun_eventbridge::{connections::Authorization, destinations::HttpMethod};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde_json::{Map, Value};

use super::{
    client,
    context::{Context, Shown},
};
use crate::{
    attempt::AttemptFailure,
    observe::{Answer, RequestHead, Text},
};

/// The parts of a request that transforms made.
pub(super) struct Parts {
    /// A JSON object of names and values.
    pub(super) headers: Option<String>,
    /// A JSON object of names and values.
    pub(super) query: Option<String>,
    pub(super) body: String,
}

impl Context {
    pub(super) async fn call(
        &self,
        destination: &str,
        parts: Parts,
        shown: &mut Shown,
    ) -> Result<Answer, AttemptFailure> {
        let (http, connection) = {
            let resources = self.resources.read().unwrap_or_else(PoisonError::into_inner);
            let gone = |fault: crate::fault::Fault| AttemptFailure::new(fault.message);
            let destination = resources.destination(destination).map_err(gone)?;
            let connection = resources.connection(&destination.connection).map_err(gone)?;
            (destination.http.clone(), connection.clone())
        };
        shown.body = Text::new(&parts.body);
        let mut url = client::sendable(&http.endpoint)?;
        if let Some(query) = &parts.query {
            let members = members("QueryStringParameters", query)?;
            let mut pairs = url.query_pairs_mut();
            for (name, value) in &members {
                pairs.append_pair(name, value);
            }
        }
        let mut headers = HeaderMap::new();
        if let Some(text) = &parts.headers {
            for (name, value) in members("HeaderParameters", text)? {
                let (name, value) = header("HeaderParameters", &name, &value)?;
                headers.insert(name, value);
            }
        }
        let json = HeaderValue::from_static("application/json");
        headers.entry(header::CONTENT_TYPE).or_insert(json);
        let secret = self.authorize(&connection.name, &connection.auth, &mut headers).await?;
        let host = url.host_str().unwrap_or_default();
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        shown.request = Some(RequestHead {
            method: http.method.to_string(),
            url: url.to_string(),
            headers: client::shown(&headers, &host, |name| {
                name == secret.as_str() || is_secret(name)
            }),
        });
        let (method, has_body) = match &http.method {
            HttpMethod::Get => (Method::GET, false),
            HttpMethod::Head => (Method::HEAD, false),
            HttpMethod::Post => (Method::POST, true),
            HttpMethod::Delete => (Method::DELETE, true),
            HttpMethod::Put => (Method::PUT, true),
            HttpMethod::Patch => (Method::PATCH, true),
            other @ HttpMethod::Other(_) | other => {
                let reason = format!("the method {other} cannot be sent");
                return Err(AttemptFailure::for_good(reason));
            }
        };
        let body = if has_body { Bytes::from(parts.body) } else { Bytes::new() };
        let received = self.client.send(method, url, headers, body).await?;
        if received.status == 401 {
            self.tokens.forget(&connection.name).await;
        }
        received.judged()
    }

    /// Adds the credentials of a connection. Returns the name of their header.
    async fn authorize(
        &self,
        connection: &str,
        auth: &Authorization,
        headers: &mut HeaderMap,
    ) -> Result<HeaderName, AttemptFailure> {
        let (name, value) = match auth {
            Authorization::Basic { parameters } => {
                let pair = format!("{}:{}", parameters.username, parameters.password.expose());
                (header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(pair)))
            }
            Authorization::ApiKey { parameters } => {
                let name = HeaderName::from_bytes(parameters.api_key_name.as_bytes());
                let name = name.map_err(|_| {
                    AttemptFailure::for_good("ApiKeyName is not the name of a header")
                })?;
                (name, parameters.api_key_value.expose().to_owned())
            }
            Authorization::OAuth { parameters } => {
                let token = self.tokens.token(connection, parameters, &self.client).await?;
                (header::AUTHORIZATION, format!("Bearer {}", token.expose()))
            }
            _ => {
                let reason = "the connection's way to authenticate is not known";
                return Err(AttemptFailure::for_good(reason));
            }
        };
        let mut value = HeaderValue::from_str(&value).map_err(|_| {
            AttemptFailure::for_good("the connection's credentials cannot stand in a header")
        })?;
        value.set_sensitive(true);
        headers.insert(name.clone(), value);
        Ok(name)
    }
}

/// Tells whether a header of the user's own is one of those that hold secrets most often.
fn is_secret(name: &str) -> bool {
    ["authorization", "cookie", "key", "password", "secret", "token"]
        .iter()
        .any(|part| name.contains(part))
}

fn members(what: &str, text: &str) -> Result<Vec<(String, String)>, AttemptFailure> {
    let members: Map<String, Value> = serde_json::from_str(text)
        .map_err(|_| AttemptFailure::for_good(format_args!("{what} is not a JSON object")))?;
    Ok(members
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => (name, text),
            other @ (Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::Array(_)
            | Value::Object(_)) => (name, other.to_string()),
        })
        .collect())
}

fn header(
    what: &str,
    name: &str,
    value: &str,
) -> Result<(HeaderName, HeaderValue), AttemptFailure> {
    let wrong = |part: &str| {
        AttemptFailure::for_good(format_args!("{what} has a {part} that cannot stand in a header"))
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("name"))?;
    let value = HeaderValue::from_str(value).map_err(|_| wrong("value"))?;
    Ok((name, value))
}
