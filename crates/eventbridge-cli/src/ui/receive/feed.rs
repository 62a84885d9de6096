//! Verdicts and answers as they come, the last of them: bounded by number and by bytes.
//!
//! Who follows the feed holds a place in it and nothing else. So a page that is slow costs nothing:
//! it loses the oldest, and is told how many.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::arrived::Push;
use crate::ui::stream::{Source, Told};

/// The feed. Clones share it.
#[derive(Clone)]
pub struct Feed(Arc<Shared>);

struct Shared {
    lines: Mutex<Lines>,
    /// The number of the last line.
    last: watch::Sender<u64>,
}

#[derive(Default)]
struct Lines {
    /// Numbers follow one another without gaps.
    kept: VecDeque<Line>,
    last: u64,
    bytes: usize,
}

/// A verdict, which has its push, or an answer.
struct Line {
    number: u64,
    json: Arc<str>,
    push: Option<Arc<Push>>,
    bytes: usize,
}

impl Feed {
    pub fn new() -> Self {
        let shared = Shared { lines: Mutex::default(), last: watch::Sender::new(0) };
        Self(Arc::new(shared))
    }

    /// Tells a verdict, and returns its number.
    pub fn verdict(&self, what: Value, push: Push) -> u64 {
        self.tell("verdict", what, Some(push))
    }

    /// Tells how the push of this number was answered; `None` if nobody waited for an answer.
    /// `handled` says whether the push got as far as its handler.
    pub fn answered(&self, push: u64, status: Option<StatusCode>, handled: bool) {
        let status = status.map(|status| status.as_u16());
        self.tell("answered", json!({"push": push, "status": status, "handled": handled}), None);
    }

    fn tell(&self, kind: &str, mut what: Value, push: Option<Push>) -> u64 {
        let mut lines = self.lines();
        let number = lines.last.saturating_add(1);
        if let Value::Object(members) = &mut what {
            members.insert("kind".to_owned(), kind.into());
            members.insert("number".to_owned(), number.into());
        }
        let json: Arc<str> = what.to_string().into();
        let of_push = push.as_ref().map_or(0, Push::bytes);
        let bytes = json.len().saturating_add(of_push).saturating_add(PER_LINE);
        lines.last = number;
        lines.bytes = lines.bytes.saturating_add(bytes);
        lines.kept.push_back(Line { number, json, push: push.map(Arc::new), bytes });
        while lines.kept.len() > MOST_LINES || lines.bytes > MOST_BYTES {
            let Some(oldest) = lines.kept.pop_front() else { break };
            lines.bytes = lines.bytes.saturating_sub(oldest.bytes);
        }
        drop(lines);
        self.0.last.send_replace(number);
        number
    }

    /// Returns a push by the number of its verdict, if it is kept.
    pub fn push(&self, number: u64) -> Option<Arc<Push>> {
        let lines = self.lines();
        let line = lines.at(number)?;
        line.push.clone()
    }

    /// Follows from the oldest line that is kept.
    pub fn follow(&self) -> Follower {
        Follower { feed: self.clone(), next: 1, last: self.0.last.subscribe() }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lines {
    fn oldest(&self) -> u64 {
        self.kept.front().map_or_else(|| self.last.saturating_add(1), |line| line.number)
    }

    fn at(&self, number: u64) -> Option<&Line> {
        let index = usize::try_from(number.checked_sub(self.oldest())?).ok()?;
        self.kept.get(index)
    }
}

/// A place in the feed.
pub struct Follower {
    feed: Feed,
    next: u64,
    last: watch::Receiver<u64>,
}

impl Source for Follower {
    async fn next(&mut self) -> Option<Told> {
        loop {
            self.last.borrow_and_update();
            {
                let lines = self.feed.lines();
                let oldest = lines.oldest();
                let missed = oldest.saturating_sub(self.next);
                if missed > 0 {
                    self.next = oldest;
                    return Some(Told::Missed(missed));
                }
                if let Some(line) = lines.at(self.next) {
                    self.next = self.next.saturating_add(1);
                    return Some(Told::Line(line.json.to_string()));
                }
            }
            self.last.changed().await.ok()?;
        }
    }
}

/// The most lines that are kept. An accepted push has two, a rejected one has one.
pub const MOST_LINES: usize = 1_000;
/// About the most memory that they take, 16 MiB.
pub const MOST_BYTES: usize = 16 * 1024 * 1024;
/// About what a line takes beside its text and its push.
const PER_LINE: usize = 128;

#[cfg(test)]
mod tests;
