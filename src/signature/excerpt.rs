//! Values from outside as they may stand in a log line.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use x509_cert::der::DateTime;

use crate::clock::unix_millis;

/// Text that the sender or another library gave: quoted, escaped and cut.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Excerpt(Box<str>);

impl Excerpt {
    /// Quotes the text of a cause.
    pub(crate) fn of_text(text: impl fmt::Display) -> Self {
        Self::of(text.to_string().as_bytes())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
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
            Some(Err(_)) | None => write!(formatter, "{} ms since 1970", self.0),
        }
    }
}

const MAX_EXCERPT_BYTES: usize = 200;
