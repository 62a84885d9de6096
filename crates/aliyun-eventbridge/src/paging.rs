//! Lists that come page by page, as a stream of entries.

use std::{
    collections::VecDeque,
    fmt,
    future::{Future, poll_fn},
    pin::Pin,
    task::{Context, Poll, ready},
};

use futures_core::Stream;

use crate::{
    error::{CallError, CallErrorReason, UnreadableAnswer},
    operation::Answer,
};

/// Limits the pages of a list: it ends with an error after so many.
pub const MOST_PAGES: usize = 10_000;

/// Returns the page size of a list that does not name one.
pub(crate) const fn most_entries() -> u32 {
    100
}

/// Holds one page of a list.
#[derive(Clone, Debug)]
pub(crate) struct Page<T> {
    pub(crate) entries: Vec<T>,
    pub(crate) next: Option<String>,
}

type PageFuture<T> = Pin<Box<dyn Future<Output = Result<Page<T>, CallError>> + Send>>;
type Fetch<T> = Box<dyn Fn(Option<String>) -> PageFuture<T> + Send>;

/// Streams the entries of a list. It fetches a page when the one before is used up.
///
/// It ends after the first error. A page token that comes twice in a row is an error, not an
/// endless list.
pub struct Entries<T> {
    operation: &'static str,
    fetch: Fetch<T>,
    waiting: Option<PageFuture<T>>,
    ready: VecDeque<T>,
    token: Option<String>,
    pages: usize,
    ended: bool,
}

impl<T> Entries<T> {
    pub(crate) fn new(
        operation: &'static str,
        fetch: impl Fn(Option<String>) -> PageFuture<T> + Send + 'static,
    ) -> Self {
        Self {
            operation,
            fetch: Box::new(fetch),
            waiting: None,
            ready: VecDeque::new(),
            token: None,
            pages: 0,
            ended: false,
        }
    }

    /// Returns the next entry; `None` after the last one.
    ///
    /// # Errors
    ///
    /// Fails as the call for a page does.
    pub async fn next(&mut self) -> Option<Result<T, CallError>>
    where
        T: Unpin,
    {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    /// Collects all entries.
    ///
    /// # Errors
    ///
    /// Fails with the first error.
    pub async fn collect(mut self) -> Result<Vec<T>, CallError>
    where
        T: Unpin,
    {
        let mut all = Vec::new();
        while let Some(entry) = self.next().await {
            all.push(entry?);
        }
        Ok(all)
    }

    fn take(&mut self, page: Page<T>) -> Result<(), CallError> {
        self.pages = self.pages.saturating_add(1);
        self.ready.extend(page.entries);
        let next = page.next.filter(|token| !token.is_empty());
        let problem = if next.is_some() && next == self.token {
            Some("the next page is the same page")
        } else if self.pages >= MOST_PAGES && next.is_some() {
            Some("the list has too many pages")
        } else {
            None
        };
        self.ended = next.is_none();
        self.token = next;
        let Some(problem) = problem else { return Ok(()) };
        let answer = UnreadableAnswer {
            status: 200,
            length: 0,
            media_type: None,
            problem: problem.to_owned(),
        };
        Err(CallError::new(self.operation, 1, CallErrorReason::Unreadable(answer)))
    }
}

impl<T: Unpin> Stream for Entries<T> {
    type Item = Result<T, CallError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        loop {
            if let Some(entry) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(entry)));
            }
            if this.ended {
                return Poll::Ready(None);
            }
            let token = this.token.clone();
            let waiting = this.waiting.get_or_insert_with(|| (this.fetch)(token));
            let page = ready!(waiting.as_mut().poll(context));
            this.waiting = None;
            if let Err(error) = page.and_then(|page| this.take(page)) {
                this.ended = true;
                this.ready.clear();
                return Poll::Ready(Some(Err(error)));
            }
        }
    }
}

impl<T> fmt::Debug for Entries<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entries").field("operation", &self.operation).finish_non_exhaustive()
    }
}

/// Reads the token of the next page: text, or a number, which some answers have.
pub(crate) fn token(value: Option<serde_json::Value>) -> Option<String> {
    match value? {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Null
        | serde_json::Value::Bool(_)
        | serde_json::Value::Array(_)
        | serde_json::Value::Object(_) => None,
    }
}

/// Turns the answer to a list into a page.
pub(crate) fn page<A, T>(
    answer: Answer<A>,
    parts: impl FnOnce(A) -> (Vec<T>, Option<serde_json::Value>),
) -> Page<T> {
    let (entries, next) = parts(answer.result);
    Page { entries, next: token(next) }
}
