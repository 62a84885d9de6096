//! The layer and its settings.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body::Body;
use tower_layer::Layer;

#[cfg(feature = "axum")]
use super::routed::JudgedUri;
use super::{
    body::VerifiedBody,
    certificates::Certificates,
    config::{Config, OnVerdict, Respond},
    in_flight::InFlight,
    rejected_request::{RejectedRequest, rejection_response},
    service::Verify,
    verify_request::verify_request,
};
#[cfg(feature = "cache")]
use crate::certificate::{CertificateCache, CertificateSource, UrlBasis};
#[cfg(feature = "reqwest")]
use crate::certificate::{HttpsSource, SourceError};
use crate::{
    BoxError,
    clock::{Clock, SystemClock},
    signature::{Authentic, Rejection, Verifier, config::ConfigError},
};

/// Lets only authentic pushes through to a tower service. The layer is cheap to clone. Every clone
/// shares certificates and limits.
///
/// The inner service sees a `Request<`[`VerifiedBody`]`>` with the proof, an [`Authentic`], in its
/// extensions, and without the signature headers. The layer answers any other push with the status
/// of the rejection's kind. The [`Rejection`] is in the response's extensions for outer layers. The
/// inner service's readiness is awaited after the proof.
///
/// The endpoint is recognised by the path that the layer sees. `axum::Router::nest` cuts a prefix
/// off that path, and the push is rejected (401) then. Two settings prevent it:
/// `VerifyLayerBuilder::original_uri` (feature `axum`) lets the layer judge the URI that arrived,
/// and [`Endpoint::seen_as`](crate::Endpoint::seen_as) names the rest of the path.
///
/// With the features `envelope` and `tracing`, the trace of an event reaches the span that the
/// service runs in. If that span has the field `traceparent`, the layer records the `traceparent`
/// of the event there. It does the same for `tracestate`. It does so after the proof, and only for
/// a push of one event whose extension is valid. `envelope::TraceContext::parse` says how strictly.
/// The headers `traceparent` and `tracestate` of a push are not signed, so they are not read.
///
/// | what | default |
/// |---|---|
/// | the body, in all | 10 s, then 408 |
/// | body bytes in flight, over all requests | 64 MiB, then 503 |
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it wraps a service"]
pub struct VerifyLayer {
    config: Arc<Config>,
}

impl VerifyLayer {
    /// Makes a layer with every default: certificates over HTTPS, and the system's clock.
    ///
    /// Nothing is fetched and no task is started yet. Exact certificate URLs are fetched and kept
    /// fresh from [`spawn_refresh`](Self::spawn_refresh) on, or from the first request or
    /// [`is_ready`](Self::is_ready) inside a tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if certificates are to be fetched and cannot be: the system has no TLS
    /// roots, or the feature `reqwest` is off.
    pub fn new(verifier: Verifier) -> Result<Self, ConfigError> {
        Self::builder(verifier).build()
    }

    /// Begins a layer with other settings.
    pub fn builder(verifier: Verifier) -> VerifyLayerBuilder {
        VerifyLayerBuilder::new(verifier)
    }

    /// Verifies one request without tower, exactly as the layer does. Returns the proof, and the
    /// request as the inner service would see it.
    ///
    /// # Errors
    ///
    /// Returns the rejected request. Answer with its
    /// [`into_response`](RejectedRequest::into_response), as the layer does.
    pub async fn verify<B>(
        &self,
        request: Request<B>,
    ) -> Result<(Authentic, Request<VerifiedBody>), RejectedRequest>
    where
        B: Body + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let let_through = verify_request(Arc::clone(&self.config), request).await?;
        Ok((let_through.authentic, let_through.request))
    }

    /// Starts a task of the current tokio runtime that fetches the certificates at exact URLs now
    /// and keeps them fresh. The task ends with the runtime or with the last clone of the cache.
    /// Does nothing if such a task runs, if there is no exact URL, or outside of a runtime.
    pub fn spawn_refresh(&self) {
        self.config.certificates.keep_warm();
    }

    /// Returns whether pushes can be verified: every exact certificate URL of the configuration has
    /// a certificate, given or fetched, that the verifier would accept now. Returns `true` where
    /// only regions are configured. No certificate URL that a request names has an effect.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        let Config { verifier, certificates, clock, .. } = &*self.config;
        certificates.keep_warm();
        verifier.accepts_certificates(clock.now(), |url| certificates.kept(url))
    }
}

