//! Why a pattern is rejected.

use std::{error::Error, fmt};

use crate::json::excerpt::{Excerpt, PATH_CHARS, excerpt};

/// Says where a pattern breaks which rule, and what was found there.
///
/// ```
/// use aliyun_eventbridge::pattern::{EventPattern, PatternErrorKind};
///
/// let error = EventPattern::parse(r#"{"data": {"size": [{"numeric": [">"]}]}}"#).unwrap_err();
/// assert_eq!(error.path(), "$.data.size[0].numeric");
/// assert_eq!(error.kind(), PatternErrorKind::Numeric);
/// assert_eq!(
///     error.to_string(),
///     "$.data.size[0].numeric: numeric takes [op, n] or [op, n, op, n], \
///      op one of = != > >= < <=, n from -1e9 to 1e9; found [\">\"]"
/// );
/// ```
#[derive(Debug)]
pub struct PatternError {
    kind: PatternErrorKind,
    path: String,
    found: String,
    source: Option<serde_json::Error>,
}

/// Names the kinds of [`PatternError`], one a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PatternErrorKind {
    /// More than [`MAX_PATTERN_CHARS`](super::MAX_PATTERN_CHARS) characters.
    TooLong,
    /// More than [`MAX_PATTERN_DEPTH`](super::MAX_PATTERN_DEPTH) arrays and objects in each other.
    TooDeep,
    /// Not JSON.
    NotJson,
    /// A pattern is an object.
    NotAnObject,
    /// A name that is there twice.
    DoubledName,
    /// A string or name with half of a surrogate pair.
    LoneSurrogate,
    /// A name at the top that the rules do not know.
    UnknownName,
    /// A field's conditions are an array; within `data` objects may lead to it.
    NotConditions,
    /// `data` is an object.
    DataNotAnObject,
    /// An array without conditions.
    NoConditions,
    /// An object within `data` without members.
    EmptyObject,
    /// An array as a condition.
    NestedArray,
    /// A condition without an operator.
    NoOperator,
    /// More operators in a condition than [`MAX_OPERATORS`](super::MAX_OPERATORS).
    TooManyOperators,
    /// Several operators in a condition, where the rules allow one.
    SeveralOperators,
    /// An operator that does not exist.
    UnknownOperator,
    /// `prefix`, `suffix` or `contains` without a text.
    Text,
    /// `anything-but` with anything but a value, values, a prefix or a suffix.
    AnythingBut,
    /// `numeric` with anything but comparisons.
    Numeric,
    /// `cidr` with anything but an address or a block.
    Cidr,
    /// `exists` with anything but a boolean.
    Exists,
}

impl PatternErrorKind {
    fn rule(self) -> &'static str {
        match self {
            Self::TooLong => "a pattern has at most 8,192 characters",
            Self::TooDeep => "a pattern has at most 64 arrays and objects in each other",
            Self::NotJson => "a pattern is JSON",
            Self::NotAnObject => "a pattern is an object",
            Self::DoubledName => "a name is there once",
            Self::LoneSurrogate => "a text has no half of a surrogate pair",
            Self::UnknownName => {
                "strict rules know the attributes of CloudEvents, data and the aliyun… names"
            }
            Self::NotConditions => {
                "a field takes an array of conditions; only within data may objects lead to it"
            }
            Self::DataNotAnObject => "data takes an object of fields",
            Self::NoConditions => "an array of conditions has at least one",
            Self::EmptyObject => "an object within data has at least one member",
            Self::NestedArray => "a condition is a value or an object of operators, not an array",
            Self::NoOperator => "a condition that is an object has an operator",
            Self::TooManyOperators => "a condition has at most five operators",
            Self::SeveralOperators => "these rules allow one operator a condition",
            Self::UnknownOperator => {
                "an operator is prefix, suffix, contains, anything-but, numeric, cidr or exists"
            }
            Self::Text => "prefix, suffix and contains take a string that is not empty",
            Self::AnythingBut => {
                "anything-but takes a value, an array of values, or an object of one prefix or \
                 suffix"
            }
            Self::Numeric => {
                "numeric takes [op, n] or [op, n, op, n], op one of = != > >= < <=, n from -1e9 to \
                 1e9"
            }
            Self::Cidr => "cidr takes an address, or an address, a slash and the prefix length",
            Self::Exists => "exists takes true or false",
        }
    }
}

impl PatternError {
    pub(super) fn new(kind: PatternErrorKind, path: &str, found: &str) -> Self {
        Self { kind, path: path.to_owned(), found: excerpt(found), source: None }
    }

    pub(super) fn not_json(error: serde_json::Error) -> Self {
        let found = format!("an error at line {} column {}", error.line(), error.column());
        let kind = PatternErrorKind::NotJson;
        Self { source: Some(error), ..Self::new(kind, "$", &found) }
    }

    /// Returns the broken rule.
    #[must_use]
    pub fn kind(&self) -> PatternErrorKind {
        self.kind
    }

    /// Returns the place in the pattern, `$.data.size[0].numeric`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what was found there, at most 64 characters of it.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }
}

impl fmt::Display for PatternError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = Excerpt(&self.path, PATH_CHARS);
        write!(formatter, "{path}: {}; found {}", self.kind.rule(), self.found)
    }
}

impl Error for PatternError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        let error: &(dyn Error + 'static) = self.source.as_ref()?;
        Some(error)
    }
}
