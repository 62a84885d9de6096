//! Checks before a request is sent: each names the field, the limit and the value's length.

use std::{borrow::Cow, error::Error, fmt, ops::RangeInclusive};

/// Names a field of a request that the service would refuse. Holds lengths, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField {
    field: Cow<'static, str>,
    problem: FieldProblem,
}

/// Says why a field is invalid.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// The field is required and absent or empty.
    Missing,
    /// The length is outside of the limits.
    Length {
        /// The unit: `characters`, `bytes`, `entries`.
        unit: &'static str,
        /// The least length.
        least: usize,
        /// The greatest length.
        most: usize,
        /// The length of the value.
        got: usize,
    },
    /// The number is outside of the limits.
    Range {
        /// The least value.
        least: u64,
        /// The greatest value.
        most: u64,
        /// The value.
        got: u64,
    },
    /// A character is not allowed.
    Character {
        /// Which characters are allowed, and where.
        allowed: &'static str,
        /// The position of the first other character, counted in characters from 1.
        at: usize,
    },
    /// The value breaks a rule that the text states.
    Rule(&'static str),
}

impl InvalidField {
    pub(crate) fn new(field: impl Into<Cow<'static, str>>, problem: FieldProblem) -> Self {
        Self { field: field.into(), problem }
    }

    pub(crate) fn rule(field: impl Into<Cow<'static, str>>, rule: &'static str) -> Self {
        Self::new(field, FieldProblem::Rule(rule))
    }

    /// Puts the name of what holds the field before it: `Targets[2]`, then `Id`.
    pub(crate) fn within(self, holder: impl fmt::Display) -> Self {
        Self { field: Cow::Owned(format!("{holder}.{}", self.field)), problem: self.problem }
    }

    /// Returns the path of the field as the vendor spells it, for example `Targets[0].Id`.
    #[must_use]
    pub fn field(&self) -> &str {
        &self.field
    }

    /// Returns the reason.
    #[must_use]
    pub const fn problem(&self) -> &FieldProblem {
        &self.problem
    }
}

impl fmt::Display for InvalidField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let field = &self.field;
        match &self.problem {
            FieldProblem::Missing => write!(f, "{field} is required"),
            FieldProblem::Length { unit, least, most, got } => {
                write!(f, "{field} has {got} {unit}; {least} to {most} are allowed")
            }
            FieldProblem::Range { least, most, got } => {
                write!(f, "{field} is {got}; {least} to {most} are allowed")
            }
            FieldProblem::Character { allowed, at } => {
                write!(f, "{field} has another character at position {at}; allowed: {allowed}")
            }
            FieldProblem::Rule(rule) => write!(f, "{field} {rule}"),
        }
    }
}

impl Error for InvalidField {}

pub(crate) type Checked = Result<(), InvalidField>;

/// Demands a value that is not empty.
pub(crate) fn required(field: &'static str, value: &str) -> Checked {
    if value.is_empty() {
        return Err(InvalidField::new(field, FieldProblem::Missing));
    }
    Ok(())
}

/// Demands a number of Unicode characters.
pub(crate) fn characters(
    field: &'static str,
    value: &str,
    limits: RangeInclusive<usize>,
) -> Checked {
    within(field, "characters", value.chars().count(), limits)
}

/// Demands a number of entries or bytes.
pub(crate) fn within(
    field: impl Into<Cow<'static, str>>,
    unit: &'static str,
    got: usize,
    limits: RangeInclusive<usize>,
) -> Checked {
    if limits.contains(&got) {
        return Ok(());
    }
    let (least, most) = limits.into_inner();
    Err(InvalidField::new(field, FieldProblem::Length { unit, least, most, got }))
}

/// Demands a number between two others.
pub(crate) fn range(field: &'static str, got: u64, limits: RangeInclusive<u64>) -> Checked {
    if limits.contains(&got) {
        return Ok(());
    }
    let (least, most) = limits.into_inner();
    Err(InvalidField::new(field, FieldProblem::Range { least, most, got }))
}

/// Demands characters of one set, with another set for the first.
pub(crate) fn charset(
    field: &'static str,
    value: &str,
    allowed: &'static str,
    mut is_allowed: impl FnMut(usize, char) -> bool,
) -> Checked {
    match value.chars().enumerate().find(|&(at, c)| !is_allowed(at, c)) {
        None => Ok(()),
        Some((at, _)) => {
            let at = at.saturating_add(1);
            Err(InvalidField::new(field, FieldProblem::Character { allowed, at }))
        }
    }
}

/// Demands a name of a bus or rule: 1 to 127, letter or digit first, letters, digits, hyphens.
pub(crate) fn bus_or_rule_name(field: &'static str, value: &str) -> Checked {
    required(field, value)?;
    characters(field, value, 1..=127)?;
    letters_digits_hyphens(field, value)
}

/// Demands letters, digits and hyphens, a letter or digit first.
pub(crate) fn letters_digits_hyphens(field: &'static str, value: &str) -> Checked {
    let allowed = "letters, digits and hyphens, a letter or digit first";
    charset(field, value, allowed, |at, c| c.is_ascii_alphanumeric() || at > 0 && c == '-')
}

/// Demands a name of a bus or rule that can be created.
pub(crate) fn new_name(field: &'static str, value: &str) -> Checked {
    bus_or_rule_name(field, value)?;
    if value.starts_with("eventbridge-reserved-") {
        return Err(InvalidField::rule(field, "begins with the reserved `eventbridge-reserved-`"));
    }
    Ok(())
}

/// Demands a name of an API destination or connection: 2 to 127 letters, digits, `_`, `-`.
pub(crate) fn destination_name(field: &'static str, value: &str) -> Checked {
    required(field, value)?;
    characters(field, value, 2..=127)?;
    let allowed = "letters, digits, `_` and `-`, a letter or digit first";
    charset(field, value, allowed, |at, c| {
        c.is_ascii_alphanumeric() || at > 0 && matches!(c, '_' | '-')
    })
}

/// Demands an absolute HTTP or HTTPS URL without user, fragment, spaces or control characters.
pub(crate) fn url(field: &'static str, value: &str) -> Checked {
    required(field, value)?;
    let Ok(uri) = value.parse::<::http::Uri>() else {
        return Err(InvalidField::rule(field, "is not a URL"));
    };
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(InvalidField::rule(field, "does not begin with https:// or http://"));
    }
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    if authority.contains('@') {
        return Err(InvalidField::rule(field, "holds a user name; use a connection instead"));
    }
    if value.contains('#') {
        return Err(InvalidField::rule(field, "holds a fragment, which is never sent"));
    }
    Ok(())
}
