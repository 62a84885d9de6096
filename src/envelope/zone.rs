//! The zones of times, by the ids that java.time writes.

use std::{sync::LazyLock, time::SystemTime};

use jiff::{
    civil::DateTime,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use super::time::{NotUnderstood, Part, digits};

/// Where a clock stands.
#[derive(Debug)]
pub(super) enum Zone {
    Fixed(Offset),
    /// Of the database, with its daylight saving time.
    Region(TimeZone),
}

impl Zone {
    /// The id of a zone, also in brackets; an offset before brackets decides, as in java.time. Nothing is +08:00.
    pub(super) fn parse(text: &str) -> Result<Self, NotUnderstood<'_>> {
        let text = text.trim();
        let bracketed = text.strip_suffix(']').and_then(|text| text.split_once('['));
        let Some((before, region)) = bracketed else {
            return if text.is_empty() { Ok(Self::Fixed(CHINA)) } else { Self::of_id(text) };
        };
        let region = Self::of_id(region.trim())?;
        match before.trim_end() {
            "" => Ok(region),
            before => Self::of_id(before),
        }
    }

    fn of_id(id: &str) -> Result<Self, NotUnderstood<'_>> {
        if id.eq_ignore_ascii_case("Z") {
            return Ok(Self::Fixed(Offset::UTC));
        }
        let name = id.get(..id.find(['+', '-']).unwrap_or(id.len())).unwrap_or_default();
        let is_utc = ["UTC", "GMT", "UT"].iter().any(|utc| utc.eq_ignore_ascii_case(name));
        if is_utc || name.is_empty() {
            return match id.get(name.len()..) {
                Some("") if is_utc => Ok(Self::Fixed(Offset::UTC)),
                offset => parse_offset(offset.unwrap_or_default()).map(Self::Fixed),
            };
        }
        let region = if id.len() > LONGEST_ID { None } else { DATABASE.get(id).ok() };
        region.map(Self::Region).ok_or_else(|| {
            let is_abbreviation =
                id.len() <= 5 && id.bytes().all(|byte| byte.is_ascii_alphabetic());
            (if is_abbreviation { Part::Abbreviation } else { Part::Zone }, id)
        })
    }

    /// When a clock of the zone shows this: the earlier of two times, and for none the one after the gap.
    pub(super) fn time_of(&self, date_time: DateTime) -> Option<SystemTime> {
        let timestamp = match self {
            Self::Fixed(offset) => offset.to_timestamp(date_time),
            Self::Region(zone) => zone.to_ambiguous_timestamp(date_time).compatible(),
        };
        SystemTime::try_from(timestamp.ok()?).ok()
    }
}

/// `+8`, `+08`, `+0800`, `+08:00`, `+080000` or `+08:00:00`.
fn parse_offset(text: &str) -> Result<Offset, NotUnderstood<'_>> {
    let malformed = || (Part::Offset, text);
    let (sign, unsigned) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(unsigned), _) => (1_i32, unsigned),
        (_, Some(unsigned)) => (-1, unsigned),
        (None, None) => return Err(malformed()),
    };
    let (hours, minutes, seconds) = match unsigned.split(':').collect::<Vec<_>>().as_slice() {
        [hours, minutes, seconds] if hours.len() == 2 => (*hours, *minutes, *seconds),
        [hours, minutes] => (*hours, *minutes, "00"),
        [hours] if hours.len() <= 2 => (*hours, "00", "00"),
        [compact] => (
            compact.get(..2).unwrap_or_default(),
            compact.get(2..4).unwrap_or_default(),
            if compact.len() == 4 { "00" } else { compact.get(4..).unwrap_or_default() },
        ),
        _ => return Err(malformed()),
    };
    let [hours, minutes, seconds] = [(hours, 1), (minutes, 2), (seconds, 2)]
        .map(|(part, least)| digits::<i32>(part, 2).filter(|_| part.len() >= least));
    let (Some(hours), Some(minutes), Some(seconds)) = (hours, minutes, seconds) else {
        return Err(malformed());
    };
    let total = hours * 3600 + minutes * 60 + seconds;
    if minutes > 59 || seconds > 59 || total > MAX_OFFSET {
        return Err((Part::OffsetRange, text));
    }
    Offset::from_seconds(sign * total).map_err(|_| (Part::OffsetRange, text))
}

/// The bundled one, even where another crate has jiff read the system's.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
const CHINA: Offset = Offset::constant(8);
/// Of `java.time.ZoneOffset`, in seconds.
const MAX_OFFSET: i32 = 18 * 3600;
/// No id in the database is longer.
const LONGEST_ID: usize = 64;
