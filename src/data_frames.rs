//! The data of a body, read so that a body which is always ready neither holds its thread nor goes
//! on for ever.

use std::{fmt, future::poll_fn, pin::Pin};

use bytes::Buf;
use http_body::Body;
use tokio::task;

use crate::BoxError;

/// Reads the data frames of a body. Time limits around it hold, because it yields between frames.
pub(crate) struct DataFrames<B> {
    body: B,
    /// Frames without data so far: empty ones and trailers.
    without_data: u32,
    since_yield: u32,
}

impl<B> DataFrames<B>
where
    B: Body + Unpin,
    B::Error: Into<BoxError>,
{
    pub(crate) const fn new(body: B) -> Self {
        Self { body, without_data: 0, since_yield: 0 }
    }

    pub(crate) const fn body(&self) -> &B {
        &self.body
    }

    /// Returns the next data that is not empty, or `None` at the end. Trailers are passed over.
    ///
    /// # Errors
    ///
    /// Fails if the body fails, or has more than [`MAX_WITHOUT_DATA`] frames without data.
    pub(crate) async fn next(&mut self) -> Option<Result<B::Data, BoxError>> {
        loop {
            // tokio's time limits look at the clock only where the future that they hold waits.
            if self.since_yield == FRAMES_AT_A_TIME {
                task::yield_now().await;
                self.since_yield = 0;
            }
            self.since_yield += 1;
            let frame = poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await?;
            match frame.map(http_body::Frame::into_data) {
                Err(error) => return Some(Err(error.into())),
                Ok(Ok(data)) if data.has_remaining() => return Some(Ok(data)),
                Ok(Ok(_) | Err(_)) if self.without_data == MAX_WITHOUT_DATA => {
                    return Some(Err(TooManyWithoutData.into()));
                }
                Ok(Ok(_) | Err(_)) => self.without_data += 1,
            }
        }
    }
}

/// The body has too many frames without data.
#[derive(Debug)]
struct TooManyWithoutData;

impl fmt::Display for TooManyWithoutData {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "more than {MAX_WITHOUT_DATA} frames of the body have no data")
    }
}

impl std::error::Error for TooManyWithoutData {}

/// An honest body has two at most: HTTP/2's last empty frame, and trailers. Proxies may add a few.
const MAX_WITHOUT_DATA: u32 = 100;
const FRAMES_AT_A_TIME: u32 = 64;
