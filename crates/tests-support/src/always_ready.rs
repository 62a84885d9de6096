//! A request body that never lets its reader wait.

use std::{
    convert::Infallible,
    pin::{Pin, pin},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use http_body::{Body, Frame};

/// Frames that are there at once, as many as are asked for.
pub struct AlwaysReady {
    pub frame: fn() -> Frame<Bytes>,
    /// By how much the clock goes on with each.
    pub takes: Duration,
    pub polled: Arc<AtomicU32>,
    /// What comes after so many frames.
    pub then: Option<(u32, Bytes)>,
}

impl AlwaysReady {
    pub fn new(frame: fn() -> Frame<Bytes>) -> Self {
        Self { frame, takes: Duration::ZERO, polled: Arc::default(), then: None }
    }
}

impl Body for AlwaysReady {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if !self.takes.is_zero() {
            // Moves the paused clock when it is polled first.
            let _ = pin!(tokio::time::advance(self.takes)).poll(context);
        }
        let polled = self.polled.fetch_add(1, Ordering::SeqCst);
        assert!(polled < 1_000_000, "it is read for ever");
        match &mut self.then {
            Some((frames, rest)) if polled >= *frames => {
                let rest = std::mem::take(rest);
                Poll::Ready((!rest.is_empty()).then(|| Ok(Frame::data(rest))))
            }
            _ => Poll::Ready(Some(Ok((self.frame)()))),
        }
    }
}
