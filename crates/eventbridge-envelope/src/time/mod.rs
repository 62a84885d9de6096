//! Times in events, which come in many forms.

mod error;

mod zone;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use error::{NotUnderstood, Part};
use jiff::civil::{Date, DateTime, Time};
use zone::{Zone, digits};

pub use error::EventTimeError;

/// Reads a time in any form that is published or that java.time writes (docs/wire-facts.md section
/// 3.2).
///
/// | form | example |
/// |---|---|
/// | RFC 3339 | `2024-11-14T07:11:33.287Z` |
/// | with a space for `T`, or without zero padding | `2023-1-25T01:45:16.969Z` |
/// | with a decimal comma | `2024-11-14T07:11:33,287Z` |
/// | with a leap second, read as the second before it | `2016-12-31T23:59:60Z` |
/// | with a zone id of java.time, glued or after a space | `2020-11-19T21:04:42.179PRC` |
/// | with a zone id in brackets | `2024-11-14T07:11:33+08:00[Asia/Shanghai]` |
/// | without a zone: read as +08:00, as published samples are | `2023-10-25 09:45:09` |
/// | compact | `20181226T220114.058+0800` |
/// | seconds (10 digits) or milliseconds (13 digits) since 1970 | `1663487595`, `1615430559146` |
///
/// A zone id is one of these, in any case of letters:
///
/// * an offset within ±18:00: `+8`, `+08`, `+0800`, `+08:00`, `+08:00:00`;
/// * `Z`, `UTC`, `GMT` or `UT`, alone or before an offset;
/// * an id of the IANA time zone database, which is bundled with the program. Other abbreviations,
///   such as `CST`, are errors, because several zones share them.
///
/// An offset before an id decides: `+08:00[Asia/Shanghai]`, `+08:00Asia/Shanghai`. An unknown zone
/// in brackets after an offset, such as `[CST]`, is ignored. A zone that is marked as critical,
/// `[!Asia/Shanghai]`, has to be known and to agree with the offset. Other tags of RFC 9557, such
/// as `[u-ca=iso8601]`, change nothing.
///
/// Where clocks go back, the earlier of two times is returned. Where they go forward, a time in the
/// gap is moved by the length of the gap. java.time reads both like this.
///
/// # Errors
///
/// Fails if the text is in none of these forms, or no such day, time or zone exists. The error
/// names the part that was not understood.
pub fn parse_event_time(text: &str) -> Result<SystemTime, EventTimeError> {
    let text = text.trim();
    parse(text).map_err(EventTimeError::from)
}

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

/// Reads `2023-1-25` or `20181226`.
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

/// Reads `07:11:33.287`, `07:11:33,287` or `220114.058`, and whether it is a leap second.
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
    fn texts_that_are_not_times() {
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
