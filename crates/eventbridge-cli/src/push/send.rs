//! The pushes, a line for each, and what became of them in all.

use std::{sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{Request, StatusCode};
use indicatif::ProgressBar;
use tokio::{
    task::{JoinError, JoinSet},
    time,
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::Push,
};

use super::{bodies::Bodies, schedule::Schedule};
use crate::{
    outgoing::Outgoing,
    terminal::{BAD, GOOD, print, progress, styled},
};

/// Pushes, each signed anew for each try.
pub struct Sender {
    pub outgoing: Outgoing,
    pub push: Push<'static>,
    pub bodies: Bodies,
    pub count: u32,
    pub concurrency: usize,
    pub schedule: Schedule,
}

/// What became of all pushes so far.
#[derive(Clone, Copy, Default)]
struct Totals {
    delivered: u32,
    retries: u32,
    given_up: u32,
}

/// What became of one push.
struct Ended {
    number: u32,
    answer: Result<StatusCode, String>,
    retries: u32,
}

impl Sender {
    /// Whether every push was answered 2xx in the end.
    pub async fn send_all(self) -> bool {
        let bar = progress(u64::from(self.count));
        let sender = Arc::new(self);
        let mut totals = Totals::default();
        let mut under_way = JoinSet::new();
        for number in 1..=sender.count {
            if under_way.len() >= sender.concurrency {
                sender.ended(under_way.join_next().await, &mut totals, &bar);
            }
            let sender = Arc::clone(&sender);
            under_way.spawn(async move { sender.deliver(number).await });
        }
        while let Some(ended) = under_way.join_next().await {
            sender.ended(Some(ended), &mut totals, &bar);
        }
        bar.finish_and_clear();
        let Totals { delivered, retries, given_up } = totals;
        eprintln!("delivered {delivered}, retried {retries} times, given up {given_up}");
        given_up == 0
    }

    /// Pushes until it is answered 2xx or the schedule ends.
    async fn deliver(&self, number: u32) -> Ended {
        let mut retries = 0;
        loop {
            let answer = self.send(number).await;
            let accepted = answer.as_ref().is_ok_and(StatusCode::is_success);
            match self.schedule.wait(retries) {
                Some(wait) if !accepted => time::sleep(wait).await,
                _ => return Ended { number, answer, retries },
            }
            retries += 1;
        }
    }

    fn ended(
        &self,
        ended: Option<Result<Ended, JoinError>>,
        totals: &mut Totals,
        bar: &ProgressBar,
    ) {
        let Some(Ok(Ended { number, answer, retries })) = ended else { return };
        let (line, accepted) = match answer {
            Ok(status) => (status.to_string(), status.is_success()),
            Err(problem) => (format!("failed: {problem}"), false),
        };
        *(if accepted { &mut totals.delivered } else { &mut totals.given_up }) += 1;
        totals.retries += retries;
        let tried = if retries > 0 { format!(" after {retries} retries") } else { String::new() };
        let line = styled(if accepted { GOOD } else { BAD }, line);
        let line = format!("push {number} of {}: {line}{tried}\n", self.count);
        bar.suspend(|| print(&line));
        bar.inc(1);
    }

    async fn send(&self, number: u32) -> Result<StatusCode, String> {
        let request = self.request(number, SystemClock::new().now())?;
        let (parts, body) = request.into_parts();
        self.outgoing.post(parts.headers, body).await
    }

    /// The signed request of one push.
    pub fn request(&self, number: u32, now: SystemTime) -> Result<Request<Bytes>, String> {
        let body = self.bodies.body(number, now).map_err(|error| error.to_string())?;
        self.push.clone().body(body).sign(now).map_err(|error| error.to_string())
    }
}
