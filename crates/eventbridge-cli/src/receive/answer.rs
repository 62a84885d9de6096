//! Bodies that hold the room which their request takes until they are gone.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::room::{UnderWay, Unsent};

pin_project! {
    /// The body of a request, which may be read after the answer.
    pub struct Received<B> {
        #[pin]
        body: B,
        _under_way: Arc<UnderWay>,
    }
}

impl<B> Received<B> {
    pub fn new(body: B, under_way: Arc<UnderWay>) -> Self {
        Self { body, _under_way: under_way }
    }
}

impl<B: Body> Body for Received<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
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
    /// The body of an answer, which counts as unsent until the last of its data has been written or
    /// thrown away.
    pub struct Answer<B> {
        #[pin]
        body: B,
        unsent: Option<Arc<Unsent>>,
    }
}

impl<B> Answer<B> {
    pub fn new(body: B, unsent: Unsent) -> Self {
        Self { body, unsent: Some(Arc::new(unsent)) }
    }

    /// Of a request for which there was no room.
    pub fn of_nobody(body: B) -> Self {
        Self { body, unsent: None }
    }
}

impl<B: Body<Data = Bytes>> Body for Answer<B> {
    type Data = Data;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Data>, B::Error>>> {
        let this = self.project();
        let frame = ready!(this.body.poll_frame(context));
        let unsent = this.unsent.clone();
        Poll::Ready(frame.map(|frame| {
            frame.map(|frame| frame.map_data(|bytes| Data { bytes, _unsent: unsent }))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Data that the server holds until it can be written.
pub struct Data {
    bytes: Bytes,
    _unsent: Option<Arc<Unsent>>,
}

impl Buf for Data {
    fn remaining(&self) -> usize {
        self.bytes.remaining()
    }

    fn chunk(&self) -> &[u8] {
        self.bytes.chunk()
    }

    fn advance(&mut self, count: usize) {
        self.bytes.advance(count);
    }
}
