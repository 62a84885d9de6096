//! Base64 in bodies and `data_base64` as senders write it: that of RFC 4648 section 4, with or
//! without padding and line breaks.

use std::{borrow::Cow, fmt};

use base64::{
    DecodeError, Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Decodes base64. Padding may be missing. Lines may end in CR, LF or both, with white space around
/// them.
pub(crate) fn decode_base64(text: &str) -> Result<Vec<u8>, NotBase64> {
    let base64: Cow<'_, str> = match text.bytes().any(|byte| byte.is_ascii_whitespace()) {
        true => text.split(LINE_BREAKS).map(|line| line.trim_matches(BLANKS)).collect(),
        false => text.into(),
    };
    ENGINE.decode(&*base64).map_err(|error| match error {
        DecodeError::InvalidByte(at, byte) => {
            NotBase64 { place: Some(place(text, at)), problem: problem(byte) }
        }
        DecodeError::InvalidLastSymbol { offset, .. } => {
            let problem = "has bits beyond the last byte, so the end of the text is missing";
            NotBase64 { place: Some(place(text, offset)), problem }
        }
        DecodeError::InvalidLength(_) => NotBase64 {
            place: None,
            problem: "it ends after one character of a group of four, so the end is missing",
        },
        DecodeError::InvalidPadding => {
            NotBase64 { place: None, problem: "it ends in more = than fill a group of four" }
        }
    })
}

fn problem(byte: u8) -> &'static str {
    match byte {
        b'-' | b'_' => {
            "is of the URL-safe alphabet; write that of RFC 4648 section 4, with + and /"
        }
        b' ' => "is a space within a line, which may have been a +",
        b'=' => "is a = before the end",
        _ => "is not of the alphabet of RFC 4648 section 4",
    }
}

/// Returns the place in the text of a byte of the joined lines.
fn place(text: &str, mut left: usize) -> usize {
    let mut begins = 0_usize;
    for line in text.split(LINE_BREAKS) {
        let from_first = line.trim_start_matches(BLANKS);
        let length = from_first.trim_end_matches(BLANKS).len();
        if left < length {
            let blanks = line.len().saturating_sub(from_first.len());
            return begins.saturating_add(blanks).saturating_add(left);
        }
        left = left.saturating_sub(length);
        begins = begins.saturating_add(line.len()).saturating_add(1);
    }
    text.len()
}

/// Why text is not base64. Shows no part of the text.
#[derive(Debug)]
pub(crate) struct NotBase64 {
    /// In bytes from the beginning.
    place: Option<usize>,
    problem: &'static str,
}

impl fmt::Display for NotBase64 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = self.place {
            write!(formatter, "the character at position {} ", place.saturating_add(1))?;
        }
        formatter.write_str(self.problem)
    }
}

const ENGINE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
const LINE_BREAKS: [char; 2] = ['\r', '\n'];
const BLANKS: [char; 2] = [' ', '\t'];
