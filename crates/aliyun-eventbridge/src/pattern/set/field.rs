//! Where the conditions of one field are kept, so that a value finds those that it may meet.

use super::{
    affixes::{Affixes, beginning, ending, first, last},
    blocks::Blocks,
    excluding::Excluding,
    grams::Grams,
    intervals::{Interval, Intervals},
    slots::{Candidates, Slot},
};
use crate::pattern::{
    condition::{AnythingBut, Operator},
    leaf::Leaf,
    located::FieldValue,
    scalar::ScalarKind,
};

/// The patterns that are kept at one field, each condition at one of its operators.
#[derive(Debug, Clone, Default)]
pub(super) struct FieldIndex {
    prefixes: Affixes,
    suffixes: Affixes,
    contained: Grams,
    blocks: Blocks,
    intervals: Intervals,
    excluding: Excluding,
    /// Any value finds these.
    values: Vec<Slot>,
    absent: Vec<Slot>,
}

/// How many patterns are tried for one that matches, roughly: those kept at the same place, and
/// more for a condition that many events meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Cost(usize);

impl Cost {
    const NONE: Self = Self(0);

    /// Returns the cost of exact values that so many other patterns have.
    pub(super) fn exact(load: usize) -> Self {
        Self(load)
    }

    fn of(breadth: usize, load: usize) -> Self {
        Self(load.saturating_add(breadth))
    }
}

impl FieldIndex {
    /// Adds every condition of a leaf that is not a value.
    pub(super) fn insert_leaf(&mut self, leaf: &Leaf, slot: Slot) {
        let anything_but = |operators: &&[Operator]| {
            operators.iter().any(|one| matches!(one, Operator::AnythingBut(_)))
        };
        let excludes_once = leaf.operators().filter(anything_but).count() <= 1;
        for operators in leaf.operators() {
            match self.cheapest(operators) {
                Some((_, Operator::AnythingBut(excluded))) if excludes_once => {
                    self.excluding.insert(excluded, slot);
                }
                Some((_, operator)) => self.insert(operator, slot),
                None => {}
            }
        }
    }

    fn insert(&mut self, operator: &Operator, slot: Slot) {
        match operator {
            Operator::Prefix(text) => self.prefixes.insert(beginning(text), slot),
            Operator::Suffix(text) => self.suffixes.insert(ending(text), slot),
            Operator::Contains(text) => self.contained.insert(text, slot),
            Operator::Cidr(block) => self.blocks.insert(block, slot),
            Operator::Numeric(comparisons) => {
                if let Some(interval) = Interval::of(comparisons) {
                    self.intervals.insert(interval, slot);
                }
            }
            Operator::AnythingBut(
                AnythingBut::Values(_) | AnythingBut::Prefix(_) | AnythingBut::Suffix(_),
            )
            | Operator::Exists(true) => self.values.push(slot),
            Operator::Exists(false) => self.absent.push(slot),
        }
    }

    /// Returns the cost of the dearest condition of a leaf that is not a value.
    pub(super) fn cost(&self, leaf: &Leaf) -> Cost {
        let costs = leaf.operators().filter_map(|operators| self.cheapest(operators));
        costs.map(|(cost, _)| cost).max().unwrap_or(Cost::NONE)
    }

    /// Returns the operator of a condition under which it is best kept; none if no value and no
    /// absence can meet them all.
    fn cheapest<'o>(&self, operators: &'o [Operator]) -> Option<(Cost, &'o Operator)> {
        let absence = |operator: &Operator| matches!(operator, Operator::Exists(false));
        let absences = operators.iter().filter(|operator| absence(operator)).count();
        if absences > 0 && absences < operators.len() {
            return None;
        }
        let with_cost = operators.iter().map(|operator| (self.cost_of(operator), operator));
        with_cost.min_by_key(|(cost, _)| *cost)
    }

    fn cost_of(&self, operator: &Operator) -> Cost {
        match operator {
            Operator::Prefix(text) => Cost::exact(self.prefixes.load(beginning(text))),
            Operator::Suffix(text) => Cost::exact(self.suffixes.load(ending(text))),
            Operator::Contains(text) => Cost::of(CONTAINS, self.contained.load(text)),
            Operator::Cidr(block) => Cost::exact(self.blocks.load(block)),
            Operator::Numeric(comparisons) => match Interval::of(comparisons) {
                Some(interval) => {
                    let breadth = if interval.is_closed() { CLOSED_RANGE } else { OPEN_RANGE };
                    Cost::of(breadth, self.intervals.load(interval))
                }
                None => Cost::NONE,
            },
            Operator::AnythingBut(_) => Cost::of(ANY_VALUE, self.excluding.len()),
            Operator::Exists(true) => Cost::of(ANY_VALUE, self.values.len()),
            Operator::Exists(false) => Cost::of(ABSENCE, self.absent.len()),
        }
    }

    pub(super) fn asks_for_absence(&self) -> bool {
        !self.absent.is_empty()
    }

    /// Returns the patterns that may match if the field is not there.
    pub(super) fn absent(&self) -> &[Slot] {
        &self.absent
    }

    /// Adds the patterns that may match a value.
    pub(super) fn find(&self, value: &FieldValue<'_>, candidates: &mut Candidates) {
        let scalars = value.scalars();
        if !scalars.is_empty() {
            candidates.add(&self.values);
            self.excluding.find(scalars, candidates);
        }
        for scalar in scalars {
            match scalar.kind {
                ScalarKind::String => self.find_text(&scalar.text, candidates),
                ScalarKind::Number => {
                    if let Some(number) = scalar.number() {
                        self.intervals.find(number, |slots| candidates.add(slots));
                    }
                }
                ScalarKind::Null | ScalarKind::Boolean => {}
            }
        }
    }

    fn find_text(&self, text: &str, candidates: &mut Candidates) {
        self.prefixes.find(|length| first(text, length), |slots| candidates.add(slots));
        self.suffixes.find(|length| last(text, length), |slots| candidates.add(slots));
        self.contained.find(text, candidates);
        self.blocks.find(text, |slots| candidates.add(slots));
    }
}

/// How much broader than an exact value a condition is, counted in patterns that are tried.
const CLOSED_RANGE: usize = 1;
const CONTAINS: usize = 2;
const OPEN_RANGE: usize = 4;
const ANY_VALUE: usize = 256;
const ABSENCE: usize = 1024;
