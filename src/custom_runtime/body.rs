//! The body of a request that reaches the inner service, and that of its answer.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::platform_log::Lines;
use crate::{
    BoxError,
    verify::{ResponseBody, WholeBody},
};

pin_project! {
    /// The body of a request that reaches the inner service: out of an event, so there as a whole, or passed through.
    #[derive(Debug)]
    pub struct InvocationBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProjected]
    enum Kind<B> {
        Enclosed { body: WholeBody },
        Passed { #[pin] body: B },
    }
}

impl<B> InvocationBody<B> {
    pub(super) fn enclosed(body: WholeBody) -> Self {
        Self { kind: Kind::Enclosed { body } }
    }

    pub(super) fn passed(body: B) -> Self {
        Self { kind: Kind::Passed { body } }
    }
}

impl<B: Body<Data = Bytes>> Body for InvocationBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjected::Enclosed { body } => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.and_then(Result::ok).map(Ok))
            }
            KindProjected::Passed { body } => body.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Enclosed { body } => body.is_end_stream(),
            Kind::Passed { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Enclosed { body } => body.size_hint(),
            Kind::Passed { body } => body.size_hint(),
        }
    }
}

pin_project! {
    /// The body of an answer to the platform: of the runtime itself, or the inner service's over HTTP. While that lasts the
    /// invocation does, in the log.
    pub struct AnswerBody<B> {
        #[pin]
        body: ResponseBody<B>,
        lines: Option<Lines>,
    }
}

impl<B> AnswerBody<B> {
    pub(super) fn own(bytes: Bytes) -> Self {
        Self { body: ResponseBody::refusal(bytes), lines: None }
    }

    pub(super) fn passed(body: B, mut lines: Lines) -> Self {
        // A server stops reading where it knows the end, so nothing but an error says that it failed.
        lines.succeeds_when_dropped();
        Self { body: ResponseBody::inner(body), lines: Some(lines) }
    }
}

impl<B> Body for AnswerBody<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        if let Some(Err(_)) = &frame
            && let Some(lines) = this.lines.take()
        {
            // The error itself goes on, and cannot be told twice.
            lines.error("the answer broke off");
            lines.failed();
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl<B> fmt::Debug for AnswerBody<B> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("AnswerBody").finish_non_exhaustive()
    }
}
