//! Bodies, collected up to a limit.

use std::{fmt, pin::Pin, pin::pin};

use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::task::coop;

use crate::{BoxError, function_error::FunctionError};

/// Collects the answer to an event.
pub(crate) async fn collected_answer<B>(body: B, limit: usize) -> Result<Bytes, FunctionError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut frames = DataFrames { body: pin!(body), without_data: 0 };
    collected(&mut frames, limit).await.map_err(|error| match error {
        Broken::TooLarge => FunctionError::ResponseTooLarge(limit),
        Broken::Incomplete(error) => FunctionError::ResponseIncomplete(error),
    })
}

/// Collects an event. The rest of a too long one is read too, up to 32 MiB. Otherwise the platform
/// would see a closed connection and no answer.
pub(crate) async fn collected_event<B>(body: B, limit: usize) -> Result<Bytes, FunctionError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut frames = DataFrames { body: pin!(body), without_data: 0 };
    match collected(&mut frames, limit).await {
        Ok(event) => Ok(event),
        Err(Broken::Incomplete(error)) => Err(FunctionError::EventIncomplete(error)),
        Err(Broken::TooLarge) => {
            let mut left = MAX_DISCARDED;
            while let Some(Ok(data)) = frames.next().await {
                left = left.saturating_sub(data.len());
                if left == 0 {
                    break;
                }
            }
            Err(FunctionError::EventTooLarge(limit))
        }
    }
}

/// Why a body is not there as a whole.
enum Broken {
    TooLarge,
    Incomplete(BoxError),
}

async fn collected<B>(frames: &mut DataFrames<'_, B>, limit: usize) -> Result<Bytes, Broken>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(data) = frames.next().await {
        let data = data.map_err(Broken::Incomplete)?;
        let held = first.len().saturating_add(whole.len());
        if held.saturating_add(data.len()) > limit {
            return Err(Broken::TooLarge);
        }
        if held == 0 {
            // Most bodies are one frame, which is not copied.
            first = data;
            continue;
        }
        whole.extend_from_slice(&std::mem::take(&mut first));
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// The data frames of a body. Time limits around the reading hold, because it yields between
/// frames.
struct DataFrames<'a, B> {
    body: Pin<&'a mut B>,
    /// Frames without data so far: empty ones and trailers.
    without_data: u32,
}

impl<B> DataFrames<'_, B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    /// Returns the next data that is not empty, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Fails if the body fails, or has more than [`MAX_WITHOUT_DATA`] frames without data.
    async fn next(&mut self) -> Option<Result<Bytes, BoxError>> {
        loop {
            // A body that is always ready must not hold its thread.
            coop::consume_budget().await;
            match self.body.frame().await?.map(http_body::Frame::into_data) {
                Err(error) => return Some(Err(error.into())),
                Ok(Ok(data)) if !data.is_empty() => return Some(Ok(data)),
                Ok(Ok(_) | Err(_)) if self.without_data == MAX_WITHOUT_DATA => {
                    return Some(Err(TooManyWithoutData.into()));
                }
                Ok(Ok(_) | Err(_)) => self.without_data = self.without_data.saturating_add(1),
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

/// An honest body has a few: trailers, and empty frames of proxies.
const MAX_WITHOUT_DATA: u32 = 100;
/// The platform sends no more than this.
const MAX_DISCARDED: usize = 32 * 1024 * 1024;
