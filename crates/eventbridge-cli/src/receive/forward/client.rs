//! A server that pushes or enclosed requests go on to, and the connections to it.

use std::{fmt, path::Path, sync::Arc, time::Duration};

use http::{
    HeaderMap, Request, StatusCode, Uri, header,
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use rustls::{
    ClientConfig,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_platform_verifier::Verifier;
use tower_eventbridge::verify::WholeBody;

use crate::{
    config_error::chain,
    receive::workers::PerWorker,
    usage::{UsageError, read},
};

/// A server behind an `http` or `https` URL. Connections are used again; redirects are not
/// followed.
#[derive(Clone)]
pub struct Upstream {
    clients: Arc<PerWorker<HttpsClient>>,
    option: &'static str,
    scheme: Scheme,
    authority: Authority,
    target: PathAndQuery,
}

impl Upstream {
    /// Reads the URL of `option`. `roots` are PEM files that are trusted in addition to the
    /// system's.
    pub fn new(
        option: &'static str,
        url: &str,
        roots: &[impl AsRef<Path>],
    ) -> Result<Self, UsageError> {
        let problem = |reason: &str| UsageError::new(option, reason);
        if url.contains('#') {
            return Err(problem("must have no fragment"));
        }
        let uri: Uri = url.parse().map_err(|_| {
            problem("is not a URL: give one such as http://127.0.0.1:3000/eventbridge")
        })?;
        let parts = uri.into_parts();
        let scheme = parts
            .scheme
            .filter(|scheme| *scheme == Scheme::HTTP || *scheme == Scheme::HTTPS)
            .ok_or_else(|| problem("must begin with http:// or https://"))?;
        let authority = parts.authority.filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(|| problem("must name a host, and no user"))?;
        let target = parts.path_and_query.unwrap_or_else(|| PathAndQuery::from_static("/"));
        let tls = tls(&scheme, roots)?;
        let clients = Arc::new(PerWorker::new(|| client(tls.clone())));
        Ok(Self { clients, option, scheme, authority, target })
    }

    /// Path and query of the URL.
    pub fn target(&self) -> &PathAndQuery {
        &self.target
    }

    /// Sends a request to the server, with the path and query that it has.
    ///
    /// Returns the status if it is a success. `Err` is the status with which EventBridge is
    /// answered: a 4xx or 5xx of the server as it is, 502 for anything else, 503 if the server
    /// cannot be reached.
    pub async fn send(&self, mut request: Request<WholeBody>) -> Result<StatusCode, StatusCode> {
        let mut target = std::mem::take(request.uri_mut()).into_parts();
        target.scheme = Some(self.scheme.clone());
        target.authority = Some(self.authority.clone());
        *request.uri_mut() = Uri::from_parts(target).map_err(|error| {
            tracing::error!("{}: a request has no URL: {error}", self.option);
            StatusCode::UNPROCESSABLE_ENTITY
        })?;
        let outcome = Outcome { option: self.option, known: false };
        let (status, headers) = match self.exchange(request).await {
            Ok(answer) => answer,
            Err(error) => {
                outcome.is("unreachable");
                let what = match error.is_connect() {
                    true => "cannot be reached",
                    false => "gave no answer",
                };
                tracing::error!("{}: the upstream {what}: {}", self.option, chain(&error));
                return Err(StatusCode::SERVICE_UNAVAILABLE);
            }
        };
        if status.is_success() {
            outcome.is("accepted");
            return Ok(status);
        }
        if status.is_client_error() || status.is_server_error() {
            outcome.is("rejected");
            tracing::warn!("{}: the upstream answered {status}", self.option);
            return Err(status);
        }
        outcome.is("redirected");
        tracing::warn!(
            "{}: the upstream answered {status}{}, which is not followed: give the URL that \
             handles pushes",
            self.option,
            location(&headers)
        );
        Err(StatusCode::BAD_GATEWAY)
    }

    /// The status decides, and not what becomes of the answer's body.
    async fn exchange(
        &self,
        request: Request<WholeBody>,
    ) -> Result<(StatusCode, HeaderMap), hyper_util::client::legacy::Error> {
        // The client itself replaces a pooled connection that was closed before anything was sent.
        let response = self.clients.get().request(request).await?;
        let (head, body) = response.into_parts();
        // Read to its end, so that the connection is used again; but not for ever.
        let mut body = http_body_util::Limited::new(body, MAX_ANSWER);
        let rest = async { while let Some(Ok(_)) = body.frame().await {} };
        let _ = tokio::time::timeout(LONGEST_ANSWER, rest).await;
        Ok((head.status, head.headers))
    }
}

type HttpsClient = Client<HttpsConnector<HttpConnector>, WholeBody>;

/// What became of a request. Counted once, also where nobody waits for it any more.
struct Outcome {
    option: &'static str,
    known: bool,
}

impl Outcome {
    fn is(mut self, outcome: &'static str) {
        self.known = true;
        self.count(outcome);
    }

    fn count(&self, outcome: &'static str) {
        let labels = [("option", self.option), ("outcome", outcome)];
        metrics::counter!("eventbridge_forwards_total", &labels).increment(1);
    }
}

impl Drop for Outcome {
    /// The time limit of the handler ended the wait.
    fn drop(&mut self) {
        if !self.known {
            self.count("timed-out");
            tracing::error!("{}: the upstream gave no answer in time", self.option);
        }
    }
}

/// Where a redirect leads, without its query, which may hold credentials.
fn location(headers: &HeaderMap) -> String {
    let given = headers.get(header::LOCATION).and_then(|value| value.to_str().ok());
    let given = given.map(|url| url.split(['?', '#']).next().unwrap_or_default());
    given.map(|url| format!(" to {url:.200}")).unwrap_or_default()
}

fn client(tls: ClientConfig) -> HttpsClient {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIMEOUT));
    connector.set_nodelay(true);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        .build(connector)
}

/// Trusts the system's roots and the given ones; nobody where no TLS is spoken, so that no root has
/// to be installed.
fn tls(scheme: &Scheme, roots: &[impl AsRef<Path>]) -> Result<ClientConfig, UsageError> {
    const OPTION: &str = "--forward-ca-certificate";
    let mut given = Vec::new();
    for file in roots {
        let file = file.as_ref();
        let problem = |reason: &dyn fmt::Display| {
            UsageError::new(OPTION, format_args!("{}: {reason}", file.display()))
        };
        let pem = read(OPTION, file)?;
        let before = given.len();
        for certificate in CertificateDer::pem_slice_iter(&pem) {
            given.push(certificate.map_err(|error| problem(&error))?);
        }
        if given.len() == before {
            return Err(problem(&"holds no PEM certificate"));
        }
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| UsageError::new("--forward", error))?;
    if *scheme == Scheme::HTTP {
        return Ok(config
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth());
    }
    let verifier = Verifier::new_with_extra_roots(given, provider)
        .map_err(|error| UsageError::new("--forward", format_args!("no TLS roots: {error}")))?;
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Shorter than servers keep connections: Node.js does so for 5 s by default.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);
const MAX_ANSWER: usize = 1024 * 1024;
/// Shorter than any time limit of a handler.
const LONGEST_ANSWER: Duration = Duration::from_millis(500);
