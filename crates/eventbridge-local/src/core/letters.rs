//! Dead letters: listed, read, deleted, sent again.

use std::sync::{Arc, PoisonError};

use super::Core;
use crate::{
    attempt::KeptEvent,
    dead_letters::DeadLetter,
    fault::Fault,
    journal::{StoredEvent, Write},
    observe::{Destination, Observed, Redriven},
    plan::NO_QUEUE,
    queue::Delivery,
    shared::stored,
};

impl Core {
    /// Returns the queue of dead letters of a target.
    pub(super) fn dead_letter_queue(&self, to: &Destination) -> String {
        let resources = self.resources();
        let rule = resources.rule(&to.bus, &to.rule).ok();
        let target = rule.and_then(|rule| rule.targets.iter().find(|one| one.id == to.target));
        let queue = target.and_then(|target| target.dead_letter_queue.as_ref());
        queue.map_or_else(|| NO_QUEUE.to_owned(), |queue| queue.arn.clone())
    }

    /// Returns dead letters after a number, of one queue or of all, oldest first.
    pub(crate) fn dead_letters(
        &self,
        after: u64,
        queue: Option<&str>,
        most: usize,
    ) -> Vec<DeadLetter> {
        let dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
        dead.after(after, queue).take(most).map(DeadLetter::from).collect()
    }

    pub(crate) fn dead_letter(&self, number: u64) -> Option<DeadLetter> {
        let dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
        dead.get(number).map(DeadLetter::from)
    }

    /// Deletes a dead letter. `false` if there is none of this number.
    pub(crate) async fn delete_dead_letter(&self, number: u64) -> Result<bool, Fault> {
        let letter = {
            let mut dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
            dead.take(number)
        };
        if letter.is_none() {
            return Ok(false);
        }
        self.shared.journal.commit(|| vec![Write::DeadGone(number)]).await?;
        Ok(true)
    }

    /// Sends a dead letter to its target again, as a new event is sent. `false` if there is none of
    /// this number.
    pub(crate) async fn redrive(&self, number: u64) -> Result<bool, Fault> {
        let to = {
            let dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(letter) = dead.get(number) else { return Ok(false) };
            letter.delivery.to()
        };
        let Some(queue) = self.queue(&to) else {
            let message = format!(
                "the target {:?} of the rule {:?} on the bus {:?} does not exist any more",
                to.target, to.rule, to.bus
            );
            let code = aliyun_eventbridge::error::ErrorCode::EventTargetNotExist;
            return Err(Fault::conflict(code, message));
        };
        if !queue.reserve(self.shared.bounds.pending_per_target) {
            return Err(Fault::unavailable("too many events wait for the target: try again later"));
        }
        let letter = {
            let mut dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
            dead.take(number)
        };
        // Another redrive was faster.
        let Some(letter) = letter else {
            queue.release();
            return Ok(false);
        };
        // Other deliveries of the event may be open: this one has a copy of its own.
        let event = StoredEvent { number: self.shared.next_number(), ..letter.event.clone() };
        let event = Arc::new(KeptEvent::new(event, 1, &self.shared.held));
        let written = self.shared.journal.commit(|| {
            let delivery = Write::Delivery(stored(number, &event, &to, 0));
            vec![Write::Event(event.stored()), delivery, Write::DeadGone(number)]
        });
        if let Err(fault) = written.await {
            queue.release();
            let mut dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
            dead.add(letter, &self.shared.bounds);
            return Err(fault);
        }
        self.shared.tell(Observed::Redriven(Redriven { delivery: number, to: to.clone() }));
        let delivery = Delivery { number, event: Arc::clone(&event), attempts: 0 };
        if queue.add(delivery).is_err() {
            let kept = stored(number, &event, &to, 0);
            let reason = "the target was deleted".to_owned();
            self.shared.bury(kept, &event, &letter.queue, reason).await;
        }
        Ok(true)
    }

    /// Sends every dead letter of a queue, or of all, again. Returns how many.
    pub(crate) async fn redrive_all(&self, queue: Option<&str>) -> Result<usize, Fault> {
        let numbers: Vec<u64> = {
            let dead = self.shared.dead.lock().unwrap_or_else(PoisonError::into_inner);
            dead.after(0, queue).map(|letter| letter.delivery.number).collect()
        };
        let mut redriven: usize = 0;
        for number in numbers {
            redriven = redriven.saturating_add(usize::from(self.redrive(number).await?));
        }
        Ok(redriven)
    }
}
