//! Layers around a service that keeps what reaches it.

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use std::{
    convert::Infallible,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};
use tests_support::pushes::{TOKEN, URL, now, signer, verifier};
use tower::{Service, service_fn};
use tower_eventbridge::{
    Authentic, Verifier, VerifyLayer,
    verify::{VerifiedBody, VerifyLayerBuilder},
};

pub(super) fn small_verifier(max_body_bytes: u64) -> Verifier {
    Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .max_body_bytes(max_body_bytes)
        .build()
        .unwrap()
}

pub(super) fn builder() -> VerifyLayerBuilder {
    builder_of(verifier())
}

pub(super) fn builder_of(verifier: Verifier) -> VerifyLayerBuilder {
    VerifyLayer::builder(verifier).clock(now)
}

pub(super) fn push() -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body("{\"a\":1}").sign(now()).unwrap().map(Full::new)
}

/// A body of frames, of which some never come.
pub(super) struct Scripted(pub(super) Vec<Step>);

pub(super) enum Step {
    Frame(&'static str),
    Fails,
    Hangs,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        match self.0.first() {
            None => Poll::Ready(None),
            Some(Step::Hangs) => Poll::Pending,
            Some(Step::Fails) => Poll::Ready(Some(Err(std::io::Error::other("reset by peer")))),
            Some(Step::Frame(text)) => {
                let frame = Frame::data(Bytes::from_static(text.as_bytes()));
                self.0.remove(0);
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }
}

pub(super) fn scripted(steps: Vec<Step>) -> Request<Scripted> {
    let (parts, _) = push().into_parts();
    Request::from_parts(parts, Scripted(steps))
}

/// What the inner service saw.
#[derive(Clone, Default)]
pub(super) struct Seen(pub(super) Arc<Mutex<Vec<(HeaderMap, Authentic, Bytes)>>>);

impl Seen {
    pub(super) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    pub(super) fn service(
        &self,
    ) -> impl Service<
        Request<VerifiedBody>,
        Response = Response<Full<Bytes>>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + use<> {
        let seen = self.clone();
        service_fn(move |request: Request<VerifiedBody>| {
            let seen = seen.clone();
            async move {
                let (parts, body) = request.into_parts();
                let authentic = parts.extensions.get::<Authentic>().unwrap().clone();
                let Ok(body) = body.collect().await;
                seen.0.lock().unwrap().push((parts.headers, authentic, body.to_bytes()));
                Ok(Response::new(Full::from("handled")))
            }
        })
    }
}

pub(super) async fn answer<B>(response: Response<B>) -> (StatusCode, HeaderMap, Bytes)
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
}