impl<S> Layer<S> for VerifyLayer {
    type Service = Verify<S>;

    fn layer(&self, inner: S) -> Verify<S> {
        Verify::new(inner, Arc::clone(&self.config))
    }
}

/// Makes the cache once the clock is known.
#[cfg(feature = "cache")]
type CacheOf = Box<dyn FnOnce(Arc<dyn Clock>) -> CertificateCache + Send>;

/// Configures a [`VerifyLayer`].
#[must_use]
pub struct VerifyLayerBuilder {
    verifier: Verifier,
    #[cfg(feature = "cache")]
    source: Option<CacheOf>,
    #[cfg(feature = "cache")]
    source_given_twice: bool,
    clock: Arc<dyn Clock>,
    #[cfg(feature = "axum")]
    judged_uri: JudgedUri,
    body_timeout: Duration,
    max_body_in_flight: u64,
    respond: Respond,
    on_verdict: Option<OnVerdict>,
}

impl VerifyLayerBuilder {
    fn new(verifier: Verifier) -> Self {
        Self {
            verifier,
            #[cfg(feature = "cache")]
            source: None,
            #[cfg(feature = "cache")]
            source_given_twice: false,
            clock: Arc::new(SystemClock::new()),
            #[cfg(feature = "axum")]
            judged_uri: JudgedUri::default(),
            body_timeout: DEFAULT_BODY_TIMEOUT,
            max_body_in_flight: DEFAULT_MAX_BODY_IN_FLIGHT,
            respond: Arc::new(rejection_response),
            on_verdict: None,
        }
    }

    /// Gets certificates from here, through a cache of the layer's own. Default: `HttpsSource`
    /// (feature `reqwest`). A second source or cache is a configuration error.
    #[cfg(feature = "cache")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
    pub fn source(mut self, source: impl CertificateSource) -> Self {
        self.give(Box::new(move |clock| CertificateCache::new(source, move || clock.now())));
        self
    }

    /// Gets certificates from this cache, which may be shared. It judges ages by the clock that it
    /// was made with. A second source or cache is a configuration error.
    #[cfg(feature = "cache")]
    #[cfg_attr(docsrs, doc(cfg(feature = "cache")))]
    pub fn cache(mut self, cache: CertificateCache) -> Self {
        self.give(Box::new(move |_| cache));
        self
    }

    #[cfg(feature = "cache")]
    fn give(&mut self, cache_of: CacheOf) {
        self.source_given_twice |= self.source.is_some();
        self.source = Some(cache_of);
    }

    /// Sets the clock by which timestamps and certificates are judged. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Judges the URI that arrived where `axum::Router::nest` has cut its prefix off: that of
    /// axum's `OriginalUri` extension. Default: the URI as the layer sees it.
    #[cfg(feature = "axum")]
    #[cfg_attr(docsrs, doc(cfg(feature = "axum")))]
    pub fn original_uri(mut self) -> Self {
        self.judged_uri = JudgedUri::Original;
        self
    }

    /// Sets how long a body may take in all, a day at most. Default: 10 s.
    pub fn body_timeout(mut self, limit: Duration) -> Self {
        self.body_timeout = limit;
        self
    }

    /// Sets the most memory, in bytes, that the bodies of all requests together may hold. It must
    /// be at least as much as one body may have. Memory is charged as it is taken, until the
    /// service has answered. Default: 64 MiB.
    ///
    /// A body of many frames is in memory twice for the moment in which it is joined. Read buffers
    /// of the server are not counted, and a body of one frame may keep such a buffer alive: keep
    /// them small (hyper's `max_buf_size`).
    pub fn max_body_in_flight(mut self, bytes: u64) -> Self {
        self.max_body_in_flight = bytes;
        self
    }

