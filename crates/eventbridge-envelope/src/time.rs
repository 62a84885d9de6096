//! Times in events: they come in many forms.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use jiff::civil::{Date, DateTime, Time};

use crate::zone::Zone;

/// Reads a time in any form that is published or that java.time writes (docs/wire-facts.md section
/// 3.2):
///
/// | form | example |
/// |---|---|
/// | RFC 3339, also with a space for `T` and without zero padding | `2024-11-14T07:11:33.287Z`, `2023-1-25T01:45:16.969Z` |
/// | with a decimal comma, and with a leap second, which is read as the second before it | `2016-12-31T23:59:60,5Z` |
/// | with any zone id of java.time, glued, after a space or in brackets | `2020-11-19T21:04:42.179PRC`, `…+08:00[Asia/Shanghai]` |
/// | the same without a zone: read as +08:00, as the published samples are | `2023-10-25 09:45:09` |
/// | compact | `20181226T220114.058+0800` |
/// | seconds (10 digits) or milliseconds (13 digits) since 1970 | `1663487595`, `1615430559146` |
///
/// A zone id is an offset within ±18:00 (`+8`, `+08`, `+0800`, `+08:00`, `+08:00:00`), `Z`, `UTC`,
/// `GMT` or `UT`, alone or before an offset, or an id of the IANA time zone database, in any case
/// of letters. The database is bundled with the program. Abbreviations that are not such an id,
/// such as `CST`, are refused, because several zones share them.
///
/// An offset before an id decides: `+08:00[Asia/Shanghai]`, `+08:00Asia/Shanghai`. After it a zone
/// in brackets that is not known, such as `[CST]`, is ignored; one that is marked as critical,
/// `[!Asia/Shanghai]`, has to be known and to agree with the offset. Tags of RFC 9557 such as
/// `[u-ca=iso8601]` change nothing.
/// Where clocks go back a time is the earlier of two; where they go forward, a time that no clock
/// showed is as much later as they go. java.time reads both so.
///
/// # Errors
///
/// If it is in none of these forms, or no such day, time or zone exists. The error says which part
/// was not understood.
pub fn parse_event_time(text: &str) -> Result<SystemTime, EventTimeError> {
    let text = text.trim();
    parse(text).map_err(|(part, found)| EventTimeError { part, found: excerpt(found) })
}

/// The part that was not understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
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
pub(crate) type NotUnderstood<'a> = (Part, &'a str);

fn parse(text: &str) -> Result<SystemTime, NotUnderstood<'_>> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return since_1970(text).ok_or((Part::Number, text));
    }
    if !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Err((Part::Form, text));
    }
    let (date, rest) = text.split_once(['T', 't', ' ']).ok_or((Part::Form, text))?;
    let clock_ends = rest.find(|letter: char| !(letter.is_ascii_digit() || ":.,".contains(letter)));
    let (clock, zone) = rest.split_at_checked(clock_ends.unwrap_or(rest.len())).unwrap_or_default();
    let (time, is_leap_second) = parse_clock(clock).ok_or((Part::Clock, clock))?;
    let date_time = DateTime::from_parts(parse_date(date).ok_or((Part::Date, date))?, time);
    let time = Zone::parse(zone, date_time)?.time_of(date_time).ok_or((Part::Range, text))?;
    // Leap seconds are inserted before midnight UTC; some local clocks show them before their own.
    let ends_a_day = |second_of_day: u64| second_of_day == 86_399;
    let of_utc = time.duration_since(UNIX_EPOCH).map(|since| since.as_secs() % 86_400);
    let local = time_of_day(date_time);
    if is_leap_second && !ends_a_day(local) && !of_utc.is_ok_and(ends_a_day) {
        return Err((Part::LeapSecond, clock));
    }
    Ok(time)
}

fn time_of_day(date_time: DateTime) -> u64 {
    let [hour, minute, second] = [date_time.hour(), date_time.minute(), date_time.second()]
        .map(|part| u64::try_from(part).unwrap_or_default());
    hour * 3600 + minute * 60 + second
}

