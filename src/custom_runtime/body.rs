//! The body of a request that reaches the inner service.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::verify::WholeBody;

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
