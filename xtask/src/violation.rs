//! A rule that does not hold, and where.

use std::{fmt, path::PathBuf};

/// A rule of the architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// A package depends on one that it may not depend on.
    Packages,
    /// A file imports from a file that its parent declares below it.
    Order,
    /// Files or folders import from each other.
    Circle,
    /// A Rust file has too many lines.
    FileLength,
    /// A Rust line has too many columns.
    LineLength,
    /// A module says where its file is.
    PathAttribute,
    /// A markdown file links to a missing file.
    Link,
    /// Code that runs everywhere uses what not every target has.
    Platform,
    /// A file cannot be read as what it is.
    Unreadable,
}

impl Rule {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Packages => "packages",
            Self::Order => "order",
            Self::Circle => "circle",
            Self::FileLength => "file-length",
            Self::LineLength => "line-length",
            Self::PathAttribute => "path-attribute",
            Self::Link => "link",
            Self::Platform => "platform",
            Self::Unreadable => "unreadable",
        }
    }
}

/// A place where a rule does not hold. Displays as `file:line: rule: text`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Violation {
    /// Relative to the root.
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) rule: Rule,
    pub(crate) text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, rule, text } = self;
        write!(f, "{}:{line}: {}: {text}", file.display(), rule.as_str())
    }
}
