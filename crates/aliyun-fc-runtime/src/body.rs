//! The body of a request that reaches the inner service, and that of an answer to the platform.

use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use pin_project_lite::pin_project;

use crate::{BoxError, platform_log::Lines};

pin_project! {
    /// Holds the body of a request that reaches the inner service.
    ///
    /// That of a request out of an event is there as a whole. That of a request over HTTP passes
    /// through.
    #[derive(Debug)]
    pub struct InvocationBody<B> {
        #[pin]
        body: WholeOr<B>,
    }
}

impl<B> InvocationBody<B> {
    pub(crate) fn enclosed(body: Bytes) -> Self {
        Self { body: WholeOr::Whole { body: Full::new(body) } }
    }

    pub(crate) fn passed(body: B) -> Self {
        Self { body: WholeOr::Passed { body } }
    }
}

impl<B: Body<Data = Bytes>> Body for InvocationBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.project().body.poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pin_project! {
    /// Holds the body of an answer to the platform: of the runtime itself, or of the inner service
    /// over HTTP.
    ///
    /// In the log, an invocation over HTTP lasts as long as its body.
    pub struct AnswerBody<B> {
        #[pin]
        body: WholeOr<B>,
        lines: Option<Lines>,
    }
}

impl<B> AnswerBody<B> {
    pub(crate) fn own(bytes: Bytes) -> Self {
        Self { body: WholeOr::Whole { body: Full::new(bytes) }, lines: None }
    }

    pub(crate) fn passed(body: B, mut lines: Lines) -> Self {
        // A server stops reading at a known end, so only an error tells that it failed.
        lines.succeeds_when_dropped();
        Self { body: WholeOr::Passed { body }, lines: Some(lines) }
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
            // The error itself goes on to the server.
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

pin_project! {
    #[derive(Debug)]
    #[project = WholeOrProjected]
    enum WholeOr<B> {
        Whole { #[pin] body: Full<Bytes> },
        Passed { #[pin] body: B },
    }
}

impl<B: Body<Data = Bytes>> Body for WholeOr<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project() {
            WholeOrProjected::Whole { body } => {
                let frame = body.poll_frame(context);
                frame.map(|frame| frame.and_then(Result::ok).map(Ok))
            }
            WholeOrProjected::Passed { body } => body.poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole { body } => body.is_end_stream(),
            Self::Passed { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole { body } => body.size_hint(),
            Self::Passed { body } => body.size_hint(),
        }
    }
}
