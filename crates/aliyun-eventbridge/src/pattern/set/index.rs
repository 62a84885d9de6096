//! Where patterns are kept so that an event finds those that it may match.

use std::{cmp::Reverse, collections::HashMap};

use super::{
    groups::{Group, MAX_COMBINATIONS},
    slots::{Candidates, Slot},
    trie::Trie,
};
use crate::pattern::{
    condition::Operator,
    event_pattern::EventPattern,
    leaf::Leaf,
    located::{FieldId, FieldValue, Located, PathTree},
    scalar::ScalarKind,
};

/// Each pattern is kept at one place: exact values of up to four fields if it has any; else the
/// conditions of the field that lets the fewest events through. What is found there is a
/// candidate: the pattern itself decides.
#[derive(Debug, Clone, Default)]
pub(super) struct Index {
    pub(super) tree: PathTree,
    groups: Vec<Group>,
    by_fields: HashMap<Vec<FieldId>, usize>,
    fields: HashMap<FieldId, FieldIndex>,
    /// The fields that have patterns in `absent`.
    asked_for_absence: Vec<FieldId>,
    /// Patterns without a field.
    always: Vec<Slot>,
}

/// The patterns that are kept at one field.
#[derive(Debug, Clone, Default)]
struct FieldIndex {
    /// How many patterns have the field.
    used: usize,
    /// Groups that are looked at if the field is there.
    groups: Vec<usize>,
    prefixes: Trie,
    suffixes: Trie,
    strings: Vec<Slot>,
    numbers: Vec<Slot>,
    values: Vec<Slot>,
    absent: Vec<Slot>,
}

/// How many events a condition lets through, roughly, the fewest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Breadth {
    Exact,
    Text,
    AnyString,
    AnyNumber,
    AnyValue,
    Absence,
}

impl Index {
    /// Adds a pattern, and returns the fields of its leaves.
    pub(super) fn insert(&mut self, pattern: &EventPattern, slot: Slot) -> Vec<FieldId> {
        let leaves = pattern.leaves();
        let ids: Vec<_> = leaves.iter().map(|leaf| self.tree.field(&leaf.names)).collect();
        let fields: Vec<_> = leaves.iter().zip(ids.iter().copied()).collect();
        for id in &ids {
            let field = self.fields.entry(*id).or_default();
            field.used = field.used.saturating_add(1);
        }
        let exact: Vec<_> = fields.iter().copied().filter(|(leaf, _)| leaf.is_values_only()).collect();
        if !exact.is_empty() {
            self.insert_exact(exact, slot);
        } else if let Some((leaf, id)) = fields.iter().min_by_key(|(leaf, _)| breadth(leaf)) {
            self.insert_leaf(leaf, *id, slot);
        } else {
            self.always.push(slot);
        }
        ids
    }

    fn insert_exact(&mut self, mut exact: Vec<(&Leaf, FieldId)>, slot: Slot) {
        let used = |id: &FieldId| self.fields.get(id).map_or(0, |field| field.used);
        // Fields with few values, then those that other patterns have too: groups stay few.
        exact.sort_by_key(|(leaf, id)| (leaf.values().len(), Reverse(used(id)), *id));
        let mut combinations = 1_usize;
        let mut chosen = Vec::new();
        for (leaf, id) in exact.into_iter().take(MAX_GROUP_FIELDS) {
            combinations = combinations.saturating_mul(leaf.values().len());
            if chosen.is_empty() || combinations <= MAX_COMBINATIONS {
                chosen.push((id, leaf));
            }
        }
        chosen.sort_by_key(|(id, _)| *id);
        let ids: Vec<_> = chosen.iter().map(|(id, _)| *id).collect();
        // The rarest field brings the group up.
        let anchor = ids.iter().copied().min_by_key(used);
        let new = self.groups.len();
        let index = *self.by_fields.entry(ids.clone()).or_insert(new);
        if index == new {
            self.groups.push(Group::new(ids));
            if let Some(anchor) = anchor {
                self.fields.entry(anchor).or_default().groups.push(index);
            }
        }
        let values: Vec<_> = chosen.iter().map(|(_, leaf)| leaf.values()).collect();
        if let Some(group) = self.groups.get_mut(index) {
            group.insert(&values, slot);
        }
    }