fn since_1970(digits: &str) -> Option<SystemTime> {
    let number: u64 = digits.parse().ok()?;
    match digits.len() {
        10 => UNIX_EPOCH.checked_add(Duration::from_secs(number)),
        13 => UNIX_EPOCH.checked_add(Duration::from_millis(number)),
        _ => None,
    }
}

/// `2023-1-25` or `20181226`.
fn parse_date(text: &str) -> Option<Date> {
    let (year, month, day) = match text.split('-').collect::<Vec<_>>().as_slice() {
        [year, month, day] if year.len() == 4 => (*year, *month, *day),
        [compact] if compact.len() == 8 => {
            (compact.get(..4)?, compact.get(4..6)?, compact.get(6..)?)
        }
        _ => return None,
    };
    Date::new(digits(year, 4)?, digits(month, 2)?, digits(day, 2)?).ok()
}

/// `07:11:33.287`, `07:11:33,287` or `220114.058`, and whether it is a leap second.
fn parse_clock(text: &str) -> Option<(Time, bool)> {
    let (clock, fraction) = text.split_once(['.', ',']).unwrap_or((text, "0"));
    let (hour, minute, second) = match clock.split(':').collect::<Vec<_>>().as_slice() {
        [hour, minute, second] => (*hour, *minute, *second),
        [hour, minute] => (*hour, *minute, "0"),
        [compact] if compact.len() == 6 => {
            (compact.get(..2)?, compact.get(2..4)?, compact.get(4..)?)
        }
        _ => return None,
    };
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanos = format!("{fraction:0<9.9}");
    let is_leap_second = second == "60";
    let second = if is_leap_second { "59" } else { second };
    let time =
        Time::new(digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?, digits(&nanos, 9)?);
    Some((time.ok()?, is_leap_second))
}

/// At least one digit, at most so many, and nothing else.
pub(crate) fn digits<T: FromStr>(text: &str, most: usize) -> Option<T> {
    let well_formed = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().ok()).flatten()
}

/// The text is in no form that is known, or no such day, time or zone exists. Its `Display` names
/// the part.
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

fn excerpt(text: &str) -> String {
    text.chars().take(MAX_EXCERPT).collect()
}

/// Characters of a text that an error shows.
const MAX_EXCERPT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_published_form() {
        for (text, millis) in [
            ("2020-11-19T21:04:41+08:00", 1_605_791_081_000),
            ("2020-11-19T21:04:42.179PRC", 1_605_791_082_179),
            ("2020-08-17T16:04:46.149Asia/Shanghai", 1_597_651_486_149),
            ("2023-1-25T01:45:16.969Z", 1_674_611_116_969),
            ("2024-11-14T07:11:33.287Z", 1_731_568_293_287),
            ("2022-09-18T07:53:12Z", 1_663_487_592_000),
            ("2023-10-25 09:45:09", 1_698_198_309_000),
            ("2024-04-29T11:07:04", 1_714_360_024_000),
            ("1663487595", 1_663_487_595_000),
            ("20181226T220114.058+0800", 1_545_832_874_058),
            ("1590592527490", 1_590_592_527_490),
            ("1615430559146", 1_615_430_559_146),
            ("2022-03-03T11:33:14.093+08:00", 1_646_278_394_093),
            ("2024-11-14T07:11:33.287000000Z", 1_731_568_293_287),
            ("2024-11-14T07:11:33-0330", 1_731_580_893_000),
        ] {
            let expected = UNIX_EPOCH + Duration::from_millis(millis);
            assert_eq!(parse_event_time(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_time() {
        for text in [
            "",
            "now",
            "2023-02-30T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "2023-01-01T24:00:00Z",
            "2023-01-01T00:60:00Z",
            "2023-01-01",
            "2023-01-01T00:00:00.Z",
            "2023-01-01T00:00:00.12x",
            "2023-01-01T00:00:00+8:0:0",
            "2023-01-01T00:00:00Mars",
            "+2023-01-01T00:00:00Z",
            "-1",
            "99999999999999999999",
            "20230101",
            "２０２３-01-01T00:00:00Z",
        ] {
            assert!(parse_event_time(text).is_err(), "{text}");
        }
    }
}
