//! The small facts that reasons are made of: what is wrong with a value, without the value.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use x509_cert::der::DateTime;

use crate::{certificate::RepresentativeError, clock::unix_millis};

/// Whether a request target has a query.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    Absent,
    Present { bytes: usize },
}

/// What is wrong with a header's value, without the value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum HeaderProblem {
    Empty,
    TooLong { bytes: usize, limit: usize },
    NotDigits,
    NotBase64,
    NotAMac { bytes: usize, want: usize },
}

/// Why no temporary secret comes out of a wrapped one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SecretProblem {
    Representative(RepresentativeError),
    /// The block does not begin with `00 01`.
    BlockType,
    /// There are fewer than eight `FF` before the zero byte, or another byte among them.
    Padding,
    /// The secret has too few or too many bytes.
    Length {
        bytes: usize,
    },
    /// The secret has a byte that is no ASCII letter or digit.
    Alphabet,
}

impl fmt::Display for HeaderProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => formatter.write_str("is empty"),
            Self::TooLong { bytes, limit } => {
                write!(formatter, "has {bytes} bytes, at most {limit} are allowed")
            }
            Self::NotDigits => formatter.write_str("is not 1 to 19 digits that fit 63 bits"),
            Self::NotBase64 => formatter.write_str("is not padded base64"),
            Self::NotAMac { bytes, want } => {
                write!(formatter, "is {bytes} bytes long when decoded, not {want}")
            }
        }
    }
}

impl fmt::Display for SecretProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Representative(problem) => problem.fmt(formatter),
            Self::BlockType => formatter.write_str("its block does not begin with 00 01"),
            Self::Padding => {
                formatter.write_str("its padding is not eight or more FF bytes and a zero byte")
            }
            Self::Length { bytes } => {
                write!(formatter, "the secret has {bytes} bytes, not 16 to 64")
            }
            Self::Alphabet => {
                formatter.write_str("the secret has a byte that is no ASCII letter or digit")
            }
        }
    }
}

/// What the sender sent, quoted, escaped and cut, so that it can stand in a log line.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Excerpt(Box<str>);

impl Excerpt {
    /// Of a cause that another library tells.
    pub(crate) fn of_text(text: impl fmt::Display) -> Self {
        Self::of(text.to_string().as_bytes())
    }

    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (shown, cut) = bytes.split_at_checked(MAX_EXCERPT_BYTES).unwrap_or((bytes, &[]));
        let ellipsis = if cut.is_empty() { "" } else { "…" };
        Self(format!("\"{}\"{ellipsis}", shown.escape_ascii()).into())
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A time in milliseconds since 1970, printed as RFC 3339 where that is possible.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct UtcMillis(i128);

impl From<SystemTime> for UtcMillis {
    fn from(time: SystemTime) -> Self {
        Self(unix_millis(time))
    }
}

impl fmt::Display for UtcMillis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let since_1970 = u64::try_from(self.0).ok().map(Duration::from_millis);
        match since_1970.map(DateTime::from_unix_duration) {
            Some(Ok(date_time)) => date_time.fmt(formatter),
            _ => write!(formatter, "{} ms since 1970", self.0),
        }
    }
}

const MAX_EXCERPT_BYTES: usize = 200;