    fn insert_leaf(&mut self, leaf: &Leaf, id: FieldId, slot: Slot) {
        if leaf.values().len() > 0 {
            let group = *self.by_fields.entry(vec![id]).or_insert_with(|| {
                self.groups.push(Group::new(vec![id]));
                let index = self.groups.len().saturating_sub(1);
                self.fields.entry(id).or_default().groups.push(index);
                index
            });
            if let Some(group) = self.groups.get_mut(group) {
                group.insert(&[leaf.values()], slot);
            }
        }
        let field = self.fields.entry(id).or_default();
        for operators in leaf.operators() {
            field.insert(operators, slot);
        }
        if !field.absent.is_empty() && !self.asked_for_absence.contains(&id) {
            self.asked_for_absence.push(id);
        }
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
            field.find(value, &mut candidates);
        }
        for id in self.asked_for_absence.iter().filter(|id| located.get(**id).is_none()) {
            if let Some(field) = self.fields.get(id) {
                candidates.add(&field.absent);
            }
        }
        candidates
    }
}

impl FieldIndex {
    /// Adds a condition at the operator that lets the fewest events through.
    fn insert(&mut self, operators: &[Operator], slot: Slot) {
        let Some((operator, breadth)) = narrowest(operators) else { return };
        match (breadth, operator) {
            (_, Operator::Prefix(text)) => self.prefixes.insert(text.bytes(), slot),
            (_, Operator::Suffix(text)) => self.suffixes.insert(text.bytes().rev(), slot),
            (Breadth::AnyString, _) => self.strings.push(slot),
            (Breadth::AnyNumber, _) => self.numbers.push(slot),
            (Breadth::Absence, _) => self.absent.push(slot),
            (Breadth::Exact | Breadth::Text | Breadth::AnyValue, _) => self.values.push(slot),
        }
    }

    fn find(&self, value: &FieldValue<'_>, candidates: &mut Candidates) {
        let scalars = value.scalars();
        if !scalars.is_empty() {
            candidates.add(&self.values);
        }
        if scalars.iter().any(|scalar| scalar.kind == ScalarKind::Number) {
            candidates.add(&self.numbers);
        }
        let strings = || scalars.iter().filter_map(|scalar| scalar.string());
        if strings().next().is_some() {
            candidates.add(&self.strings);
        }
        for text in strings() {
            self.prefixes.beginnings(text.bytes(), |slots| candidates.add(slots));
            self.suffixes.beginnings(text.bytes().rev(), |slots| candidates.add(slots));
        }
    }
}

/// Returns the breadth of a leaf: that of its broadest condition.
fn breadth(leaf: &Leaf) -> Breadth {
    let operators = leaf.operators().filter_map(narrowest);
    operators.map(|(_, breadth)| breadth).max().unwrap_or(Breadth::Exact)
}

/// Returns the operator of a condition that lets the fewest events through; none if no value and
/// no absence can meet them all.
fn narrowest(operators: &[Operator]) -> Option<(&Operator, Breadth)> {
    let absence = |operator: &Operator| matches!(operator, Operator::Exists(false));
    let absences = operators.iter().filter(|operator| absence(operator)).count();
    if absences > 0 && absences < operators.len() {
        return None;
    }
    let with_breadth = operators.iter().map(|operator| {
        let breadth = match operator {
            Operator::Prefix(_) | Operator::Suffix(_) => Breadth::Text,
            Operator::Contains(_) | Operator::Cidr(_) => Breadth::AnyString,
            Operator::Numeric(_) => Breadth::AnyNumber,
            Operator::AnythingBut(_) | Operator::Exists(true) => Breadth::AnyValue,
            Operator::Exists(false) => Breadth::Absence,
        };
        (operator, breadth)
    });
    with_breadth.min_by_key(|(_, breadth)| *breadth)
}

/// The fields by whose values a group finds its patterns, at most.
const MAX_GROUP_FIELDS: usize = 4;
