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
    scalar::{ScalarKind, ValueSet},
};

/// Each pattern is kept at one place: exact values of up to eight fields, or the
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
        for id in &ids {
            let field = self.fields.entry(*id).or_default();
            field.used = field.used.saturating_add(1);
        }
        let fields: Vec<_> = leaves.iter().zip(ids.iter().copied()).collect();
        let exact = self.chosen_for_group(&fields);
        let (exact_ids, values): (Vec<_>, Vec<_>) =
            exact.iter().map(|(leaf, id)| (*id, leaf.values())).unzip();
        let others = fields.iter().filter(|(leaf, _)| !leaf.is_values_only());
        let narrowest = others.min_by_key(|(leaf, id)| (breadth(leaf), self.load(leaf, *id)));
        match narrowest {
            None if exact.is_empty() => self.always.push(slot),
            None => self.insert_in_group(exact_ids, &values, slot),
            Some((leaf, id)) => {
                let group = self.by_fields.get(&exact_ids).and_then(|at| self.groups.get(*at));
                let load = group.map_or(0, |group| group.load(&values));
                let exact_is_narrower =
                    breadth(leaf) > Breadth::Text || load <= self.load(leaf, *id);
                if !exact.is_empty() && exact_is_narrower {
                    self.insert_in_group(exact_ids, &values, slot);
                } else {
                    self.insert_leaf(leaf, *id, slot);
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
        let field = self.fields.entry(id).or_default();
        let asked_before = !field.absent.is_empty();
        for operators in leaf.operators() {
            field.insert(operators, slot);
        }
        if !asked_before && !field.absent.is_empty() {
            self.asked_for_absence.push(id);
        }
    }

    fn used(&self, id: FieldId) -> usize {
        self.fields.get(&id).map_or(0, |field| field.used)
    }

    /// Returns how many patterns are found together with those of this leaf, roughly.
    fn load(&self, leaf: &Leaf, id: FieldId) -> usize {
        let group = self.by_fields.get([id].as_slice()).and_then(|at| self.groups.get(*at));
        let values = group.map_or(0, |group| group.load(&[leaf.values()]));
        let field = self.fields.get(&id);
        let operators = leaf.operators().filter_map(|operators| Some(field?.load(operators)));
        operators.max().unwrap_or(0).max(values)
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

    fn load(&self, operators: &[Operator]) -> usize {
        match narrowest(operators) {
            Some((Operator::Prefix(text), _)) => self.prefixes.load(text.bytes()),
            Some((Operator::Suffix(text), _)) => self.suffixes.load(text.bytes().rev()),
            Some((_, Breadth::AnyString)) => self.strings.len(),
            Some((_, Breadth::AnyNumber)) => self.numbers.len(),
            Some((_, Breadth::Absence)) => self.absent.len(),
            Some((_, Breadth::Exact | Breadth::Text | Breadth::AnyValue)) => self.values.len(),
            None => 0,
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
const MAX_GROUP_FIELDS: usize = 8;
