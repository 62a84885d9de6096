//! One condition of a leaf, and for which values it holds.

use super::{
    cidr::Block,
    scalar::{Scalar, ValueSet},
};

/// One element of a leaf's array.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub(super) test: Test,
    /// Where it is written in the pattern's text, in bytes.
    pub(super) span: (usize, usize),
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Value(Scalar<'static>),
    /// All of them must hold for the same value.
    Operators(Vec<Operator>),
}

#[derive(Debug, Clone)]
pub(super) enum Operator {
    Prefix(Box<str>),
    Suffix(Box<str>),
    Contains(Box<str>),
    AnythingBut(AnythingBut),
    Numeric(Vec<Comparison>),
    Cidr(Block),
    Exists(bool),
}

#[derive(Debug, Clone)]
pub(super) enum AnythingBut {
    Values(ValueSet),
    Prefix(Box<str>),
    Suffix(Box<str>),
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Comparison {
    pub(super) sign: Sign,
    pub(super) number: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Test {
    pub(super) fn holds(&self, value: &Scalar<'_>) -> bool {
        match self {
            Self::Value(expected) => expected.key() == value.key(),
            Self::Operators(operators) => operators.iter().all(|operator| operator.holds(value)),
        }
    }

    /// Returns whether it holds where there is no value.
    pub(super) fn holds_for_absence(&self) -> bool {
        match self {
            Self::Value(_) => false,
            Self::Operators(operators) => {
                operators.iter().all(|operator| matches!(operator, Operator::Exists(false)))
            }
        }
    }
}

impl Operator {
    pub(super) fn holds(&self, value: &Scalar<'_>) -> bool {
        match self {
            Self::Prefix(prefix) => value.string().is_some_and(|text| text.starts_with(&**prefix)),
            Self::Suffix(suffix) => value.string().is_some_and(|text| text.ends_with(&**suffix)),
            Self::Contains(part) => value.string().is_some_and(|text| text.contains(&**part)),
            Self::AnythingBut(excluded) => !excluded.excludes(value),
            Self::Numeric(comparisons) => value.number().is_some_and(|number| {
                comparisons.iter().all(|comparison| comparison.holds(number))
            }),
            Self::Cidr(block) => value.string().is_some_and(|text| block.contains(text)),
            Self::Exists(exists) => *exists,
        }
    }
}

impl AnythingBut {
    fn excludes(&self, value: &Scalar<'_>) -> bool {
        match self {
            Self::Values(values) => values.contains(value),
            Self::Prefix(prefix) => value.string().is_some_and(|text| text.starts_with(&**prefix)),
            Self::Suffix(suffix) => value.string().is_some_and(|text| text.ends_with(&**suffix)),
        }
    }
}

impl Comparison {
    fn holds(self, value: f64) -> bool {
        let equal = (value - self.number).abs() <= EQUAL_WITHIN;
        match self.sign {
            Sign::Equal => equal,
            Sign::NotEqual => !equal,
            Sign::Greater => !equal && value > self.number,
            Sign::GreaterOrEqual => equal || value > self.number,
            Sign::Less => !equal && value < self.number,
            Sign::LessOrEqual => equal || value < self.number,
        }
    }
}

impl Sign {
    pub(super) fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "=" => Self::Equal,
            "!=" => Self::NotEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            _ => return None,
        })
    }
}

/// Numbers that differ by no more are equal.
pub(super) const EQUAL_WITHIN: f64 = 1e-7;
