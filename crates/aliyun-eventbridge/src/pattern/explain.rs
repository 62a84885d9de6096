//! Why a pattern matches an event, or does not.

use std::fmt;

use serde::Serialize;

use super::{
    condition::{Condition, Operator, Test},
    leaf::Leaf,
    located::{FieldId, FieldValue, Located},
    scalar::{Scalar, ScalarKind, ValueSet},
};
use crate::json::excerpt::{Excerpt, PATH_CHARS, excerpt};

/// Says which fields of a pattern an event matches, and why it does not match the others.
///
/// Its `Display` names the failed fields, at most eight of them.
///
/// ```
/// use aliyun_eventbridge::{JsonEvent, pattern::{EventPattern, Found}};
///
/// let pattern = r#"{"source": ["acs.oss"], "data": {"size": [{"numeric": [">", 5]}]}}"#;
/// let pattern: EventPattern = pattern.parse()?;
/// let event = JsonEvent::parse(r#"{"source": "acs.oss", "data": {"size": 4}}"#)?;
/// let explanation = pattern.explain(&event);
/// assert!(!explanation.matches);
/// assert_eq!(explanation.fields[1].path, "$.data.size");
/// assert_eq!(explanation.fields[1].found, Found::Value { value: "4".to_owned() });
/// assert_eq!(
///     explanation.to_string(),
///     "no match: $.data.size is 4, which {\"numeric\": [\">\", 5]} does not hold for: \
///      outside the range"
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// Whether the event matches.
    pub matches: bool,
    /// Whether the pattern asks for `data`, and the event has none: it then does not match.
    pub data_missing: bool,
    /// Every field of the pattern, in its order.
    pub fields: Vec<FieldReport>,
}

/// Says what a pattern asks of one field, and what the event has there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldReport {
    /// The field: `$.data.size`.
    pub path: String,
    /// Whether one of the conditions holds.
    pub holds: bool,
    /// What the event has there.
    pub found: Found,
    /// Every condition, in the pattern's order.
    pub conditions: Vec<ConditionReport>,
}

/// Says what an event has at a field. Texts are at most 64 characters long, then cut.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Found {
    /// Nothing: only `exists: false` holds.
    Absent,
    /// An object: nothing holds.
    Object,
    /// An array without elements: nothing holds.
    EmptyArray,
    /// An array with objects or arrays in it: nothing holds.
    NestedArray,
    /// A value.
    Value {
        /// Its JSON text; of a string, with the characters between quotes.
        value: String,
    },
    /// An array of values: a condition holds for all if it holds for one.
    Array {
        /// How many there are.
        count: usize,
        /// The first of them.
        first: String,
    },
}

/// Holds one condition, and whether it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ConditionReport {
    /// The condition as the pattern has it, at most 64 characters of it.
    pub condition: String,
    /// Whether it holds.
    pub holds: bool,
    /// Why it does not hold.
    pub mismatch: Option<Mismatch>,
}

/// Says why a condition does not hold. Of an array, why it does not hold for the first element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Mismatch {
    /// The field is not there.
    Absent,
    /// The field is an object, an empty array, or an array with objects or arrays in it.
    NotAValue,
    /// The text differs.
    Differs,
    /// The same number is written in another way: numbers compare by their text.
    NumberWrittenOtherwise,
    /// The operator is for strings.
    NotAString,
    /// The operator is for numbers.
    NotANumber,
    /// The text begins, ends or goes on otherwise.
    TextDiffers,
    /// The value is one of the excluded ones.
    Excluded,
    /// The number is outside the range.
    OutOfRange,
    /// The string is not an address.
    NotAnAddress,
    /// The address is outside the block.
    OutsideBlock,
    /// The field is there.
    Present,
}

impl Explanation {
    pub(super) fn of(
        pattern: &str,
        leaves: &[Leaf],
        needs_data: bool,
        located: &Located<'_>,
    ) -> Self {
        let data_missing = needs_data && !located.has_data;
        let leaves = leaves.iter().zip((0..).map(FieldId));
        let fields: Vec<_> = leaves
            .map(|(leaf, field)| FieldReport::of(pattern, leaf, located.get(field)))
            .collect();
        let matches = !data_missing && fields.iter().all(|field| field.holds);
        Self { matches, data_missing, fields }
    }
}

impl FieldReport {
    fn of(pattern: &str, leaf: &Leaf, found: Option<&FieldValue<'_>>) -> Self {
        // A long array is searched once, however many values the field has conditions for.
        let mut values = ValueSet::default();
        for scalar in found.map(FieldValue::scalars).unwrap_or_default() {
            values.insert(scalar);
        }
        let report = |condition: &Condition| {
            let mismatch = Mismatch::of(&condition.test, found, &values);
            let (start, end) = condition.span;
            let text = pattern.get(start..end).unwrap_or_default();
            ConditionReport { condition: excerpt(text), holds: mismatch.is_none(), mismatch }
        };
        Self {
            path: leaf.path.to_string(),
            holds: leaf.holds(found),
            found: Found::of(found),
            conditions: leaf.conditions.iter().map(report).collect(),
        }
    }
}

