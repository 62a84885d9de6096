//! The body of an answer: the handler's, or that of the router's own answer.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_eventbridge::verify::WholeBody;

pin_project! {
    /// The body of a response of a [`PatternRouter`](super::PatternRouter): the handler's, or that
    /// of an answer of its own.
    #[derive(Debug)]
    pub struct ResponseBody<B> {
        #[pin]
        kind: Kind<B>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = KindProjected]
    enum Kind<B> {
        Handler { #[pin] body: B },
        Own { body: WholeBody },
    }
}

impl<B> ResponseBody<B> {
    pub(super) fn handler(body: B) -> Self {
        Self { kind: Kind::Handler { body } }
    }

    pub(super) fn own(json: &'static str) -> Self {
        Self { kind: Kind::Own { body: Bytes::from_static(json.as_bytes()).into() } }
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjected::Handler { body } => body.poll_frame(context),
            KindProjected::Own { body } => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.and_then(Result::ok).map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Handler { body } => body.is_end_stream(),
            Kind::Own { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Handler { body } => body.size_hint(),
            Kind::Own { body } => body.size_hint(),
        }
    }
}
