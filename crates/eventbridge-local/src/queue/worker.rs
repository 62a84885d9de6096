//! The task of a queue, and the way into it.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{mpsc, watch},
    task::{Id, JoinSet},
    time::{Instant, sleep_until},
};

use super::{delivery::Delivery, waiting::Waiting};
use crate::{
    attempt::{AttemptFailure, AttemptReport},
    journal::Write,
    observe::{Answer, Blocked, Destination, Failure, Observed, Outcome, Tried},
    plan::{TargetPlan, Tolerance},
    shared::{Shared, stored},
};

/// What a queue is told.
enum Message {
    Deliver(Delivery),
    /// Go on after a stop.
    GoOn,
}

/// The way into a queue.
#[derive(Clone)]
pub(crate) struct Queue {
    inbox: mpsc::UnboundedSender<Message>,
    plan: Arc<watch::Sender<Option<Arc<TargetPlan>>>>,
    state: Arc<State>,
}

/// What others see of a queue.
#[derive(Debug, Default)]
struct State {
    /// Deliveries that have no end yet.
    open: AtomicUsize,
    /// Whether the last try failed.
    failing: AtomicBool,
    blocked: AtomicBool,
}

impl Queue {
    /// Starts the queue of a target.
    pub(crate) fn start(plan: Arc<TargetPlan>, shared: Arc<Shared>) -> Self {
        let (inbox, messages) = mpsc::unbounded_channel();
        let (plan, plans) = watch::channel(Some(plan));
        let state = Arc::new(State::default());
        let stopping = shared.stopping.subscribe();
        let worker = Worker {
            shared,
            state: Arc::clone(&state),
            ready: VecDeque::new(),
            waiting: Waiting::default(),
            under_way: JoinSet::new(),
            sent: HashMap::new(),
            stopped_at: None,
        };
        tokio::spawn(worker.run(messages, plans, stopping));
        Self { inbox, plan: Arc::new(plan), state }
    }

    /// Reserves a place. `false` if there is none.
    pub(crate) fn reserve(&self, most: usize) -> bool {
        let before = self.state.open.fetch_add(1, Ordering::Relaxed);
        if before < most {
            return true;
        }
        self.release();
        false
    }

    /// Gives a reserved place back.
    pub(crate) fn release(&self) {
        self.state.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Adds a delivery to a reserved place. Gives it back if the target is gone.
    pub(crate) fn add(&self, delivery: Delivery) -> Result<(), Delivery> {
        match self.inbox.send(Message::Deliver(delivery)) {
            Ok(()) | Err(mpsc::error::SendError(Message::GoOn)) => Ok(()),
            Err(mpsc::error::SendError(Message::Deliver(delivery))) => Err(delivery),
        }
    }

    pub(crate) fn is_failing(&self) -> bool {
        self.state.failing.load(Ordering::Relaxed)
    }

    pub(crate) fn is_blocked(&self) -> bool {
        self.state.blocked.load(Ordering::Relaxed)
    }

    /// Returns how many deliveries have no end yet.
    pub(crate) fn open(&self) -> usize {
        self.state.open.load(Ordering::Relaxed)
    }

    /// Goes on after a stop, with the event that stopped it.
    pub(crate) fn go_on(&self) {
        let _ = self.inbox.send(Message::GoOn);
    }

    /// Changes the target.
    pub(crate) fn change(&self, plan: Arc<TargetPlan>) {
        self.plan.send_replace(Some(plan));
    }

    /// Ends the queue: what waits becomes dead letters.
    pub(crate) fn end(&self) {
        self.plan.send_replace(None);
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("state", &self.state).finish_non_exhaustive()
    }
}

struct Worker {
    shared: Arc<Shared>,
    state: Arc<State>,
    ready: VecDeque<Delivery>,
    waiting: Waiting,
    under_way: JoinSet<AttemptReport>,
    /// What is under way, by the id of its task: a task that panics gives nothing back.
    sent: HashMap<Id, Delivery>,
    /// The delivery at which the queue stopped.
    stopped_at: Option<Delivery>,
}

type Plans = watch::Receiver<Option<Arc<TargetPlan>>>;

impl Worker {
    async fn run(
        mut self,
        mut messages: mpsc::UnboundedReceiver<Message>,
        mut plans: Plans,
        mut stopping: watch::Receiver<bool>,
    ) {
        let mut last = None;
        loop {
            let Some(plan) = plans.borrow_and_update().clone() else { break };
            // In one go, so that answers that come all the time do not keep new events waiting.
            while self.ready.len() < MOST_TAKEN
                && let Ok(message) = messages.try_recv()
            {
                self.take(message, &plan.to);
            }
            self.send(&plan);
            let due = self.waiting.due();
            tokio::select! {
                biased;
                () = stopped(&mut stopping) => return,
                changed = plans.changed() => {
                    if changed.is_err() { return }
                    self.go_on(&plan.to);
                }
                Some(ended) = self.under_way.join_next_with_id(), if !self.under_way.is_empty() => {
                    let (id, report) = match ended {
                        Ok((id, report)) => (id, report),
                        Err(error) => (error.id(), panicked()),
                    };
                    self.ended(&plan, id, report).await;
                }
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    for delivery in self.waiting.take_due(Instant::now()).into_iter().rev() {
                        self.ready.push_front(delivery);
                    }
                }
                message = messages.recv() => match message {
                    Some(message) => self.take(message, &plan.to),
                    None => return,
                }
            }
            last = Some(plan);
        }
        if let Some(plan) = last {
            self.bury_all(&plan, messages).await;
        }
    }

