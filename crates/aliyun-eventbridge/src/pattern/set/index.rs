//! Where patterns are kept so that an event finds those that it may match.

use std::{cmp::Reverse, collections::HashMap};

use super::{
    field::{Cost, FieldIndex},
    groups::{Group, MAX_COMBINATIONS},
    slots::{Candidates, Slot},
};
use crate::pattern::{
    event_pattern::EventPattern,
    leaf::Leaf,
    located::{FieldId, Located, PathTree},
    scalar::ValueSet,
};

/// Keeps each pattern at one place. The place is exact values of up to eight fields, or the
/// conditions of the field that lets the fewest events through. A pattern that is found there is a
/// candidate: it decides itself.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub(super) tree: PathTree,
    groups: Vec<Group>,
    by_fields: HashMap<Vec<FieldId>, usize>,
    fields: HashMap<FieldId, AtField>,
    /// The fields that have patterns in `absent`.
    asked_for_absence: Vec<FieldId>,
    /// Patterns without a field.
    always: Vec<Slot>,
}

/// What is kept at one field.
#[derive(Debug, Clone, Default)]
struct AtField {
    /// How many patterns have the field.
    used: usize,
    /// Groups that are looked at if the field is there.
    groups: Vec<usize>,
    conditions: FieldIndex,
}

impl Index {
    /// Adds a pattern, and returns the fields of its leaves.
    pub(super) fn insert(&mut self, pattern: &EventPattern, slot: Slot) -> Vec<FieldId> {
        let leaves = pattern.leaves();
        let ids: Vec<_> = leaves.iter().map(|leaf| self.tree.field(&leaf.names)).collect();
        for id in &ids {
            let field = self.fields.entry(*id).or_default();
            field.used = field.used.saturating_add(1);
        }
        let fields: Vec<_> = leaves.iter().zip(ids.iter().copied()).collect();
        let exact = self.chosen_for_group(&fields);
        let (exact_ids, values): (Vec<_>, Vec<_>) =
            exact.iter().map(|(leaf, id)| (*id, leaf.values())).unzip();
        let others = fields.iter().filter(|(leaf, _)| !leaf.is_values_only());
        let costs = others.map(|(leaf, id)| (self.cost(leaf, *id), leaf, *id));
        match costs.min_by_key(|(cost, ..)| *cost) {
            None if exact.is_empty() => self.always.push(slot),
            None => self.insert_in_group(exact_ids, &values, slot),
            Some((cost, leaf, id)) => {
                let group = self.by_fields.get(&exact_ids).and_then(|at| self.groups.get(*at));
                let load = group.map_or(0, |group| group.load(&values));
                if !exact.is_empty() && Cost::exact(load) <= cost {
                    self.insert_in_group(exact_ids, &values, slot);
                } else {
                    self.insert_leaf(leaf, id, slot);
                }
            }
        }
        ids
    }

    /// Returns the leaves of exact values by which a pattern is found, in the order of the fields.
    fn chosen_for_group<'l>(&self, fields: &[(&'l Leaf, FieldId)]) -> Vec<(&'l Leaf, FieldId)> {
        let exact = fields.iter().copied().filter(|(leaf, _)| leaf.is_values_only());
        let mut exact: Vec<_> = exact.collect();
        // Fields with few values, then those that other patterns have too: groups stay few.
        exact.sort_by_key(|(leaf, id)| (leaf.values().len(), Reverse(self.used(*id)), *id));
        let mut combinations = 1_usize;
        let mut chosen = Vec::new();
        for (leaf, id) in exact.into_iter().take(MAX_GROUP_FIELDS) {
            combinations = combinations.saturating_mul(leaf.values().len());
            if chosen.is_empty() || combinations <= MAX_COMBINATIONS {
                chosen.push((leaf, id));
            }
        }
        chosen.sort_by_key(|(_, id)| *id);
        chosen
    }

    fn insert_in_group(&mut self, ids: Vec<FieldId>, values: &[&ValueSet], slot: Slot) {
        // The field that fewest patterns have brings the group up.
        let anchor = ids.iter().copied().min_by_key(|id| self.used(*id));
        let new = self.groups.len();
        let index = *self.by_fields.entry(ids.clone()).or_insert(new);
        if index == new {
            self.groups.push(Group::new(ids));
            if let Some(anchor) = anchor {
                self.fields.entry(anchor).or_default().groups.push(index);
            }
        }
        if let Some(group) = self.groups.get_mut(index) {
            group.insert(values, slot);
        }
    }

    fn insert_leaf(&mut self, leaf: &Leaf, id: FieldId, slot: Slot) {
        if leaf.values().len() > 0 {
            self.insert_in_group(vec![id], &[leaf.values()], slot);
        }
        let field = &mut self.fields.entry(id).or_default().conditions;
        let asked_before = field.asks_for_absence();
        field.insert_leaf(leaf, slot);
        if !asked_before && field.asks_for_absence() {
            self.asked_for_absence.push(id);
        }
    }

    fn used(&self, id: FieldId) -> usize {
        self.fields.get(&id).map_or(0, |field| field.used)
    }

    /// Returns what it costs to keep a pattern by this leaf: by its dearest condition.
    fn cost(&self, leaf: &Leaf, id: FieldId) -> Cost {
        let group = self.by_fields.get([id].as_slice()).and_then(|at| self.groups.get(*at));
        let values = group.map_or(0, |group| group.load(&[leaf.values()]));
        let field = self.fields.get(&id);
        let empty = FieldIndex::default();
        let conditions = field.map_or(&empty, |field| &field.conditions).cost(leaf);
        conditions.max(Cost::exact(values))
    }

    /// Returns the patterns that the event may match.
    pub(super) fn candidates(&self, located: &Located<'_>, slots: usize) -> Candidates {
        let mut candidates = Candidates::of(slots);
        candidates.add(&self.always);
        for (id, value) in &located.values {
            let Some(field) = self.fields.get(id) else { continue };
            for group in field.groups.iter().filter_map(|index| self.groups.get(*index)) {
                group.find(located, &mut candidates);
            }
            field.conditions.find(value, &mut candidates);
        }
        for id in self.asked_for_absence.iter().filter(|id| located.get(**id).is_none()) {
            if let Some(field) = self.fields.get(id) {
                candidates.add(field.conditions.absent());
            }
        }
        candidates
    }
}

/// The fields by whose values a group finds its patterns, at most.
const MAX_GROUP_FIELDS: usize = 8;
