//! Many patterns, matched in one walk of the event.

mod slots;

mod affixes;

mod grams;

mod intervals;

mod blocks;

mod excluding;

mod groups;

mod field;

mod index;

use std::{collections::HashMap, fmt, hash::Hash, sync::Arc};

use serde_json::Value;

use self::{index::Index, slots::Slot};
use super::{
    event_pattern::EventPattern,
    located::{DATA, FieldId},
};
use crate::{EventError, JsonEvent};

/// Holds named patterns. An event is walked once, and only patterns that it may match are tried.
///
/// Patterns are kept by their exact values, prefixes and suffixes. With exact values, the cost of
/// an event does not grow with the number of patterns; `docs/patterns.md` has the figures.
///
/// ```
/// use aliyun_eventbridge::pattern::EventPatternSet;
///
/// let mut rules = EventPatternSet::new();
/// rules.insert("images", r#"{"subject": [{"suffix": ".jpg"}]}"#.parse()?);
/// rules.insert("oss", r#"{"source": ["acs.oss"]}"#.parse()?);
/// rules.insert("ecs", r#"{"source": ["acs.ecs"]}"#.parse()?);
///
/// let event = r#"{"source": "acs.oss", "subject": "a.jpg"}"#;
/// assert_eq!(rules.matching(event)?, [&"images", &"oss"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct EventPatternSet<K> {
    slots: Vec<Option<Entry<K>>>,
    by_key: HashMap<Arc<K>, usize>,
    index: Index,
}

#[derive(Clone)]
struct Entry<K> {
    key: Arc<K>,
    pattern: EventPattern,
    /// The fields of the pattern's leaves, in their order.
    fields: Vec<FieldId>,
}

impl<K: Eq + Hash> EventPatternSet<K> {
    /// Returns a set without patterns.
    #[must_use]
    pub fn new() -> Self {
        Self { slots: Vec::new(), by_key: HashMap::new(), index: Index::default() }
    }

    /// Adds a pattern, after all others. Returns the pattern that had this key before.
    pub fn insert(&mut self, key: K, pattern: EventPattern) -> Option<EventPattern> {
        let before = self.remove(&key);
        let key = Arc::new(key);
        self.by_key.insert(Arc::clone(&key), self.slots.len());
        self.add(key, pattern);
        before
    }

    /// Takes a pattern out. Its place in the index is freed once half of the places are free.
    pub fn remove(&mut self, key: &K) -> Option<EventPattern> {
        let slot = self.by_key.remove(key)?;
        let entry = self.slots.get_mut(slot).and_then(Option::take)?;
        if self.slots.len() > self.by_key.len().saturating_mul(2).saturating_add(FREE_SLOTS) {
            self.rebuild();
        }
        Some(entry.pattern)
    }

    /// Returns the keys of all patterns that the event, JSON text, matches, in the order of
    /// insertion.
    ///
    /// # Errors
    ///
    /// Fails if the event is not a JSON object in UTF-8.
    pub fn matching(&self, event: impl AsRef<[u8]>) -> Result<Vec<&K>, EventError> {
        let event = JsonEvent::of_names(event.as_ref(), &self.index.tree, DATA)?;
        Ok(self.matching_event(&event))
    }

    /// Returns the keys of all patterns that a decoded event matches: see
    /// [`EventPattern::matches_value`].
    ///
    /// # Errors
    ///
    /// Fails if the event is not an object.
    pub fn matching_value(&self, event: &Value) -> Result<Vec<&K>, EventError> {
        Ok(self.matching_event(&JsonEvent::from_value(event)?))
    }

    /// Returns the keys of all patterns that a typed event matches, by the JSON text that it was
    /// read from: see [`JsonEvent::from_cloud_event`].
    ///
    /// # Errors
    ///
    /// Fails if a new event cannot be written as JSON.
    #[cfg(feature = "envelope")]
    #[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
    pub fn matching_cloud_event<D>(
        &self,
        event: &eventbridge_envelope::CloudEvent<D>,
    ) -> Result<Vec<&K>, EventError> {
        Ok(self.matching_event(&JsonEvent::from_cloud_event(event)?))
    }

    /// Returns the keys of all patterns that the event matches, in the order of insertion.
    #[must_use]
    pub fn matching_event(&self, event: &JsonEvent<'_>) -> Vec<&K> {
        self.find(event, |keys| keys.collect())
    }

    /// Returns the key of the pattern that was inserted first of all that the event matches.
    #[must_use]
    pub fn first_matching_event(&self, event: &JsonEvent<'_>) -> Option<&K> {
        self.find(event, |keys| keys.next())
    }

    fn find<'s, T>(
        &'s self,
        event: &JsonEvent<'_>,
        take: impl FnOnce(&mut dyn Iterator<Item = &'s K>) -> T,
    ) -> T {
        let located = self.index.tree.locate(event.root());
        let candidates = self.index.candidates(&located, self.slots.len());
        let entries = candidates.iter().filter_map(|Slot(slot)| self.slots.get(slot)?.as_ref());
        let mut matching = entries
            .filter(|entry| entry.pattern.holds(&located, entry.fields.iter().copied()))
            .map(|entry| &*entry.key);
        take(&mut matching)
    }

    /// Returns the pattern of a key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&EventPattern> {
        let slot = self.by_key.get(key)?;
        self.slots.get(*slot)?.as_ref().map(|entry| &entry.pattern)
    }

    /// Returns keys and patterns in the order of insertion.
    pub fn iter(&self) -> impl Iterator<Item = (&K, &EventPattern)> {
        self.slots.iter().flatten().map(|entry| (&*entry.key, &entry.pattern))
    }

    /// Returns how many patterns there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    /// Returns whether there are no patterns.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    fn add(&mut self, key: Arc<K>, pattern: EventPattern) {
        let fields = self.index.insert(&pattern, Slot(self.slots.len()));
        self.slots.push(Some(Entry { key, pattern, fields }));
    }

    fn rebuild(&mut self) {
        self.index = Index::default();
        self.by_key.clear();
        let slots = std::mem::take(&mut self.slots);
        for entry in slots.into_iter().flatten() {
            self.by_key.insert(Arc::clone(&entry.key), self.slots.len());
            self.add(entry.key, entry.pattern);
        }
    }
}

impl<K: Eq + Hash> Default for EventPatternSet<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K: Eq + Hash> FromIterator<(K, EventPattern)> for EventPatternSet<K> {
    fn from_iter<I: IntoIterator<Item = (K, EventPattern)>>(patterns: I) -> Self {
        let mut set = Self::new();
        set.extend(patterns);
        set
    }
}

impl<K: Eq + Hash> Extend<(K, EventPattern)> for EventPatternSet<K> {
    fn extend<I: IntoIterator<Item = (K, EventPattern)>>(&mut self, patterns: I) {
        for (key, pattern) in patterns {
            self.insert(key, pattern);
        }
    }
}

impl<K: fmt::Debug + Eq + Hash> fmt::Debug for EventPatternSet<K> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

/// Free places that are kept, however few patterns there are.
const FREE_SLOTS: usize = 64;