    fn take(&mut self, message: Message, to: &Destination) {
        match message {
            Message::Deliver(delivery) => self.ready.push_back(delivery),
            Message::GoOn => self.go_on(to),
        }
    }

    /// Sends as many as may be under way.
    fn send(&mut self, plan: &Arc<TargetPlan>) {
        let most = match plan.tolerance {
            Tolerance::GoOn => plan.concurrency,
            Tolerance::Stop if self.stopped_at.is_some() || !self.waiting.is_empty() => 0,
            Tolerance::Stop => 1,
        };
        while self.under_way.len() < most {
            let Some(mut delivery) = self.ready.pop_front() else { return };
            delivery.attempts = delivery.attempts.saturating_add(1);
            let event = Arc::clone(&delivery.event);
            let task = self.under_way.spawn(self.shared.attempt.attempt(Arc::clone(plan), event));
            self.sent.insert(task.id(), delivery);
        }
    }

    async fn ended(&mut self, plan: &TargetPlan, id: Id, report: AttemptReport) {
        let Some(delivery) = self.sent.remove(&id) else { return };
        self.shared.count(|counts| counts.tries = counts.tries.saturating_add(1));
        let AttemptReport { request, body, strings_to_sign, result } = report;
        self.state.failing.store(result.is_err(), Ordering::Relaxed);
        let (next, outcome) = self.judged(plan, &delivery, result);
        let tried = Tried {
            delivery: delivery.number,
            event: delivery.event.number,
            id: delivery.event.id.clone(),
            to: plan.to.clone(),
            attempt: delivery.attempts,
            request,
            body,
            strings_to_sign,
            outcome,
        };
        self.shared.tell(Observed::Tried(tried));
        match next {
            Next::Delivered => {
                self.shared.delivered(delivery.number, &delivery.event).await;
                self.state.open.fetch_sub(1, Ordering::Relaxed);
            }
            Next::Again(wait) => {
                let kept = stored(delivery.number, &delivery.event, &plan.to, delivery.attempts);
                self.shared.journal.later(|| vec![Write::Delivery(kept)]).await;
                // A wait beyond what the clock can count is none that ends.
                if let Some(at) = Instant::now().checked_add(wait) {
                    self.waiting.add(at, delivery);
                }
            }
            Next::Failed(reason) => match plan.tolerance {
                Tolerance::GoOn => self.bury(plan, delivery, reason).await,
                Tolerance::Stop => {
                    self.stopped_at = Some(delivery);
                    self.tell_blocked(&plan.to, true);
                }
            },
        }
    }

    fn judged(
        &self,
        plan: &TargetPlan,
        delivery: &Delivery,
        result: Result<Answer, AttemptFailure>,
    ) -> (Next, Outcome) {
        let AttemptFailure { reason, answer, for_good } = match result {
            Ok(answer) => return (Next::Delivered, Outcome::Delivered { answer }),
            Err(failure) => failure,
        };
        let retries = delivery.attempts.saturating_sub(1);
        let wait = if for_good { None } else { plan.retry.wait(retries, self.shared.part()) };
        let failure = Failure { reason, answer };
        match wait {
            Some(wait) => {
                let wait = Duration::from_secs_f64(wait.as_secs_f64() / self.shared.time_scale);
                let wait_millis = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
                (Next::Again(wait), Outcome::Retry { failure, wait_millis })
            }
            None => (Next::Failed(failure.reason.clone()), Outcome::Failed { failure }),
        }
    }

    async fn bury(&self, plan: &TargetPlan, delivery: Delivery, reason: String) {
        let Delivery { number, event, attempts } = delivery;
        let kept = stored(number, &event, &plan.to, attempts);
        self.shared.bury(kept, &event, &plan.queue, reason).await;
        self.state.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Goes on after a stop: the event that stopped it is tried as a new one is.
    fn go_on(&mut self, to: &Destination) {
        if let Some(mut delivery) = self.stopped_at.take() {
            delivery.attempts = 0;
            self.ready.push_front(delivery);
            self.tell_blocked(to, false);
        }
    }

    fn tell_blocked(&self, to: &Destination, blocked: bool) {
        self.state.blocked.store(blocked, Ordering::Relaxed);
        self.shared.tell(Observed::Blocked(Blocked { to: to.clone(), blocked }));
    }

    /// The target is gone: nothing that waits can be delivered.
    async fn bury_all(mut self, plan: &TargetPlan, mut messages: mpsc::UnboundedReceiver<Message>) {
        self.under_way.shutdown().await;
        messages.close();
        let mut all: Vec<Delivery> = self.stopped_at.take().into_iter().collect();
        all.extend(self.sent.drain().map(|(_, delivery)| delivery));
        all.extend(self.ready.drain(..));
        all.extend(self.waiting.take_all());
        while let Some(message) = messages.recv().await {
            if let Message::Deliver(delivery) = message {
                all.push(delivery);
            }
        }
        all.sort_by_key(|delivery| delivery.number);
        for delivery in all {
            self.bury(plan, delivery, "the target was deleted".to_owned()).await;
        }
    }
}

/// This many events are taken from the inbox at once.
const MOST_TAKEN: usize = 1_024;

async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // A server that is gone has stopped.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}

/// What follows a try.
enum Next {
    Delivered,
    Again(Duration),
    Failed(String),
}

fn panicked() -> AttemptReport {
    AttemptReport {
        request: None,
        body: crate::observe::Text::default(),
        strings_to_sign: Vec::new(),
        result: Err(AttemptFailure::new(
            "the try ended without a result: an error of this program",
        )),
    }
}

#[cfg(test)]
mod tests;
