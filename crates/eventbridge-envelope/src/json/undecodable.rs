//! JSON of right grammar that no type can hold: where it is, and its replacement.

use std::{borrow::Cow, ops::Range};

use serde::de::IgnoredAny;

/// A part of JSON that decoders reject though the grammar allows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undecodable {
    /// Half of a surrogate pair in a string (RFC 8259 section 8.2). U+FFFD is read in its place.
    LoneSurrogate,
    /// A number beyond a double (RFC 8259 section 6). The outermost double of its sign is read in
    /// its place.
    NumberTooLarge { negative: bool },
    /// An array or object below [`MAX_DEPTH`] others. Null is read in its place.
    TooDeep,
}

impl Undecodable {
    fn json_in_its_place(self) -> &'static str {
        match self {
            Self::LoneSurrogate => "\\ufffd",
            Self::NumberTooLarge { negative: false } => "1.7976931348623157e308",
            Self::NumberTooLarge { negative: true } => "-1.7976931348623157e308",
            Self::TooDeep => "null",
        }
    }

    /// Returns [`Self::json_in_its_place`] in words, for errors.
    pub(super) fn replacement(self) -> &'static str {
        match self {
            Self::LoneSurrogate => "U+FFFD",
            Self::NumberTooLarge { .. } => "the outermost double",
            Self::TooDeep => "null",
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::LoneSurrogate => "half of a surrogate pair",
            Self::NumberTooLarge { .. } => "a number that is too large for a double",
            Self::TooDeep => "an array or object that is nested more than 127 deep",
        }
    }
}

/// Replaces every part that decoders reject.
pub(super) fn replaced(json: &str) -> Cow<'_, str> {
    replaced_if(json, |_| true)
}

/// Replaces every half of a surrogate pair.
pub(super) fn without_lone_surrogates(json: &str) -> Cow<'_, str> {
    // Numbers and depth matter only where they are decoded.
    replaced_if(json, |undecodable| undecodable == Undecodable::LoneSurrogate)
}

/// Escapes each half of a surrogate pair once more. If the string holds JSON, that JSON then has
/// the escape.
pub(crate) fn with_escaped_surrogates(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    let mut copied = 0;
    for (undecodable, range) in Scan::of(json) {
        if undecodable == Undecodable::LoneSurrogate {
            text.push_str(json.get(copied..range.start).unwrap_or_default());
            text.push('\\');
            copied = range.start;
        }
    }
    text.push_str(json.get(copied..).unwrap_or_default());
    text
}

fn replaced_if(json: &str, wanted: fn(Undecodable) -> bool) -> Cow<'_, str> {
    let mut text = String::new();
    let mut copied = 0;
    for (undecodable, range) in Scan::of(json).filter(|(undecodable, _)| wanted(*undecodable)) {
        text.push_str(json.get(copied..range.start).unwrap_or_default());
        text.push_str(undecodable.json_in_its_place());
        copied = range.end;
    }
    if copied == 0 {
        return json.into();
    }
    text.push_str(json.get(copied..).unwrap_or_default());
    text.into()
}

/// Returns the first part that decoders reject, with its line and column, both from 1.
pub(super) fn first_undecodable(json: &str) -> Option<(Undecodable, usize, usize)> {
    let (undecodable, range) = Scan::of(json).next()?;
    let before = json.get(..range.start)?;
    let line_begins = before.rfind('\n').map_or(0, |line_feed| line_feed.saturating_add(1));
    let line = before.bytes().filter(|byte| *byte == b'\n').count();
    let column = before.len().saturating_sub(line_begins);
    Some((undecodable, line.saturating_add(1), column.saturating_add(1)))
}

/// Goes through JSON once, without recursion. Text that is not JSON gives any result, but no panic.
struct Scan<'a> {
    json: &'a str,
    at: usize,
    depth: usize,
    in_string: bool,
    /// The place where an array or object begins that is too deep.
    too_deep: Option<usize>,
}

impl<'a> Scan<'a> {
    fn of(json: &'a str) -> Self {
        Self { json, at: 0, depth: 0, in_string: false, too_deep: None }
    }

    fn rest(&self) -> &'a [u8] {
        self.json.as_bytes().get(self.at..).unwrap_or_default()
    }

    /// Returns the next part in the string in which the scan stands. At the end of the string the
    /// scan stands behind it.
    fn in_string(&mut self) -> Option<(Undecodable, Range<usize>)> {
        while let Some(special) = self.rest().iter().position(|byte| matches!(byte, b'"' | b'\\')) {
            self.at += special;
            if self.rest().first() == Some(&b'"') {
                self.at += 1;
                self.in_string = false;
                return None;
            }
            let begins = self.at;
            let Some(unit) = code_unit(self.rest()) else {
                self.at += 2;
                continue;
            };
            self.at += ESCAPE;
            match unit {
                0xD800..=0xDBFF if code_unit(self.rest()).is_some_and(|low| LOW.contains(&low)) => {
                    self.at += ESCAPE;
                }
                0xD800..=0xDFFF => return Some((Undecodable::LoneSurrogate, begins..self.at)),
                _ => {}
            }
        }
        self.at = self.json.len();
        self.in_string = false;
        None
    }

    /// Reads the number at which the scan stands.
    fn number(&mut self) -> Option<(Undecodable, Range<usize>)> {
        let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
        let length = self.rest().iter().take_while(|byte| is_part(byte)).count();
        let range = self.at..self.at + length;
        self.at = range.end;
        let text = self.json.get(range.clone())?;
        // Few numbers have so many digits or an exponent.
        if length <= 308 && !text.contains(['e', 'E']) {
            return None;
        }
        let _: IgnoredAny = serde_json::from_str(text).ok()?;
        let undecodable = Undecodable::NumberTooLarge { negative: text.starts_with('-') };
        // serde_json also rejects numbers near the outermost double that are finite.
        serde_json::from_str::<f64>(text).is_err().then_some((undecodable, range))
    }
}

impl Iterator for Scan<'_> {
    type Item = (Undecodable, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = if self.in_string {
                self.in_string()
            } else {
                match self.rest().first()? {
                    b'-' | b'0'..=b'9' => self.number(),
                    b'"' => {
                        self.in_string = true;
                        self.at += 1;
                        None
                    }
                    b'[' | b'{' => {
                        self.depth += 1;
                        if self.depth > MAX_DEPTH {
                            self.too_deep.get_or_insert(self.at);
                        }
                        self.at += 1;
                        None
                    }
                    b']' | b'}' => {
                        self.depth = self.depth.saturating_sub(1);
                        self.at += 1;
                        let ended = self.depth == MAX_DEPTH;
                        let begins = if ended { self.too_deep.take() } else { None };
                        begins.map(|begins| (Undecodable::TooDeep, begins..self.at))
                    }
                    _ => {
                        self.at += 1;
                        None
                    }
                }
            };
            // The inside of a replaced part does not matter.
            if found.is_some() && self.too_deep.is_none() {
                return found;
            }
        }
    }
}

/// Returns the code unit of an escape (`\ud83e`) at the beginning.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.get(..ESCAPE)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()
}

/// The length of an escaped code unit.
const ESCAPE: usize = 6;
const LOW: std::ops::RangeInclusive<u16> = 0xDC00..=0xDFFF;
/// Arrays and objects within each other that serde_json decodes.
const MAX_DEPTH: usize = 127;
