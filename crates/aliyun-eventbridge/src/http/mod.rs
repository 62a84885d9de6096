//! What sends a request: bytes out, bytes in, with a bound on size and time.

#[cfg(feature = "reqwest")]
mod reqwest_client;

use std::{error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use ::http::{Request, Response};
use bytes::Bytes;

#[cfg(feature = "reqwest")]
pub use reqwest_client::ReqwestClient;

/// Resolves to an answer of the server, whatever its status.
pub type HttpFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'a>>;

/// Bounds what an answer may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnswerBounds {
    /// The most bytes of the answer's body.
    pub most_bytes: usize,
    /// The time from now to the last byte of the answer. The caller drops the future when it is
    /// over.
    pub time: Duration,
}

impl AnswerBounds {
    /// Returns bounds.
    #[must_use]
    pub const fn new(most_bytes: usize, time: Duration) -> Self {
        Self { most_bytes, time }
    }
}

/// Sends one request and reads its answer. Closures do so too, in tests for example.
///
/// An implementation must not follow redirects, must not log the request's target (it can hold
/// passwords) and must stop reading at the bound.
///
/// ```
/// use std::sync::Arc;
/// use aliyun_eventbridge::http::{AnswerBounds, HttpClient, HttpFuture};
/// use bytes::Bytes;
/// use http::{Request, Response};
///
/// let fake = |_: Request<Bytes>, _: AnswerBounds| -> HttpFuture<'static> {
///     Box::pin(async { Ok(Response::new(Bytes::from_static(b"{}"))) })
/// };
/// let _client: Arc<dyn HttpClient> = Arc::new(fake);
/// ```
pub trait HttpClient: Send + Sync + 'static {
    /// Sends `request` and reads the answer within `bounds`.
    fn send(&self, request: Request<Bytes>, bounds: AnswerBounds) -> HttpFuture<'_>;
}

impl<F> HttpClient for F
where
    F: Fn(Request<Bytes>, AnswerBounds) -> HttpFuture<'static> + Send + Sync + 'static,
{
    fn send(&self, request: Request<Bytes>, bounds: AnswerBounds) -> HttpFuture<'_> {
        self(request, bounds)
    }
}

/// Says that there is no whole answer.
#[derive(Clone, Debug)]
pub struct HttpError {
    kind: HttpErrorKind,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

/// Tells errors of [`HttpClient`] apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum HttpErrorKind {
    /// No connection: nothing of the request arrived.
    Connect,
    /// The connection broke, or the answer is not HTTP.
    Broken,
    /// The answer has more bytes than allowed.
    TooLarge {
        /// The most bytes that were allowed.
        most: usize,
    },
}

impl HttpError {
    /// Returns an error. Its cause must not hold the URL.
    #[must_use]
    pub fn new(kind: HttpErrorKind, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { kind, cause: Some(Arc::new(cause)) }
    }

    /// Returns the error of an answer that is too large.
    #[must_use]
    pub const fn too_large(most: usize) -> Self {
        Self { kind: HttpErrorKind::TooLarge { most }, cause: None }
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> HttpErrorKind {
        self.kind
    }
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            HttpErrorKind::Connect => f.write_str("no connection to the endpoint"),
            HttpErrorKind::Broken => {
                f.write_str("the connection broke before the whole answer came")
            }
            HttpErrorKind::TooLarge { most } => {
                write!(f, "the answer has more than {most} bytes")
            }
        }
    }
}

impl Error for HttpError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| -> &(dyn Error + 'static) { cause })
    }
}
