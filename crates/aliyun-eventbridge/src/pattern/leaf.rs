//! The conditions of one field.

use super::{
    condition::{Condition, Operator, Test},
    located::FieldValue,
    scalar::{Scalar, ValueSet},
};

/// The conditions of one field, of which one must hold.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    /// As messages name it: `$.data.size`.
    pub(super) path: Box<str>,
    /// The names from the top to the field.
    pub(super) names: Vec<Box<str>>,
    pub(super) conditions: Vec<Condition>,
    values: ValueSet,
}

impl Leaf {
    pub(super) fn new(path: &str, names: Vec<Box<str>>, conditions: Vec<Condition>) -> Self {
        let mut values = ValueSet::default();
        for condition in &conditions {
            if let Test::Value(value) = &condition.test {
                values.insert(value);
            }
        }
        Self { path: Box::from(path), names, conditions, values }
    }

    /// Returns whether one condition holds for what was found.
    pub(super) fn holds(&self, found: Option<&FieldValue<'_>>) -> bool {
        match found {
            None => self.conditions.iter().any(|condition| condition.test.holds_for_absence()),
            Some(found) => found.scalars().iter().any(|scalar| self.holds_for(scalar)),
        }
    }

    fn holds_for(&self, scalar: &Scalar<'_>) -> bool {
        let operators = |operators: &[Operator]| operators.iter().all(|one| one.holds(scalar));
        self.values.contains(scalar) || self.operators().any(operators)
    }

    /// Returns the values among the conditions.
    pub(super) fn values(&self) -> &ValueSet {
        &self.values
    }

    /// Returns the operators of each condition that is not a value.
    pub(super) fn operators(&self) -> impl Iterator<Item = &[Operator]> {
        self.conditions.iter().filter_map(|condition| match &condition.test {
            Test::Value(_) => None,
            Test::Operators(operators) => Some(operators.as_slice()),
        })
    }

    /// Returns whether every condition is a value.
    pub(super) fn is_values_only(&self) -> bool {
        self.operators().next().is_none()
    }
}
