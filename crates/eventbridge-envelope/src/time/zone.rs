//! Time zones, by the ids that java.time writes.

use std::{
    str::FromStr,
    sync::LazyLock,
    time::{SystemTime, UNIX_EPOCH},
};

use jiff::{
    SignedDuration,
    civil::{DateTime, date},
    tz::{AmbiguousOffset, Offset, TimeZone, TimeZoneDatabase},
};

use super::error::{NotUnderstood, Part};

/// The offset of a clock from UTC.
#[derive(Debug)]
pub(super) enum Zone {
    Fixed(Offset),
    /// A zone of the database, with its daylight saving time.
    Region(TimeZone),
}

impl Zone {
    /// Reads the id of a zone, also in brackets. An empty text is +08:00.
    ///
    /// An offset before an id decides, as in java.time, and an unknown tag after it is ignored. A
    /// zone that is marked as critical (RFC 9557 section 3.3) has to agree with that offset.
    pub(super) fn parse(text: &str, date_time: DateTime) -> Result<Self, NotUnderstood<'_>> {
        let text = without_tags(text.trim())?;
        let bracketed = text.strip_suffix(']').and_then(|text| text.split_once('['));
        let Some((before, tag)) = bracketed else {
            return if text.is_empty() { Ok(Self::Fixed(CHINA)) } else { Self::of_ids(text) };
        };
        let (before, tag) = (before.trim_end(), tag.trim());
        let critical = tag.strip_prefix('!');
        let region = Self::of_id(critical.unwrap_or(tag));
        if before.is_empty() {
            return region;
        }
        // Z says nothing about the clock of a place (RFC 9557 section 2.2).
        let may_differ = critical.is_none() || before.eq_ignore_ascii_case("Z");
        match (Self::of_ids(before)?, region) {
            (zone, Ok(region)) if may_differ || zone.agrees_with(&region, date_time) => Ok(zone),
            (_, Ok(_)) => Err((Part::CriticalTag, tag)),
            (zone @ Self::Fixed(_), Err(_)) if critical.is_none() && is_tag(tag) => Ok(zone),
            (_, Err(problem)) => Err(problem),
        }
    }

    /// Reads the id of a zone, or an offset with an id after it.
    fn of_ids(text: &str) -> Result<Self, NotUnderstood<'_>> {
        let is_offset = |letter: char| letter.is_ascii_digit() || "+-:".contains(letter);
        match text.find(|letter| !is_offset(letter)).and_then(|end| text.split_at_checked(end)) {
            Some((offset, id)) if !offset.is_empty() => {
                let offset = Self::of_id(offset)?;
                Self::of_id(id.trim_start()).map(|_| offset)
            }
            _ => Self::of_id(text),
        }
    }

    /// Returns whether clocks of both zones may show this at the same time.
    fn agrees_with(&self, other: &Self, date_time: DateTime) -> bool {
        let theirs = other.offsets(date_time);
        self.offsets(date_time).iter().any(|offset| theirs.contains(offset))
    }

    fn offsets(&self, date_time: DateTime) -> [Offset; 2] {
        match self {
            Self::Fixed(offset) => [*offset; 2],
            Self::Region(zone) => match zone.to_ambiguous_timestamp(date_time).offset() {
                AmbiguousOffset::Unambiguous { offset } => [offset; 2],
                AmbiguousOffset::Gap { before, after }
                | AmbiguousOffset::Fold { before, after } => [before, after],
            },
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
        let is_placeholder =
            |zone: &TimeZone| zone.is_unknown() || id.eq_ignore_ascii_case("Factory");
        region.filter(|zone| !is_placeholder(zone)).map(Self::Region).ok_or_else(|| {
            let is_abbreviation =
                id.len() <= 5 && id.bytes().all(|byte| byte.is_ascii_alphabetic());
            (if is_abbreviation { Part::Abbreviation } else { Part::Zone }, id)
        })
    }

    /// Returns the time at which a clock of the zone shows this: the earlier of two times, or the
    /// time after the gap.
    pub(super) fn time_of(&self, date_time: DateTime) -> Option<SystemTime> {
        let [offset, _] = self.offsets(date_time);
        // Not by jiff's timestamps, which end a day before the year 9999 does: its last second
        // means "never".
        let of_offset = SignedDuration::from_secs(offset.seconds().into());
        let since_1970 = date_time.duration_since(EPOCH).checked_sub(of_offset)?;
        match since_1970.is_negative() {
            true => UNIX_EPOCH.checked_sub(since_1970.unsigned_abs()),
            false => UNIX_EPOCH.checked_add(since_1970.unsigned_abs()),
        }
    }
}

/// Removes the tags of RFC 9557 section 3.1 that are not a zone, such as `[u-ca=iso8601]`. A tag
/// that is marked as critical is an error.
fn without_tags(mut text: &str) -> Result<&str, NotUnderstood<'_>> {
    while let Some((before, tag)) = text.strip_suffix(']').and_then(|text| text.rsplit_once('[')) {
        match (tag.contains('='), tag.starts_with('!')) {
            (true, true) => return Err((Part::CriticalTag, tag)),
            (true, false) => text = before.trim_end(),
            (false, _) => break,
        }
    }
    Ok(text)
}

/// Returns whether a text may name a zone (RFC 9557 section 4.1).
fn is_tag(tag: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+/:".contains(&byte);
    !tag.is_empty() && tag.bytes().all(may_be)
}

/// Reads `+8`, `+08`, `+0800`, `+08:00`, `+080000` or `+08:00:00`.
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

/// Reads a number of one to `most` digits, and nothing else.
pub(super) fn digits<T: FromStr>(text: &str, most: usize) -> Option<T> {
    let well_formed = text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
    well_formed.then(|| text.parse().ok()).flatten()
}

/// The bundled database, even if another crate turns on reading that of the system.
static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
const EPOCH: DateTime = date(1970, 1, 1).at(0, 0, 0, 0);
const CHINA: Offset = Offset::constant(8);
/// The limit of `java.time.ZoneOffset`, in seconds.
const MAX_OFFSET: i32 = 18 * 3600;
/// No id in the database is longer.
const LONGEST_ID: usize = 64;
