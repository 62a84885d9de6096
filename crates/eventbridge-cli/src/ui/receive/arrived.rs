//! What is kept of a push: copies, because a header or a frame may hold on to a whole buffer.

use std::time::SystemTime;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header, request::Parts};
use tower_eventbridge::{Rejection, signature::signature_headers};

use crate::explain::{
    Accepted,
    head_file::{Head, RequestLine},
};

/// A request head as it arrived: the headers that are judged, and the content type.
pub struct Arrived {
    pub at: SystemTime,
    pub head: Head,
    /// How many other headers there were, which nobody looks at.
    pub other_headers: usize,
}

/// The body of a push, as far as it is kept.
pub enum Body {
    Whole(Vec<u8>),
    /// It has this many bytes, too many to be kept.
    TooLarge(usize),
    /// There was no memory for it.
    NoRoom,
    /// It was not read to its end: the verdict does not depend on it, or it did not come.
    Unread,
}

/// A push with its verdict.
pub struct Push {
    pub arrived: Arrived,
    pub body: Body,
    pub verdict: Result<Accepted, Rejection>,
    /// How a rejection was answered. The answer to an accepted push comes later.
    pub status: Option<StatusCode>,
}

impl Arrived {
    /// Copies what is kept of a head.
    pub fn of(parts: &Parts, at: SystemTime) -> Self {
        let mut headers = HeaderMap::new();
        for name in signature_headers().iter().chain(&ALSO_KEPT) {
            for value in parts.headers.get_all(name) {
                // Every value came out of a head that had room for it.
                if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
                    headers.append(name.clone(), value);
                }
            }
        }
        let other_headers = parts.headers.len().saturating_sub(headers.len());
        let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
        let target = Uri::try_from(target).unwrap_or_default();
        let request_line = Some(RequestLine { method: parts.method.clone(), target });
        Self { at, head: Head { request_line, headers }, other_headers }
    }

    fn bytes(&self) -> usize {
        let line = self.head.request_line.as_ref();
        let line = line.map_or(0, |line| {
            line.method.as_str().len() + line.target.path().len() + query(&line.target).len()
        });
        let fields = self.head.headers.values().map(|value| value.len() + PER_HEADER);
        fields.sum::<usize>() + line
    }
}

impl Push {
    /// About how much memory it takes.
    pub fn bytes(&self) -> usize {
        let body = match &self.body {
            Body::Whole(bytes) => bytes.capacity(),
            Body::TooLarge(_) | Body::NoRoom | Body::Unread => 0,
        };
        let url = self.verdict.as_ref().map_or(0, |accepted| accepted.url.len());
        self.arrived.bytes() + body + url + PER_PUSH
    }
}

/// Returns the query of a request target, or nothing.
pub fn query(target: &Uri) -> &str {
    target.query().unwrap_or_default()
}

const ALSO_KEPT: [HeaderName; 3] =
    [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::CONTENT_TYPE];
/// About what a name and its place in the map take.
const PER_HEADER: usize = 96;
/// About what the rest takes: the rejection with its excerpts for one.
const PER_PUSH: usize = 2 * 1024;
