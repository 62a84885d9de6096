//! The service that a layer makes.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::{
    body::{ResponseBody, VerifiedBody},
    config::Config,
    future::ResponseFuture,
    verify_request::verify_request,
};
use crate::{BoxError, inner_service::inner_service};

/// Lets only authentic pushes through to `S`. Made by [`VerifyLayer`](crate::VerifyLayer).
#[derive(Clone, Debug)]
pub struct Verify<S> {
    inner: S,
    config: Arc<Config>,
}

inner_service!(Verify);

impl<S> Verify<S> {
    pub(super) fn new(inner: S, config: Arc<Config>) -> Self {
        Self { inner, config }
    }
}

impl<S, B, ResBody> Service<Request<B>> for Verify<S>
where
    S: Service<Request<VerifiedBody>, Response = Response<ResBody>> + Clone,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes>,
{
    type Response = Response<ResponseBody<ResBody>>;
    type Error = S::Error;
    type Future = ResponseFuture<S>;

    /// Is always ready, because a stranger's slow request must not hold a permit of the inner
    /// service. The inner service's readiness is awaited after the proof.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let verification = Box::pin(verify_request(Arc::clone(&self.config), request));
        // This clone is made ready and called by the future itself.
        ResponseFuture::new(verification, self.inner.clone())
    }
}
