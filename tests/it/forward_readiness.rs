//! Forwarding: what cargo-mutants found that no other test asked.

#![allow(missing_docs, reason = "test code")]

use std::{
    future::{Ready, ready},
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use tower::Service;
use tower_eventbridge::{forward::Forward, verify::WholeBody};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Broken;

/// A service of which the readiness is given.
#[derive(Clone)]
struct Inner(Poll<Result<(), Broken>>);

impl Service<Request<WholeBody>> for Inner {
    type Response = Response<Full<Bytes>>;
    type Error = Broken;
    type Future = Ready<Result<Self::Response, Broken>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        self.0
    }

    fn call(&mut self, _: Request<WholeBody>) -> Self::Future {
        ready(Ok(Response::new(Full::default())))
    }
}

#[test]
fn it_is_ready_when_the_inner_service_is() {
    let mut context = Context::from_waker(Waker::noop());
    for readiness in [Poll::Pending, Poll::Ready(Err(Broken)), Poll::Ready(Ok(()))] {
        let mut forward = Forward::new(Inner(readiness));
        let forward: &mut dyn Service<Request<()>, Response = _, Error = _, Future = _> =
            &mut forward;
        assert_eq!(forward.poll_ready(&mut context), readiness);
    }
}
