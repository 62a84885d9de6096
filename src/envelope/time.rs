//! Times in events: they come in many forms.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

/// Reads a time in any form that is published (docs/wire-facts.md section 3.2):
///
/// | form | example |
/// |---|---|
/// | RFC 3339, also with a space for `T` and without zero padding | `2024-11-14T07:11:33.287Z`, `2023-1-25T01:45:16.969Z` |
/// | the same with the zone ids `PRC` and `Asia/Shanghai`, which are +08:00 | `2020-11-19T21:04:42.179PRC` |
/// | the same without a zone: read as +08:00, as the published samples are | `2023-10-25 09:45:09` |
/// | compact | `20181226T220114.058+0800` |
/// | seconds (10 digits) or milliseconds (13 digits) since 1970 | `1663487595`, `1615430559146` |
///
/// # Errors
///
/// If it is in none of these forms, or no such day or time exists.
pub fn parse_event_time(text: &str) -> Result<SystemTime, EventTimeError> {
    parse(text.trim()).ok_or(EventTimeError { _private: () })
}

fn parse(text: &str) -> Option<SystemTime> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        let number: u64 = text.parse().ok()?;
        return match text.len() {
            10 => UNIX_EPOCH.checked_add(Duration::from_secs(number)),
            13 => UNIX_EPOCH.checked_add(Duration::from_millis(number)),
            _ => None,
        };
    }
    let (date, rest) = text.split_once(['T', 't', ' '])?;
    let clock_ends = rest.find(|letter: char| !(letter.is_ascii_digit() || ":.".contains(letter)));
    let (clock, zone) = rest.split_at_checked(clock_ends.unwrap_or(rest.len()))?;
    let date_time = PrimitiveDateTime::new(parse_date(date)?, parse_clock(clock)?);
    Some(date_time.assume_offset(parse_zone(zone)?).into())
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
    let month = Month::try_from(digits::<u8>(month, 2)?).ok()?;
    Date::from_calendar_date(digits(year, 4)?, month, digits(day, 2)?).ok()
}

/// `07:11:33.287` or `220114.058`.
fn parse_clock(text: &str) -> Option<Time> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
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
    let nanos = format!("{fraction:0<9}").get(..9).and_then(|nanos| digits(nanos, 9))?;
    Time::from_hms_nano(digits(hour, 2)?, digits(minute, 2)?, digits(second, 2)?, nanos).ok()
}

/// `Z`, `+08:00`, `+0800`, `PRC`, `Asia/Shanghai` or nothing.
fn parse_zone(text: &str) -> Option<UtcOffset> {
    let china = || UtcOffset::from_hms(8, 0, 0).ok();
    let (sign, offset) = match text {
        "" | "PRC" | "Asia/Shanghai" => return china(),
        "Z" | "z" | "UTC" | "GMT" => return Some(UtcOffset::UTC),
        _ => match (text.strip_prefix('+'), text.strip_prefix('-')) {
            (Some(offset), _) => (1_i8, offset),
            (_, Some(offset)) => (-1, offset),
            _ => return None,
        },
    };
    let (hours, minutes) = match offset.split_once(':') {
        Some(parts) => parts,
        None if offset.len() == 4 => offset.split_at_checked(2)?,
        None => (offset, "0"),
    };
    let (hours, minutes) = (digits::<i8>(hours, 2)?, digits::<i8>(minutes, 2)?);
    UtcOffset::from_hms(hours.checked_mul(sign)?, minutes.checked_mul(sign)?, 0).ok()
}

/// At least one digit, at most so many, and nothing else.
fn digits<T: std::str::FromStr>(text: &str, most: usize) -> Option<T> {
    let well_formed = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().ok()).flatten()
}

/// The text is in no form that is known, or no such day or time exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventTimeError {
    _private: (),
}

impl fmt::Display for EventTimeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("is a time in no form that is known")
    }
}

impl std::error::Error for EventTimeError {}

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
