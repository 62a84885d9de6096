//! The future of a request: it verifies, awaits the inner service's readiness, and then its
//! response.

use std::{
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::{
    body::{ResponseBody, VerifiedBody},
    in_flight::Charge,
    rejected_request::RejectedRequest,
    verify_request::LetThrough,
};

/// A verification under way. Boxed, because what it awaits has no name.
pub(super) type Verification =
    Pin<Box<dyn Future<Output = Result<LetThrough, RejectedRequest>> + Send>>;

pin_project! {
    /// Resolves to the response of a [`Verify`](super::Verify) service.
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S>
    where
        S: Service<Request<VerifiedBody>>,
    {
        #[pin]
        state: State<S, S::Future>,
    }
}

pin_project! {
    #[project = StateProjected]
    #[project_replace = StateReplaced]
    enum State<S, F> {
        Verifying { verification: Verification, inner: S },
        AwaitingReadiness { inner: S, let_through: LetThrough },
        Responding { #[pin] response: F, charge: Arc<Charge> },
        Done,
    }
}

impl<S> ResponseFuture<S>
where
    S: Service<Request<VerifiedBody>>,
{
    pub(super) fn new(verification: Verification, inner: S) -> Self {
        Self { state: State::Verifying { verification, inner } }
    }
}

impl<S, B> Future for ResponseFuture<S>
where
    S: Service<Request<VerifiedBody>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.state.as_mut().project() {
                StateProjected::Verifying { verification, .. } => {
                    let verdict = ready!(verification.as_mut().poll(context));
                    let StateReplaced::Verifying { inner, .. } =
                        this.state.as_mut().project_replace(State::Done)
                    else {
                        return Poll::Pending;
                    };
                    match verdict {
                        Ok(let_through) => {
                            this.state.set(State::AwaitingReadiness { inner, let_through });
                        }
                        Err(rejected) => {
                            let response = rejected.into_response();
                            return Poll::Ready(Ok(response.map(ResponseBody::own)));
                        }
                    }
                }
                StateProjected::AwaitingReadiness { inner, .. } => {
                    ready!(inner.poll_ready(context))?;
                    let StateReplaced::AwaitingReadiness { mut inner, let_through } =
                        this.state.as_mut().project_replace(State::Done)
                    else {
                        return Poll::Pending;
                    };
                    let LetThrough { request, charge, .. } = let_through;
                    let response = inner.call(request);
                    this.state.set(State::Responding { response, charge });
                }
                StateProjected::Responding { response, .. } => {
                    let response = ready!(response.poll(context))?;
                    // The charge ends here, so a caller that does not read its answer holds no
                    // share of the limit.
                    this.state.set(State::Done);
                    return Poll::Ready(Ok(response.map(ResponseBody::inner)));
                }
                // Polled after completion, which a future may answer as it likes.
                StateProjected::Done => return Poll::Pending,
            }
        }
    }
}

impl<S> fmt::Debug for ResponseFuture<S>
where
    S: Service<Request<VerifiedBody>>,
{
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
