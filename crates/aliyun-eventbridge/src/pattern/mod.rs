//! Event patterns: which events a rule lets through.
//!
//! A pattern is a JSON object. Every field must hold; a field has an array of conditions, of which
//! one must hold. Only within `data` may objects lead to fields. `{}` matches everything.
//!
//! | condition | holds for |
//! |---|---|
//! | a value | the same text: `300` and `300.0` differ, `80` equals `"80"`; `null` is null alone |
//! | `prefix`, `suffix`, `contains` | strings, case-sensitive |
//! | `anything-but` a value, values, a prefix or a suffix | every other value, and null |
//! | `numeric` | numbers; one or two of `= != > >= < <=` |
//! | `cidr` | strings that are addresses of the block |
//! | `exists` | true: a value or null; false: absence |
//! | several operators, [`MAX_OPERATORS`] at most | what all of them hold for |
//!
//! An array of values holds if a condition holds for one of them. Nothing holds for objects, empty
//! arrays, and arrays with objects or arrays in them. A pattern with fields in `data` does not
//! match an event without `data`.
//!
//! apache/rocketmq-eventbridge differs, and [`PatternRules`] has its choices except its faults. It
//! prints numbers anew before it compares them (300.0 of `3.0e2`). It takes names within `data` for
//! JSONPaths. It resolves host names in `cidr`, and reads addresses such as `10.1`.
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
