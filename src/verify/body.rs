//! The bodies that the layer hands on. The service gets the verified body; the caller gets the body
//! of a rejection or of the service's response.

use std::{
    convert::Infallible,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::in_flight::Charge;

/// Holds a body that is in memory as a whole. Reading it cannot fail.
#[derive(Clone, Default)]
pub struct WholeBody {
    bytes: Option<Bytes>,
}

impl From<Bytes> for WholeBody {
    fn from(bytes: Bytes) -> Self {
        Self { bytes: Some(bytes).filter(|bytes| !bytes.is_empty()) }
    }
}

impl WholeBody {
    /// Returns the bytes that have not been read.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.bytes.unwrap_or_default()
    }
}

impl Body for WholeBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.bytes.take().map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let length = self.bytes.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(length).unwrap_or(u64::MAX))
    }
}

impl fmt::Debug for WholeBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "WholeBody({} bytes)", self.bytes.as_ref().map_or(0, Bytes::len))
    }
}

/// Holds the body of a verified request. It is in memory as a whole and shares the `Bytes` of
/// [`Authentic`](crate::Authentic) without a copy. Reading it cannot fail.
#[derive(Debug)]
pub struct VerifiedBody {
    whole: WholeBody,
    /// The bytes count as in flight until this body is dropped and the service has answered.
    _charge: Arc<Charge>,
}

impl VerifiedBody {
    pub(super) fn new(bytes: Bytes, charge: Arc<Charge>) -> Self {
        Self { whole: bytes.into(), _charge: charge }
    }

    /// Returns the bytes that have not been read. They still count as in flight until the service
    /// has answered.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.whole.into_bytes()
    }
}

impl Body for VerifiedBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Pin::new(&mut self.whole).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.whole.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.whole.size_hint()
    }
}

pin_project! {
    /// Holds the body of a response: the inner service's, or one that a layer made.
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
        Inner { #[pin] body: B },
        Own { body: WholeBody },
    }
}

impl<B> ResponseBody<B> {
    /// Returns the body of the inner service's response.
    pub fn inner(body: B) -> Self {
        Self { kind: Kind::Inner { body } }
    }

    /// Returns the body of an answer of a layer's own.
    pub fn own(bytes: Bytes) -> Self {
        Self { kind: Kind::Own { body: bytes.into() } }
    }
}

impl<B> Body for ResponseBody<B>
where
    B: Body<Data = Bytes>,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match self.project().kind.project() {
            KindProjected::Inner { body } => body.poll_frame(context),
            KindProjected::Own { body } => {
                let frame = Pin::new(body).poll_frame(context);
                frame.map(|frame| frame.and_then(Result::ok).map(Ok))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.kind {
            Kind::Inner { body } => body.is_end_stream(),
            Kind::Own { body } => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.kind {
            Kind::Inner { body } => body.size_hint(),
            Kind::Own { body } => body.size_hint(),
        }
    }
}
