//! Why a text cannot be read as a time.

use std::fmt;

/// The part of a text that was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Form,
    Number,
    Date,
    Clock,
    LeapSecond,
    Offset,
    OffsetRange,
    Zone,
    Abbreviation,
    CriticalTag,
    Range,
}

/// A part, and its text.
pub(super) type NotUnderstood<'a> = (Part, &'a str);

/// Says why a text cannot be read as a time: its form is unknown, or such a day, time or zone does
/// not exist. Its `Display` names the part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTimeError {
    part: Part,
    found: String,
}

impl fmt::Display for EventTimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, read) = match self.part {
            Part::Form => ("it is in no form that is known", "2024-11-14T07:11:33.287+08:00"),
            Part::Number => ("the number is neither of 10 nor of 13 digits", "1663487595"),
            Part::Date => ("no such day is in the calendar", "2024-11-14"),
            Part::Clock => ("no clock shows the time of day", "07:11:33.287"),
            Part::LeapSecond => ("a leap second is before midnight only", "23:59:60Z"),
            Part::Offset => ("the offset from UTC is malformed", "+08:00"),
            Part::OffsetRange => ("the offset from UTC is not within \u{b1}18:00", "+08:00"),
            Part::Zone => ("the time zone is not in the database", "Asia/Shanghai"),
            Part::Abbreviation => ("several time zones share the abbreviation", "Asia/Shanghai"),
            Part::CriticalTag => ("a tag of RFC 9557 is marked as critical", "[Asia/Shanghai]"),
            Part::Range => ("it is outside of the times that can be represented", "2024-11-14"),
        };
        write!(formatter, "cannot be read as a time: {what} (found {:?}; ", self.found)?;
        write!(formatter, "read is, for example, {read})")
    }
}

impl std::error::Error for EventTimeError {}

impl From<NotUnderstood<'_>> for EventTimeError {
    fn from((part, found): NotUnderstood<'_>) -> Self {
        Self { part, found: found.chars().take(MAX_EXCERPT).collect() }
    }
}

/// Characters of a text that an error shows.
const MAX_EXCERPT: usize = 64;