impl Found {
    fn of(found: Option<&FieldValue<'_>>) -> Self {
        match found {
            None => Self::Absent,
            Some(FieldValue::Object) => Self::Object,
            Some(FieldValue::NestedArray) => Self::NestedArray,
            Some(FieldValue::Scalar(scalar)) => Self::Value { value: shown(scalar) },
            Some(FieldValue::Array(scalars)) => match scalars.first() {
                None => Self::EmptyArray,
                Some(first) => Self::Array { count: scalars.len(), first: shown(first) },
            },
        }
    }
}

impl Mismatch {
    fn of(test: &Test, found: Option<&FieldValue<'_>>, values: &ValueSet) -> Option<Self> {
        let Some(found) = found else {
            return (!test.holds_for_absence()).then_some(Self::Absent);
        };
        let scalars = found.scalars();
        let holds = match test {
            Test::Value(expected) => values.contains(expected),
            Test::Operators(_) => scalars.iter().any(|scalar| test.holds(scalar)),
        };
        if holds {
            return None;
        }
        Some(scalars.first().map_or(Self::NotAValue, |scalar| Self::of_scalar(test, scalar)))
    }

    fn of_scalar(test: &Test, scalar: &Scalar<'_>) -> Self {
        match test {
            Test::Value(expected) => match (expected.number(), scalar.number()) {
                (Some(expected), Some(number)) if expected == number => {
                    Self::NumberWrittenOtherwise
                }
                _ => Self::Differs,
            },
            Test::Operators(operators) => {
                let failed = operators.iter().find(|operator| !operator.holds(scalar));
                failed.map_or(Self::Differs, |operator| Self::of_operator(operator, scalar))
            }
        }
    }

    fn of_operator(operator: &Operator, scalar: &Scalar<'_>) -> Self {
        match operator {
            Operator::Prefix(_) | Operator::Suffix(_) | Operator::Contains(_) => {
                if scalar.string().is_none() { Self::NotAString } else { Self::TextDiffers }
            }
            Operator::AnythingBut(_) => Self::Excluded,
            Operator::Numeric(_) => {
                if scalar.number().is_none() {
                    Self::NotANumber
                } else {
                    Self::OutOfRange
                }
            }
            Operator::Cidr(_) => match scalar.string().map(str::parse::<std::net::IpAddr>) {
                None => Self::NotAString,
                Some(Err(_)) => Self::NotAnAddress,
                Some(Ok(_)) => Self::OutsideBlock,
            },
            Operator::Exists(_) => Self::Present,
        }
    }
}

fn shown(scalar: &Scalar<'_>) -> String {
    match scalar.kind {
        ScalarKind::String => format!("\"{}\"", excerpt(&scalar.text)),
        ScalarKind::Null | ScalarKind::Boolean | ScalarKind::Number => excerpt(&scalar.text),
    }
}

/// `match`, or `no match: ` and why.
impl fmt::Display for Explanation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.matches {
            return formatter.write_str("match");
        }
        formatter.write_str("no match: ")?;
        if self.data_missing {
            return formatter.write_str("the pattern asks for data, and the event has none");
        }
        let failed = || self.fields.iter().filter(|field| !field.holds);
        for (index, field) in failed().take(SHOWN_FIELDS).enumerate() {
            let separator = if index > 0 { "; " } else { "" };
            write!(formatter, "{separator}{field}")?;
        }
        match failed().count().saturating_sub(SHOWN_FIELDS) {
            0 => Ok(()),
            rest => write!(formatter, "; and {rest} more fields"),
        }
    }
}

impl fmt::Display for FieldReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} is {}", Excerpt(&self.path, PATH_CHARS), self.found)?;
        if self.holds {
            return formatter.write_str(", which a condition holds for");
        }
        for (index, one) in self.conditions.iter().take(SHOWN_CONDITIONS).enumerate() {
            let joint = if index > 0 { ", nor" } else { ", which" };
            let verb = if index > 0 { "" } else { " does not hold for" };
            write!(formatter, "{joint} {}{verb}", one.condition)?;
            if let Some(mismatch) = one.mismatch {
                write!(formatter, ": {mismatch}")?;
            }
        }
        match self.conditions.len().saturating_sub(SHOWN_CONDITIONS) {
            0 => Ok(()),
            rest => write!(formatter, ", nor {rest} more conditions"),
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => formatter.write_str("absent"),
            Self::Object => formatter.write_str("an object"),
            Self::EmptyArray => formatter.write_str("an empty array"),
            Self::NestedArray => formatter.write_str("an array with objects or arrays in it"),
            Self::Value { value } => formatter.write_str(value),
            Self::Array { count, first } => write!(formatter, "an array of {count}, first {first}"),
        }
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Absent => "the field is not there",
            Self::NotAValue => "not a value",
            Self::Differs => "another value",
            Self::NumberWrittenOtherwise => "the same number, written otherwise",
            Self::NotAString => "not a string",
            Self::NotANumber => "not a number",
            Self::TextDiffers => "another text",
            Self::Excluded => "excluded",
            Self::OutOfRange => "outside the range",
            Self::NotAnAddress => "not an address",
            Self::OutsideBlock => "outside the block",
            Self::Present => "the field is there",
        })
    }
}

/// How many failed fields and conditions `Display` names.
const SHOWN_FIELDS: usize = 8;
const SHOWN_CONDITIONS: usize = 5;
