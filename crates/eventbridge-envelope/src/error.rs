//! Why bytes cannot be read as an event, or an event cannot be made a request.

use std::{borrow::Cow, error::Error, fmt, sync::Arc};

use serde_json::error::Category;

use crate::dialect::Dialect;

/// Says why an envelope cannot be read or converted: the dialect if it is known, the path of the
/// field, and the problem. The cause is its [`source`](Error::source).
///
/// Holds no value of a field, except for a `type` that is not known and a flag that is neither true
/// nor false, both cut.
#[derive(Clone, Debug)]
pub struct EnvelopeError {
    kind: EnvelopeErrorKind,
    dialect: Option<Dialect>,
    field: String,
    problem: Cow<'static, str>,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// Names the kinds of [`EnvelopeError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EnvelopeErrorKind {
    /// The bytes are not JSON.
    NotJson,
    /// A required field is missing, null or empty.
    MissingField,
    /// A field is there and cannot be read.
    MalformedField,
    /// A field is there twice.
    DuplicateField,
    /// Neither `type` nor the keys are those of a known dialect.
    UnknownDialect,
    /// The bytes are a batch, and one event was asked for.
    NotOneEvent,
}

impl EnvelopeError {
    pub(crate) fn new(
        kind: EnvelopeErrorKind,
        field: impl Into<String>,
        problem: impl Into<Cow<'static, str>>,
    ) -> Self {
        let field = cut(&field.into()).to_owned();
        Self { kind, dialect: None, field, problem: problem.into(), source: None }
    }

    pub(crate) fn missing(field: impl Into<String>) -> Self {
        Self::new(EnvelopeErrorKind::MissingField, field, "is missing or empty")
    }

    /// Makes an error of kind [`MalformedField`](EnvelopeErrorKind::MalformedField), for readers of
    /// your own.
    ///
    /// `field` is the path of the field, cut after 64 characters; empty for the envelope as a
    /// whole. `problem` continues the sentence "field ... ", such as "is not a date". Neither may
    /// hold a value of the event: errors are logged.
    #[must_use]
    pub fn malformed(field: impl Into<String>, problem: impl Into<Cow<'static, str>>) -> Self {
        Self::new(EnvelopeErrorKind::MalformedField, field, problem)
    }

    /// Sets the cause without the text of serde, which may quote a credential.
    pub(crate) fn because_json(self, error: &serde_json::Error) -> Self {
        let (category, line, column) = (error.classify(), error.line(), error.column());
        self.with_source(JsonCause { category, line, column })
    }

    /// Sets the cause, which [`source`](Error::source) returns. Its text must not quote a value of
    /// the event.
    #[must_use]
    pub fn with_source(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Arc::new(source));
        self
    }

    pub(crate) fn in_dialect(mut self, dialect: Dialect) -> Self {
        self.dialect.get_or_insert(dialect);
        self
    }

    /// Puts the field below another one.
    pub(crate) fn below(mut self, parent: &str) -> Self {
        let parent = cut(parent);
        self.field = match self.field.as_str() {
            "" => parent.to_owned(),
            index if index.starts_with('[') => format!("{parent}{index}"),
            field => format!("{parent}.{field}"),
        };
        self
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> EnvelopeErrorKind {
        self.kind
    }

    /// Returns the dialect that the envelope was read as, if it was known.
    #[must_use]
    pub fn dialect(&self) -> Option<Dialect> {
        self.dialect
    }

    /// Returns the path of the field, such as `data.headers.Content-Type`. Empty for the envelope
    /// as a whole.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }
}

impl fmt::Display for EnvelopeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(dialect) = self.dialect {
            write!(formatter, "{dialect}: ")?;
        }
        match self.field.as_str() {
            "" => formatter.write_str("the envelope ")?,
            field => write!(formatter, "field {} ", field.escape_debug())?,
        }
        formatter.write_str(&self.problem)
    }
}

impl Error for EnvelopeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.source {
            Some(source) => Some(&**source),
            None => None,
        }
    }
}

/// Cuts a name, which may be as long as the body.
fn cut(name: &str) -> &str {
    let end = name.char_indices().nth(LONGEST_NAME).map_or(name.len(), |(end, _)| end);
    name.get(..end).unwrap_or_default()
}

/// The number of characters of a name in the path of a field.
const LONGEST_NAME: usize = 64;

/// Where JSON went wrong.
#[derive(Debug)]
struct JsonCause {
    category: Category,
    line: usize,
    column: usize,
}

impl fmt::Display for JsonCause {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.category {
            Category::Io => "input that cannot be read",
            Category::Syntax => "a syntax error",
            Category::Data => "a value of another kind",
            Category::Eof => "an early end",
        };
        write!(formatter, "{what} at line {}, column {}", self.line, self.column)
    }
}

impl Error for JsonCause {}
