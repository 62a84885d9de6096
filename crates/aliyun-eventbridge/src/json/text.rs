//! JSON strings: their characters, and how they are written.

use std::borrow::Cow;

/// Decodes the inside of a JSON string whose grammar was checked. Half of a surrogate pair becomes
/// U+FFFD; the second value says whether there was one.
pub(crate) fn decode(inside: &str) -> (Cow<'_, str>, bool) {
    if !inside.contains('\\') {
        return (Cow::Borrowed(inside), false);
    }
    let mut decoded = String::with_capacity(inside.len());
    let mut lone = false;
    for piece in Pieces(inside) {
        match piece {
            Piece::Plain(text) => decoded.push_str(text),
            Piece::Char(character) => decoded.push(character),
            Piece::LoneSurrogate(_) => {
                lone = true;
                decoded.push(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    (Cow::Owned(decoded), lone)
}

/// Appends a JSON string with the same characters, escaped as Gson does: quotes, backslashes,
/// control characters, U+2028 and U+2029. Half of a surrogate pair stays the escape that it was.
pub(crate) fn write_string(output: &mut String, inside: &str) {
    output.push('"');
    for piece in Pieces(inside) {
        match piece {
            Piece::Plain(text) => text.chars().for_each(|character| push_char(output, character)),
            Piece::Char(character) => push_char(output, character),
            Piece::LoneSurrogate(unit) => output.push_str(&format!("\\u{unit:04x}")),
        }
    }
    output.push('"');
}

fn push_char(output: &mut String, character: char) {
    match character {
        '"' => output.push_str("\\\""),
        '\\' => output.push_str("\\\\"),
        '\u{8}' => output.push_str("\\b"),
        '\t' => output.push_str("\\t"),
        '\n' => output.push_str("\\n"),
        '\u{c}' => output.push_str("\\f"),
        '\r' => output.push_str("\\r"),
        '\u{0}'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
            output.push_str(&format!("\\u{:04x}", u32::from(character)));
        }
        _ => output.push(character),
    }
}

enum Piece<'a> {
    Plain(&'a str),
    Char(char),
    LoneSurrogate(u16),
}

/// The pieces of the inside of a JSON string, one an escape.
struct Pieces<'a>(&'a str);

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        match self.0.find('\\') {
            None if self.0.is_empty() => None,
            None => Some(Piece::Plain(std::mem::take(&mut self.0))),
            Some(0) => Some(self.escape()),
            Some(start) => {
                let (plain, rest) = self.0.split_at(start);
                self.0 = rest;
                Some(Piece::Plain(plain))
            }
        }
    }
}

impl Pieces<'_> {
    /// Takes the escape that the rest begins with.
    fn escape(&mut self) -> Piece<'static> {
        let mut characters = self.0.chars();
        characters.next();
        let kind = characters.next();
        self.0 = characters.as_str();
        Piece::Char(match kind {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('u') => return self.unicode(),
            // `"`, `\` and `/`; the grammar has no others.
            Some(other) => other,
            None => char::REPLACEMENT_CHARACTER,
        })
    }

    fn unicode(&mut self) -> Piece<'static> {
        let first = self.unit().unwrap_or(0xFFFD);
        let second = || {
            let mut rest = Self(self.0.strip_prefix("\\u")?);
            rest.unit().filter(|unit| (0xDC00..0xE000).contains(unit))
        };
        let units = match first {
            0xD800..0xDC00 => [Some(first), second()],
            _ => [Some(first), None],
        };
        match char::decode_utf16(units.into_iter().flatten()).next() {
            Some(Ok(character)) => {
                if units.iter().flatten().count() == 2 {
                    self.0 = self.0.get(6..).unwrap_or_default();
                }
                Piece::Char(character)
            }
            _ => Piece::LoneSurrogate(first),
        }
    }

    fn unit(&mut self) -> Option<u16> {
        let (digits, rest) = self.0.split_at_checked(4)?;
        self.0 = rest;
        u16::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_decoded() {
        for (inside, decoded, lone) in [
            ("plain", "plain", false),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t", false),
            (r"a\u4e2db", "a中b", false),
            (r"\ud83d\ude00!", "😀!", false),
            (r"\ud83d", "\u{FFFD}", true),
            (r"\ud83dx", "\u{FFFD}x", true),
            (r"\ude00\ud83d\ud83d\ude00", "\u{FFFD}\u{FFFD}😀", true),
            (r"\ud83d\u0041", "\u{FFFD}A", true),
        ] {
            assert_eq!(decode(inside), (Cow::Borrowed(decoded), lone), "{inside}");
        }
    }

    #[test]
    fn strings_are_written_as_gson_does() {
        for (inside, written) in [
            (r"\u4e2d\/<&>=", "\"中/<&>=\""),
            (r#"\"\\\u0001\n"#, r#""\"\\\u0001\n""#),
            ("\u{2028}\u{7f}", "\"\\u2028\u{7f}\""),
            (r"\ud83d\ude00\uD83D", "\"😀\\ud83d\""),
        ] {
            let mut output = String::new();
            write_string(&mut output, inside);
            assert_eq!(output, written, "{inside}");
        }
    }
}
