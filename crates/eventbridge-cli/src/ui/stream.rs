//! Server-sent events (HTML Living Standard, section 9.2): what happens, pushed to the page.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Json,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, stream};
use http::StatusCode;
use serde_json::json;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// So many pages can be open at once.
const MOST_STREAMS: usize = 16;

/// What a page is told.
pub enum Told {
    /// One JSON object.
    Line(String),
    /// So many were lost, because the page is too slow.
    Missed(u64),
}

/// Gives what happened next; `None` when nothing more will.
pub trait Source: Send + 'static {
    fn next(&mut self) -> impl Future<Output = Option<Told>> + Send;
}

/// The room for open pages. Clones share it.
#[derive(Clone)]
pub struct Streams(Arc<Semaphore>);

impl Streams {
    pub fn new() -> Self {
        Self(Arc::new(Semaphore::new(MOST_STREAMS)))
    }

    /// Answers with a stream of all that the source gives.
    pub fn answer(&self, source: impl Source) -> Response {
        let Ok(seat) = Arc::clone(&self.0).try_acquire_owned() else {
            let error = format!("{MOST_STREAMS} pages are open, which is the most: close one");
            return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({"error": error})))
                .into_response();
        };
        Sse::new(events(source, seat)).keep_alive(KeepAlive::default()).into_response()
    }
}

fn events(
    source: impl Source,
    seat: OwnedSemaphorePermit,
) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold((source, seat), async |(mut source, seat)| {
        let event = match source.next().await? {
            // Carriage returns would end the line; JSON has none outside of escapes.
            Told::Line(json) => Event::default().data(json),
            Told::Missed(number) => Event::default().event("missed").data(number.to_string()),
        };
        Some((Ok(event), (source, seat)))
    })
}
