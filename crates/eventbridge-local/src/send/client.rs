//! The HTTP client: no redirects, no proxy, limits on time and on the answer.

use std::{fmt, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};
use reqwest::{Certificate, Url, redirect, retry};

use crate::{
    attempt::AttemptFailure,
    limits::{Bounds, MOST_ANSWER_BYTES, SHOWN_ANSWER_BYTES},
    observe::{Answer, Text},
};

/// This many headers of an answer are shown.
const SHOWN_HEADERS: usize = 64;

/// Sends requests to any host that the configuration names.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    client: reqwest::Client,
    timeout: Duration,
}

/// An answer whose body was read, up to a limit.
pub(super) struct Received {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
    /// Whether the body was longer than the limit.
    pub(super) cut: bool,
}

impl Client {
    /// Returns a client that trusts the system's roots and these, PEM blocks among any text.
    pub(crate) fn new(roots: &[Vec<u8>], bounds: &Bounds) -> Result<Self, String> {
        let mut all = Vec::new();
        for pem in roots {
            let read = Certificate::from_pem_bundle(pem).map_err(|error| chain(&error))?;
            if read.is_empty() {
                return Err("a file of TLS roots holds no certificate in PEM".to_owned());
            }
            all.extend(read);
        }
        let builder = || {
            reqwest::Client::builder()
                .tls_backend_rustls()
                .no_proxy()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                .connect_timeout(bounds.target_timeout)
                .timeout(bounds.target_timeout)
                .pool_idle_timeout(Duration::from_secs(30))
        };
        // A machine without TLS roots can push over HTTP all the same.
        let client = builder().tls_certs_merge(all.clone()).build();
        let client = client.or_else(|_| builder().tls_certs_only(all).build());
        let client = client.map_err(|error| chain(&error))?;
        Ok(Self { client, timeout: bounds.target_timeout })
    }

    pub(super) async fn send(
        &self,
        method: Method,
        url: Url,
        headers: HeaderMap,
        body: Bytes,
    ) -> Result<Received, AttemptFailure> {
        let request = self.client.request(method, url).headers(headers).body(body);
        let failed = |error: reqwest::Error| {
            let error = error.without_url();
            if error.is_timeout() {
                let seconds = self.timeout.as_secs_f64();
                return AttemptFailure::new(format_args!("no whole answer within {seconds} s"));
            }
            AttemptFailure::new(chain(&error))
        };
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status().as_u16();
        let headers = response.headers().iter().take(SHOWN_HEADERS);
        let headers = headers.map(|(name, value)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        });
        let headers = headers.collect();
        let mut body = Vec::new();
        let mut cut = false;
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            let room = MOST_ANSWER_BYTES.saturating_sub(body.len());
            cut = chunk.len() > room;
            body.extend(chunk.iter().take(room));
            if cut {
                break;
            }
        }
        Ok(Received { status, headers, body, cut })
    }
}

impl Received {
    /// Judges the answer: any 2xx is success, as in the vendor's open-source sender.
    pub(super) fn judged(self) -> Result<Answer, AttemptFailure> {
        let text = String::from_utf8_lossy(&self.body);
        let mut body = Text::cut_at(&text, SHOWN_ANSWER_BYTES);
        if self.cut {
            body.whole_bytes = body.whole_bytes.or(Some(MOST_ANSWER_BYTES));
        }
        let answer = Answer { status: self.status, headers: self.headers, body };
        let reason = match self.status {
            200..=299 => return Ok(answer),
            300..=399 => format!("status {}: redirects are not followed", self.status),
            _ => format!("status {}", self.status),
        };
        Err(AttemptFailure { answer: Some(answer), ..AttemptFailure::new(reason) })
    }
}

/// Reads a URL. Rejects one that cannot be sent as it stands: another path would arrive than the
/// one that is signed.
pub(super) fn sendable(text: &str) -> Result<Url, AttemptFailure> {
    let wrong = |reason: &str| AttemptFailure::for_good(format_args!("the URL {reason}"));
    let uri: Uri = text.parse().map_err(|_| wrong("is not a URL"))?;
    let url: Url = text.parse().map_err(|_| wrong("is not a URL"))?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(wrong("does not begin with http:// or https:// and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("holds a user name or password: use a connection"));
    }
    let written = uri.path_and_query().map_or("/", |target| target.as_str());
    let sent = url
        .query()
        .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    if written != sent || url.fragment().is_some() {
        return Err(wrong("has a path or query that cannot be sent as it stands"));
    }
    Ok(url)
}

/// An error with its causes: reqwest's own text leaves out what went wrong.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Shows headers, with what stands for those that hold secrets.
pub(super) fn shown(
    headers: &HeaderMap,
    host: &dyn fmt::Display,
    is_secret: impl Fn(&str) -> bool,
) -> Vec<(String, String)> {
    let host = std::iter::once(("host".to_owned(), host.to_string()));
    let others = headers.iter().filter(|(name, _)| *name != http::header::HOST);
    let others = others.map(|(name, value)| {
        let value = if is_secret(name.as_str()) {
            crate::observe::REDACTED.to_owned()
        } else {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        (name.to_string(), value)
    });
    host.chain(others).collect()
}