    /// Sets the function that makes the response to a rejection. It should say nothing that tells
    /// rejections of one status apart. Default: [`rejection_response`].
    pub fn response(
        mut self,
        respond: impl Fn(&Rejection) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.respond = Arc::new(respond);
        self
    }

    /// Sets a function that is called with every verdict once, before the inner service is called
    /// or the caller is answered. Default: none.
    pub fn on_verdict(
        mut self,
        hook: impl Fn(Result<&Authentic, &Rejection>) + Send + Sync + 'static,
    ) -> Self {
        self.on_verdict = Some(Arc::new(hook));
        self
    }

    /// Builds the layer.
    ///
    /// # Errors
    ///
    /// Returns an error if certificates are to be fetched and cannot be, or if a limit is out of
    /// range.
    pub fn build(mut self) -> Result<VerifyLayer, ConfigError> {
        if self.body_timeout > MAX_BODY_TIMEOUT {
            let possible = "must be 86,400 s at most";
            return Err(ConfigError::InvalidLimit { setting: "body_timeout", possible });
        }
        if self.max_body_in_flight < self.verifier.max_body_bytes() {
            let possible =
                "must be at least max_body_bytes, or the largest bodies are always too many";
            return Err(ConfigError::InvalidLimit { setting: "max_body_in_flight", possible });
        }
        let allow = self.verifier.allowed_methods().join(", ");
        Ok(VerifyLayer {
            config: Arc::new(Config {
                certificates: self.certificates()?,
                verifier: self.verifier,
                clock: self.clock,
                #[cfg(feature = "axum")]
                judged_uri: self.judged_uri,
                body_timeout: self.body_timeout,
                in_flight: Arc::new(InFlight::new(self.max_body_in_flight)),
                allow: HeaderValue::try_from(allow).unwrap_or(HeaderValue::from_static("POST")),
                respond: self.respond,
                on_verdict: self.on_verdict,
            }),
        })
    }

    #[cfg(feature = "cache")]
    fn certificates(&mut self) -> Result<Certificates, ConfigError> {
        if self.source_given_twice {
            return Err(ConfigError::CertificateSourceGivenTwice);
        }
        let cache = match self.source.take() {
            Some(cache_of) => cache_of(Arc::clone(&self.clock)),
            None if !self.verifier.fetches_certificates() => return Ok(Certificates::GivenOnly),
            None => default_cache(Arc::clone(&self.clock))?,
        };
        let exact = self.verifier.exact_certificate_urls();
        let exact = exact.filter(|url| url.basis() == UrlBasis::Exact).cloned().collect();
        Ok(Certificates::Cached { cache, exact, warming: Arc::default() })
    }

    #[cfg(not(feature = "cache"))]
    fn certificates(&mut self) -> Result<Certificates, ConfigError> {
        if self.verifier.fetches_certificates() {
            return Err(ConfigError::NoCertificateSource);
        }
        Ok(Certificates::GivenOnly)
    }
}

#[cfg(feature = "reqwest")]
fn default_cache(clock: Arc<dyn Clock>) -> Result<CertificateCache, ConfigError> {
    let source = HttpsSource::new()
        .map_err(|error| ConfigError::CertificateSource { error: SourceError::new(error) })?;
    Ok(CertificateCache::new(source, move || clock.now()))
}

#[cfg(all(feature = "cache", not(feature = "reqwest")))]
fn default_cache(_: Arc<dyn Clock>) -> Result<CertificateCache, ConfigError> {
    Err(ConfigError::NoCertificateSource)
}

impl fmt::Debug for VerifyLayerBuilder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("VerifyLayerBuilder")
            .field("verifier", &self.verifier)
            .field("body_timeout", &self.body_timeout)
            .field("max_body_in_flight", &self.max_body_in_flight)
            .finish_non_exhaustive()
    }
}

const DEFAULT_BODY_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);
const DEFAULT_MAX_BODY_IN_FLIGHT: u64 = 64 * 1024 * 1024;
