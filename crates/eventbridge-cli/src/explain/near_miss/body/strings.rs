//! Strings of JSON, escaped anew.

/// How strings are escaped.
pub(super) enum Escapes {
    AsTheyAre,
    /// What is not ASCII as `\uXXXX`.
    Ascii {
        upper: bool,
        slash: bool,
    },
    /// Nothing that need not be.
    Fewest,
    /// `/` as `\/`.
    Slash,
    /// These characters as `\uXXXX`, for use inside HTML.
    Html(&'static str),
    /// As `System.Text.Json` of .NET does: what is not ASCII, and these characters.
    DotNet,
}

pub(super) const ESCAPES: [(&str, Escapes); 9] = [
    ("", Escapes::AsTheyAre),
    (", with \\u escapes in lower case", Escapes::Ascii { upper: false, slash: false }),
    (", with \\u escapes in upper case", Escapes::Ascii { upper: true, slash: false }),
    (", with \\u escapes and \\/", Escapes::Ascii { upper: false, slash: true }),
    (", with characters in place of escapes", Escapes::Fewest),
    (", with \\/", Escapes::Slash),
    (", with <, > and & escaped", Escapes::Html("<>&\u{2028}\u{2029}")),
    (", with <, >, &, = and ' escaped", Escapes::Html("<>&='\u{2028}\u{2029}")),
    (", with the \\u escapes of .NET", Escapes::DotNet),
];

pub(super) fn write_string(written: &mut Vec<u8>, string: &str, escapes: &Escapes) {
    if matches!(escapes, Escapes::AsTheyAre) {
        written.extend_from_slice(string.as_bytes());
        return;
    }
    let mut rest = string;
    while let Some(character) = rest.chars().next() {
        let (piece, after) = match unicode_escape(rest) {
            Some((units, after)) => (Piece::Units(units), after),
            None if rest.starts_with("\\/") => {
                (Piece::Character('/'), rest.get(2..).unwrap_or_default())
            }
            None if rest.starts_with("\\\"") && matches!(escapes, Escapes::DotNet) => {
                (Piece::Character('"'), rest.get(2..).unwrap_or_default())
            }
            // The marks around the string.
            None if character == '"' => {
                written.push(b'"');
                rest = rest.get(1..).unwrap_or_default();
                continue;
            }
            None if character == '\\' => {
                let (escape, after) = rest.split_at_checked(2).unwrap_or((rest, ""));
                written.extend_from_slice(escape.as_bytes());
                rest = after;
                continue;
            }
            None => {
                (Piece::Character(character), rest.get(character.len_utf8()..).unwrap_or_default())
            }
        };
        // An escaped solidus stays one where the form is about something else.
        let was_escaped_slash = rest.starts_with("\\/");
        rest = after;
        write_piece(written, &piece, was_escaped_slash, escapes);
    }
}

enum Piece {
    Character(char),
    /// Of a `\u` escape, or of two that are a surrogate pair.
    Units(Vec<u16>),
}

fn write_piece(written: &mut Vec<u8>, piece: &Piece, was_escaped_slash: bool, escapes: &Escapes) {
    let character = match piece {
        Piece::Character(character) => Some(*character),
        Piece::Units(units) => {
            char::decode_utf16(units.iter().copied()).next().and_then(Result::ok)
        }
    };
    let is_short = match (escapes, piece) {
        (Escapes::Fewest, Piece::Units(_)) => matches!(character, Some('"' | '\\')),
        (Escapes::DotNet, _) => character == Some('\\'),
        (Escapes::Fewest, Piece::Character(_))
        | (
            Escapes::AsTheyAre | Escapes::Ascii { .. } | Escapes::Slash | Escapes::Html(_),
            Piece::Character(_) | Piece::Units(_),
        ) => false,
    };
    if let Some(character) = character.filter(|_| is_short) {
        written.push(b'\\');
        written.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    let must = |character: char| character.is_control() || matches!(character, '"' | '\\');
    let as_character = match (escapes, character) {
        (_, None) => None,
        (Escapes::AsTheyAre | Escapes::Slash, Some(character)) => {
            matches!(piece, Piece::Character(_)).then_some(character)
        }
        (Escapes::Ascii { .. }, Some(character)) => {
            (matches!(piece, Piece::Character(_)) && character.is_ascii()).then_some(character)
        }
        (Escapes::Fewest, Some(character)) => {
            (matches!(piece, Piece::Character(_)) || !must(character)).then_some(character)
        }
        (Escapes::DotNet, Some(character)) => {
            let plain = (' '..='~').contains(&character) && !"\"&'+<>`".contains(character);
            plain.then_some(character)
        }
        (Escapes::Html(html), Some(character)) => {
            (matches!(piece, Piece::Character(_)) && !html.contains(character)).then_some(character)
        }
    };
    let Some(character) = as_character else {
        let upper = matches!(escapes, Escapes::Ascii { upper: true, .. } | Escapes::DotNet);
        let units = match piece {
            Piece::Units(units) => units.clone(),
            Piece::Character(character) => character.encode_utf16(&mut [0; 2]).to_vec(),
        };
        for unit in units {
            let escape = if upper { format!("\\u{unit:04X}") } else { format!("\\u{unit:04x}") };
            written.extend_from_slice(escape.as_bytes());
        }
        return;
    };
    let slash = match escapes {
        Escapes::Ascii { slash: true, .. } | Escapes::Slash => true,
        Escapes::Fewest | Escapes::DotNet => false,
        Escapes::AsTheyAre | Escapes::Ascii { .. } | Escapes::Html(_) => was_escaped_slash,
    };
    if character == '/' && slash {
        written.push(b'\\');
    }
    written.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

/// `\uXXXX`, and the second half of a surrogate pair with it; and what follows.
fn unicode_escape(text: &str) -> Option<(Vec<u16>, &str)> {
    let one = |text: &'_ str| -> Option<u16> {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        let hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        hex.then(|| u16::from_str_radix(digits, 16).ok())?
    };
    let first = one(text)?;
    let after = text.get(6..)?;
    let second = if (0xD800..0xDC00).contains(&first) { one(after) } else { None };
    match second.filter(|second| (0xDC00..0xE000).contains(second)) {
        Some(second) => Some((vec![first, second], after.get(6..)?)),
        None => Some((vec![first], after)),
    }
}
