//! Everything that the layer's services share.

use std::{fmt, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderValue, Response};

#[cfg(feature = "axum")]
use super::routed::JudgedUri;
use super::{certificates::Certificates, in_flight::InFlight};
use crate::{
    clock::Clock,
    signature::{Authentic, Rejection, Verifier},
};

pub(super) type Respond = Arc<dyn Fn(&Rejection) -> Response<Bytes> + Send + Sync>;
pub(super) type OnVerdict = Arc<dyn Fn(Result<&Authentic, &Rejection>) + Send + Sync>;

pub(super) struct Config {
    pub(super) verifier: Verifier,
    pub(super) certificates: Certificates,
    pub(super) clock: Arc<dyn Clock>,
    #[cfg(feature = "axum")]
    pub(super) judged_uri: JudgedUri,
    pub(super) body_timeout: Duration,
    pub(super) in_flight: Arc<InFlight>,
    /// The value of `Allow` on a 405.
    pub(super) allow: HeaderValue,
    pub(super) respond: Respond,
    pub(super) on_verdict: Option<OnVerdict>,
}

impl fmt::Debug for Config {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Config")
            .field("verifier", &self.verifier)
            .field("body_timeout", &self.body_timeout)
            .field("in_flight", &self.in_flight)
            .finish_non_exhaustive()
    }
}
