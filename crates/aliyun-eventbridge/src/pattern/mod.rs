//! Event patterns.
mod rules;

mod scalar;

mod cidr;

mod condition;

mod located;

mod leaf;

mod error;

mod parse;

mod explain;

mod event_pattern;

mod set;

pub use error::{PatternError, PatternErrorKind};
pub use event_pattern::EventPattern;
pub use explain::{ConditionReport, Explanation, FieldReport, Found, Mismatch};
pub use parse::{MAX_OPERATORS, MAX_PATTERN_CHARS, MAX_PATTERN_DEPTH};
pub use rules::{
    CidrEnds, ContainsOperator, KNOWN_NAMES, PatternRules, SeveralOperators, TopLevelNames,
};
pub use set::EventPatternSet;
