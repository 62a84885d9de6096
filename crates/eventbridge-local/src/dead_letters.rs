//! Dead letters: events that could not be delivered, in queues.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{journal::StoredDeadLetter, limits::Bounds, observe::Destination};

/// Describes a dead letter.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct DeadLetter {
    /// The number of the dead letter: that of the delivery.
    pub number: u64,
    /// The queue: the resource name of the target's `DeadLetterQueue`, or `no-queue`.
    pub queue: String,
    /// Where it could not be delivered.
    pub to: Destination,
    /// The attribute `id` of the event.
    pub id: String,
    /// The attribute `source` of the event.
    pub source: String,
    /// The attribute `type` of the event.
    pub r#type: String,
    /// Why it could not be delivered.
    pub reason: String,
    /// How many tries there were.
    pub attempts: u32,
    /// When it became a dead letter: RFC 3339 in UTC with milliseconds.
    pub at: String,
    /// The event as JSON.
    pub event: String,
}

impl From<&StoredDeadLetter> for DeadLetter {
    fn from(letter: &StoredDeadLetter) -> Self {
        Self {
            number: letter.delivery.number,
            queue: letter.queue.clone(),
            to: letter.delivery.to(),
            id: letter.event.id.clone(),
            source: letter.event.source.clone(),
            r#type: letter.event.r#type.clone(),
            reason: letter.reason.clone(),
            attempts: letter.delivery.attempts,
            at: letter.at.clone(),
            event: letter.event.json.clone(),
        }
    }
}

/// All queues together, oldest first.
#[derive(Debug, Default)]
pub(crate) struct DeadLetters {
    letters: BTreeMap<u64, StoredDeadLetter>,
    bytes: usize,
    /// How many were dropped because there were too many.
    pub(crate) dropped: u64,
}

impl DeadLetters {
    /// Adds a letter. Returns the numbers of those that had to go.
    pub(crate) fn add(&mut self, letter: StoredDeadLetter, bounds: &Bounds) -> Vec<u64> {
        let mut gone = Vec::new();
        self.bytes = self.bytes.saturating_add(bytes(&letter));
        if let Some(before) = self.letters.insert(letter.delivery.number, letter) {
            self.bytes = self.bytes.saturating_sub(bytes(&before));
        }
        while self.letters.len() > bounds.dead_letters || self.bytes > bounds.dead_letter_bytes {
            let Some((number, oldest)) = self.letters.pop_first() else { break };
            self.bytes = self.bytes.saturating_sub(bytes(&oldest));
            self.dropped = self.dropped.saturating_add(1);
            gone.push(number);
        }
        gone
    }

    pub(crate) fn take(&mut self, number: u64) -> Option<StoredDeadLetter> {
        let letter = self.letters.remove(&number)?;
        self.bytes = self.bytes.saturating_sub(bytes(&letter));
        Some(letter)
    }

    pub(crate) fn get(&self, number: u64) -> Option<&StoredDeadLetter> {
        self.letters.get(&number)
    }

    pub(crate) fn len(&self) -> usize {
        self.letters.len()
    }

    /// Returns letters after a number, of one queue or of all.
    pub(crate) fn after<'a>(
        &'a self,
        number: u64,
        queue: Option<&'a str>,
    ) -> impl Iterator<Item = &'a StoredDeadLetter> {
        let later = self.letters.range(number.saturating_add(1)..).map(|(_, letter)| letter);
        later.filter(move |letter| queue.is_none_or(|queue| letter.queue == queue))
    }
}

fn bytes(letter: &StoredDeadLetter) -> usize {
    letter.event.json.len().saturating_add(letter.reason.len()).saturating_add(512)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::{StoredDelivery, StoredEvent};

    fn letter(number: u64, json: &str) -> StoredDeadLetter {
        let text = String::new;
        StoredDeadLetter {
            delivery: StoredDelivery {
                number,
                event: number,
                bus: text(),
                rule: text(),
                target: text(),
                attempts: 1,
            },
            event: StoredEvent {
                number,
                bus: text(),
                id: text(),
                source: text(),
                r#type: text(),
                json: json.to_owned(),
            },
            queue: if number.is_multiple_of(2) { "even" } else { "odd" }.to_owned(),
            reason: text(),
            at: text(),
        }
    }

    #[test]
    fn the_oldest_go_where_there_are_too_many_or_too_large_ones() {
        let bounds = Bounds { dead_letters: 2, dead_letter_bytes: 2_000, ..Bounds::default() };
        let mut letters = DeadLetters::default();
        assert_eq!(letters.add(letter(1, "{}"), &bounds), Vec::<u64>::new());
        assert_eq!(letters.add(letter(2, "{}"), &bounds), Vec::<u64>::new());
        assert_eq!(letters.add(letter(3, "{}"), &bounds), [1]);
        assert_eq!(letters.add(letter(4, &"x".repeat(1_400)), &bounds), [2, 3]);
        assert_eq!((letters.len(), letters.dropped, letters.bytes), (1, 3, 1_912));
        assert!(letters.take(4).is_some());
        assert_eq!((letters.len(), letters.bytes), (0, 0));
    }

    #[test]
    fn a_queue_is_listed_from_a_number_on() {
        let mut letters = DeadLetters::default();
        for number in 1..=5 {
            letters.add(letter(number, "{}"), &Bounds::default());
        }
        let numbers = |after, queue| -> Vec<_> {
            letters.after(after, queue).map(|letter| letter.delivery.number).collect()
        };
        assert_eq!(numbers(2, None), [3, 4, 5]);
        assert_eq!(numbers(1, Some("odd")), [3, 5]);
    }
}
