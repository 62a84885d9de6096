//! Verdicts and answers as they come, the last of them: bounded by number and by bytes.
//!
//! Who follows the feed holds a place in it and nothing else. So a page that is slow costs nothing:
//! it loses the oldest, and is told how many.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;
use tokio::sync::watch;

use super::arrived::Push;

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

struct Line {
    number: u64,
    what: What,
    bytes: usize,
}

/// What happened. Its text is made for those who read it, so that a flood costs little.
#[derive(Clone)]
pub enum What {
    Verdict(Arc<Push>),
    /// How the push of this number was answered.
    Answered {
        push: u64,
        /// `None` if nobody waited for an answer.
        status: Option<StatusCode>,
        /// Whether the push got as far as its handler.
        handled: bool,
    },
}

impl Feed {
    pub fn new() -> Self {
        let shared = Shared { lines: Mutex::default(), last: watch::Sender::new(0) };
        Self(Arc::new(shared))
    }

    /// Tells what happened, and returns its number.
    pub fn tell(&self, what: What) -> u64 {
        let bytes = PER_LINE.saturating_add(match &what {
            What::Verdict(push) => push.bytes(),
            What::Answered { .. } => 0,
        });
        let mut lines = self.lines();
        let number = lines.last.saturating_add(1);
        lines.last = number;
        lines.bytes = lines.bytes.saturating_add(bytes);
        lines.kept.push_back(Line { number, what, bytes });
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
        match &lines.at(number)?.what {
            What::Verdict(push) => Some(Arc::clone(push)),
            What::Answered { .. } => None,
        }
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

/// What a follower gets.
pub enum Next {
    Line(u64, What),
    /// So many lines are no longer kept.
    Missed(u64),
}

impl Follower {
    /// Waits for the next line; `None` once nothing more comes.
    pub async fn next(&mut self) -> Option<Next> {
        loop {
            self.last.borrow_and_update();
            {
                let lines = self.feed.lines();
                let oldest = lines.oldest();
                let missed = oldest.saturating_sub(self.next);
                if missed > 0 {
                    self.next = oldest;
                    return Some(Next::Missed(missed));
                }
                if let Some(line) = lines.at(self.next) {
                    self.next = self.next.saturating_add(1);
                    return Some(Next::Line(line.number, line.what.clone()));
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
/// About what a line takes beside its push.
const PER_LINE: usize = 128;

#[cfg(test)]
mod tests;
