//! The future of one routed request.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_eventbridge::verify::ResponseBody;
use tower_service::Service;

use super::answer::NotRouted;

pin_project! {
    /// Resolves to the response of a [`PatternRouter`](super::PatternRouter).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, B>
    where
        S: Service<Request<B>>,
    {
        #[pin]
        state: State<S, B>,
    }
}

pin_project! {
    #[project = StateProjected]
    enum State<S, B>
    where
        S: Service<Request<B>>,
    {
        NotRouted { why: Option<NotRouted> },
        Waiting { handler: S, request: Option<Request<B>> },
        Running { #[pin] response: S::Future },
    }
}

impl<S: Service<Request<B>>, B> ResponseFuture<S, B> {
    pub(super) fn not_routed(why: NotRouted) -> Self {
        Self { state: State::NotRouted { why: Some(why) } }
    }

    /// Awaits the readiness of this handler, a clone, and then calls it.
    pub(super) fn routed(handler: S, request: Request<B>) -> Self {
        Self { state: State::Waiting { handler, request: Some(request) } }
    }
}

impl<S, B, ResBody> Future for ResponseFuture<S, B>
where
    S: Service<Request<B>, Response = Response<ResBody>>,
    ResBody: Body<Data = Bytes>,
{
    type Output = Result<Response<ResponseBody<ResBody>>, S::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let response = match state.as_mut().project() {
                StateProjected::NotRouted { why } => {
                    // Polled after completion, which a future may answer as it likes.
                    let Some(why) = why.take() else { return Poll::Pending };
                    return Poll::Ready(Ok(why.into_response()));
                }
                StateProjected::Waiting { handler, request } => {
                    ready!(handler.poll_ready(context))?;
                    let Some(request) = request.take() else { return Poll::Pending };
                    handler.call(request)
                }
                StateProjected::Running { response } => {
                    let response = ready!(response.poll(context))?;
                    return Poll::Ready(Ok(response.map(ResponseBody::inner)));
                }
            };
            state.set(State::Running { response });
        }
    }
}

impl<S: Service<Request<B>>, B> fmt::Debug for ResponseFuture<S, B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
