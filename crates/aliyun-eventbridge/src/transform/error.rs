//! Why a target parameter is rejected, or cannot be applied.

use std::{error::Error, fmt};

use crate::json::excerpt::{Excerpt, PATH_CHARS, excerpt};

/// Says which target parameter breaks which rule, where, and what was found there.
///
/// ```
/// use aliyun_eventbridge::transform::{TargetParameter, TransformErrorKind};
///
/// let parameter = TargetParameter::json_path("Body", "$.data.items[*]");
/// let error = parameter.compile().unwrap_err();
/// assert_eq!(error.kind(), TransformErrorKind::PathNotDefinite);
/// assert_eq!(error.position(), Some(12));
/// assert_eq!(
///     error.to_string(),
///     "parameter Body: a path names one place: no wildcard, slice, filter or descent; \
///      found $.data.items[*], at character 12"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransformError {
    parameter: Option<String>,
    pub(super) kind: TransformErrorKind,
    pub(super) found: String,
    pub(super) position: Option<usize>,
}

/// Names the kinds of [`TransformError`], one a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransformErrorKind {
    /// A form that EventBridge does not document.
    UnknownForm,
    /// No `Value`, which the form needs.
    NoValue,
    /// No `Template`, which the form needs.
    NoTemplate,
    /// A `Value` of more characters than the limit.
    ValueTooLong,
    /// A `Template` of more characters than the limit.
    TemplateTooLong,
    /// A path that does not begin with `$`, or goes on in a way that paths do not.
    Path,
    /// A path with a bracket or a quote that is not closed.
    PathNotClosed,
    /// A path with a function.
    PathFunction,
    /// A path that may name several places.
    PathNotDefinite,
    /// A template's `Value` that is not a JSON object.
    VariablesNotAnObject,
    /// A template's variable that is neither text, number nor boolean.
    Variable,
    /// A template that asks for an object to be merged into it.
    EmbeddedObject,
    /// More bytes than the limit come out.
    OutputTooLong,
    /// A value with more arrays and objects in each other than
    /// [`MAX_VALUE_DEPTH`](super::MAX_VALUE_DEPTH).
    ValueTooDeep,
}

impl TransformErrorKind {
    fn rule(self) -> &'static str {
        match self {
            Self::UnknownForm => "a form is CONSTANT, ORIGINAL, JSONPATH or TEMPLATE",
            Self::NoValue => "the forms CONSTANT, JSONPATH and TEMPLATE need a Value",
            Self::NoTemplate => "the form TEMPLATE needs a Template",
            Self::ValueTooLong => "the Value has more characters than the limit",
            Self::TemplateTooLong => "the Template has more characters than the limit",
            Self::Path => "a path is $, then names and indices: $.data.items[0]['odd key']",
            Self::PathNotClosed => "a bracket or quote of a path is closed",
            Self::PathFunction => "a path has no functions",
            Self::PathNotDefinite => {
                "a path names one place: no wildcard, slice, filter or descent"
            }
            Self::VariablesNotAnObject => {
                "the Value of a TEMPLATE is a JSON object of names and paths, \
                 {\"name\": \"$.data.name\"}"
            }
            Self::Variable => "a variable is a path, a text, a number or a boolean",
            Self::EmbeddedObject => "EB_SYS_EMBED_OBJECT is not supported",
            Self::OutputTooLong => "more bytes come out than the limit",
            Self::ValueTooDeep => "a value has at most 128 arrays and objects in each other",
        }
    }
}

impl TransformError {
    pub(super) fn new(kind: TransformErrorKind, found: &str) -> Self {
        Self { parameter: None, kind, found: excerpt(found), position: None }
    }

    /// Sets the place, in characters from the start.
    pub(super) fn at(mut self, position: usize) -> Self {
        self.position = Some(position);
        self
    }

    pub(super) fn of(mut self, parameter: &str) -> Self {
        self.parameter = Some(parameter.to_owned());
        self
    }

    /// Returns the broken rule.
    #[must_use]
    pub fn kind(&self) -> TransformErrorKind {
        self.kind
    }

    /// Returns the `ResourceKey` of the parameter.
    #[must_use]
    pub fn parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }

    /// Returns what was found, at most 64 characters of it: the path, if it is about a path.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.found
    }

    /// Returns where the fault is within path or template, in characters from 0.
    #[must_use]
    pub fn position(&self) -> Option<usize> {
        self.position
    }
}

impl fmt::Display for TransformError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parameter) = &self.parameter {
            write!(formatter, "parameter {}: ", Excerpt(parameter, PATH_CHARS))?;
        }
        write!(formatter, "{}; found {}", self.kind.rule(), self.found)?;
        match self.position {
            Some(position) => write!(formatter, ", at character {position}"),
            None => Ok(()),
        }
    }
}

impl Error for TransformError {}
