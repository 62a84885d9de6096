//! Reads a request's body as it arrives, and what a rejection leaves of it.

use std::{pin::Pin, time::Duration};

use bytes::Buf;
use http::{HeaderMap, header};
use http_body::Body;
use tokio::{runtime::Handle, time};

use crate::{BoxError, data_frames::DataFrames, signature::RejectionKind};

/// A body that is boxed, because a task of its own reads what a rejection leaves.
pub(super) struct RequestBody<B> {
    frames: DataFrames<Pin<Box<B>>>,
    /// Whether any data was asked for.
    begun: bool,
    ended: bool,
}

/// The fate of the rest of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// There is no rest, or it is read and thrown away: the connection can be used again.
    Read,
    /// The rest is not read.
    Unread,
}

impl<B> RequestBody<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    pub(super) fn new(body: B) -> Self {
        let ended = body.is_end_stream();
        Self { begun: false, ended, frames: DataFrames::new(Box::pin(body)) }
    }

    /// Returns the next data that is not empty. Too many frames without data are an error.
    pub(super) async fn next_data(&mut self) -> Option<Result<B::Data, BoxError>> {
        if self.ended {
            return None;
        }
        self.begun = true;
        let next = self.frames.next().await;
        self.ended = !matches!(next, Some(Ok(_)));
        next
    }

    /// Reads a little of the rest in the background and throws it away, unless the body itself was
    /// at fault. The answer does not wait. A sender, often a proxy, that is still writing would
    /// meet a connection reset instead of the answer.
    pub(super) fn skip_rest(self, rejected_as: RejectionKind, headers: &HeaderMap) -> Rest
    where
        B: Send + 'static,
    {
        if matches!(rejected_as, RejectionKind::BodyTimeout | RejectionKind::BodyIncomplete) {
            return Rest::Unread;
        }
        if self.ended {
            return Rest::Read;
        }
        // A sender that waits for `100 Continue` has sent nothing yet: what comes next may be
        // another request.
        let is_awaited = !self.begun && headers.contains_key(header::EXPECT);
        if is_awaited || self.frames.body().size_hint().lower() > MOST_SKIPPED {
            return Rest::Unread;
        }
        let Ok(runtime) = Handle::try_current() else { return Rest::Unread };
        runtime.spawn(time::timeout(LONGEST_SKIP, self.throw_away()));
        Rest::Read
    }

    async fn throw_away(mut self) {
        let mut left = MOST_SKIPPED;
        while let Some(Ok(data)) = self.next_data().await {
            match left.checked_sub(u64::try_from(data.remaining()).unwrap_or(u64::MAX)) {
                Some(fewer) => left = fewer,
                None => return,
            }
        }
    }
}

/// Four times the default limit of a body: more is not worth the traffic.
const MOST_SKIPPED: u64 = 4 * 1024 * 1024;
const LONGEST_SKIP: Duration = Duration::from_secs(2);
