//! The body in the forms in which it may have been signed before something on the way wrote it anew.
//!
//! JSON is written anew token by token: no order of keys, no number and no string changes but for the escapes that the form
//! is about.

use bytes::Bytes;
use serde_json::value::RawValue;

/// Name, sentence and body of each form that differs from the body, made one by one. About 110.
pub(super) fn forms(body: &Bytes) -> impl Iterator<Item = (&'static str, String, Bytes)> {
    let plain = plain_forms().into_iter().filter_map({
        let body = body.clone();
        move |(name, sentence, change)| Some((name, sentence.to_owned(), change(&body)?.into()))
    });
    let unmarked = Bytes::copy_from_slice(body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(body));
    let json = serde_json::from_slice::<&RawValue>(&unmarked)
        .ok()
        .map(|value| Bytes::copy_from_slice(value.get().as_bytes()));
    let written = json.into_iter().flat_map(|json| {
        let styles = LAYOUTS.iter().flat_map(|layout| ESCAPES.iter().map(move |e| (layout, e)));
        styles.filter_map(move |((layout_words, layout), (escape_words, escapes))| {
            let name = match layout {
                Layout::AsItIs if matches!(escapes, Escapes::AsTheyAre) => return None,
                Layout::AsItIs => "body-escaped",
                Layout::Line { .. } => "body-compact",
                Layout::Pretty { .. } => "body-pretty",
            };
            let sentence = format!(
                "the JSON that was signed is {layout_words}{escape_words}: pass the body on byte for byte, not parsed and written anew"
            );
            Some((name, sentence, write(&json, layout, escapes)?.into()))
        })
    });
    let original = body.clone();
    plain
        .chain(written)
        .chain(as_strings(body))
        .filter(move |(_, _, form): &(_, _, Bytes)| *form != original)
}

/// The body as a JSON string, and what is in it if it is one.
fn as_strings(body: &Bytes) -> impl Iterator<Item = (&'static str, String, Bytes)> + use<> {
    let name = "body-json-string";
    let inner = serde_json::from_slice::<String>(body).ok().map(|text| {
        let sentence = "the body that was signed is the text in this JSON string: something on the way wrapped it, pass it on as it is";
        (name, sentence.to_owned(), Bytes::from(text))
    });
    let string = std::str::from_utf8(body).ok().and_then(|text| serde_json::to_vec(text).ok());
    let wrapped = string.into_iter().flat_map(move |string| {
        ESCAPES.iter().filter_map(move |(escape_words, escapes)| {
            let sentence = format!(
                "the body that was signed is this one as a JSON string{escape_words}: something on the way unwrapped it, pass it on as it is"
            );
            Some((name, sentence, write(&string, &Layout::AsItIs, escapes)?.into()))
        })
    });
    inner.into_iter().chain(wrapped)
}

type Change = fn(&[u8]) -> Option<Vec<u8>>;

fn plain_forms() -> [(&'static str, &'static str, Change); 8] {
    [
        (
            "body-final-line-feed",
            "the body that was signed has no final line break: an editor or a shell added it, save the body without",
            |body| {
                let body = body.strip_suffix(b"\n")?;
                Some(body.strip_suffix(b"\r").unwrap_or(body).to_vec())
            },
        ),
        (
            "body-final-line-feed",
            "the body that was signed ends in a line feed: an editor or a shell took it off, save the body with it",
            |body| Some([body, b"\n"].concat()),
        ),
        (
            "body-final-line-feed",
            "the body that was signed ends in CRLF: an editor or a shell took it off, save the body with it",
            |body| Some([body, b"\r\n"].concat()),
        ),
        (
            "body-line-ends",
            "the body that was signed has LF where this one has CRLF: pass line breaks on as they are",
            |body| Some(with_line_ends(body, b"\n")),
        ),
        (
            "body-line-ends",
            "the body that was signed has CRLF where this one has LF: pass line breaks on as they are",
            |body| Some(with_line_ends(body, b"\r\n")),
        ),
        (
            "body-line-ends",
            "the body that was signed has CRLF where this one has LF, but at its end: pass line breaks on as they are",
            |body| {
                let mut changed = with_line_ends(body.strip_suffix(b"\n")?, b"\r\n");
                changed.push(b'\n');
                Some(changed)
            },
        ),
        (
            "body-byte-order-mark",
            "the body that was signed has no byte order mark: something on the way, or an editor, put one before it",
            |body| body.strip_prefix(BYTE_ORDER_MARK).map(<[u8]>::to_vec),
        ),
        (
            "body-byte-order-mark",
            "the body that was signed begins with a byte order mark: something on the way took it off, pass it on",
            |body| Some([BYTE_ORDER_MARK, body].concat()),
        ),
    ]
}

/// Every CRLF, LF and CR as one kind of line end.
fn with_line_ends(body: &[u8], end: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\r' => {
                rest = after.strip_prefix(b"\n").unwrap_or(after);
                changed.extend_from_slice(end);
            }
            b'\n' => changed.extend_from_slice(end),
            byte => changed.push(byte),
        }
    }
    changed
}

/// What stands between the tokens.
enum Layout {
    AsItIs,
    Line {
        comma: &'static str,
        colon: &'static str,
    },
    Pretty {
        indent: &'static str,
        colon: &'static str,
        end: &'static str,
        /// Elements of arrays stand in one line, and what is empty has a space inside.
        jackson: bool,
    },
}

/// How strings are escaped.
enum Escapes {
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

const fn pretty(indent: &'static str, colon: &'static str, end: &'static str) -> Layout {
    Layout::Pretty { indent, colon, end, jackson: false }
}

const LAYOUTS: [(&str, Layout); 11] = [
    ("laid out as it is", Layout::AsItIs),
    ("compact", Layout::Line { comma: ",", colon: ":" }),
    ("in one line with spaces after commas and colons", Layout::Line { comma: ", ", colon: ": " }),
    ("in one line with spaces after commas", Layout::Line { comma: ", ", colon: ":" }),
    ("indented by two spaces", pretty("  ", ": ", "\n")),
    ("indented by four spaces", pretty("    ", ": ", "\n")),
    ("indented by tabs", pretty("\t", ": ", "\n")),
    ("indented by tabs, no space after colons", pretty("\t", ":", "\n")),
    ("indented by two spaces, CRLF", pretty("  ", ": ", "\r\n")),
    (
        "indented as Jackson does",
        Layout::Pretty { indent: "  ", colon: " : ", end: "\n", jackson: true },
    ),
    ("indented by three spaces", pretty("   ", ": ", "\n")),
];

const ESCAPES: [(&str, Escapes); 9] = [
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

/// JSON that is well-formed, token by token. `None` if it would grow beyond measure: deep nesting is indented ever further.
fn write(json: &[u8], layout: &Layout, escapes: &Escapes) -> Option<Vec<u8>> {
    let most = json.len().saturating_mul(8).saturating_add(4096);
    let mut written = Vec::with_capacity(json.len());
    let mut open = Open::default();
    let mut rest = json;
    let mut previous = 0;
    while let Some((&byte, after)) = rest.split_first() {
        if matches!(byte, b' ' | b'\t' | b'\r' | b'\n') {
            if matches!(layout, Layout::AsItIs) {
                written.push(byte);
            }
            rest = after;
            continue;
        }
        let closes = matches!(byte, b'}' | b']');
        if closes {
            open.close();
        }
        space_before(&mut written, layout, previous, byte, &open);
        match byte {
            b'"' => {
                let length = string_length(rest)?;
                let (string, after) = rest.split_at_checked(length)?;
                write_string(&mut written, std::str::from_utf8(string).ok()?, escapes);
                rest = after;
            }
            b':' => {
                let colon = match layout {
                    Layout::AsItIs => ":",
                    Layout::Line { colon, .. } | Layout::Pretty { colon, .. } => colon,
                };
                written.extend_from_slice(colon.as_bytes());
                rest = after;
            }
            byte => {
                if matches!(byte, b'{' | b'[') {
                    open.open(byte);
                }
                written.push(byte);
                rest = after;
            }
        }
        previous = byte;
        if written.len() > most {
            return None;
        }
    }
    Some(written)
}

/// The objects and arrays around a token. Counted, as a hostile body has as many as bytes.
#[derive(Default)]
struct Open {
    brackets: Vec<u8>,
    objects: usize,
}

impl Open {
    fn open(&mut self, bracket: u8) {
        self.brackets.push(bracket);
        self.objects += usize::from(bracket == b'{');
    }

    fn close(&mut self) {
        let closed = self.brackets.pop();
        self.objects -= usize::from(closed == Some(b'{'));
    }
}

/// What a layout has between two tokens, but for colons, which bring their own.
fn space_before(written: &mut Vec<u8>, layout: &Layout, previous: u8, byte: u8, open: &Open) {
    let opened = matches!(previous, b'{' | b'[');
    let closes = matches!(byte, b'}' | b']');
    match layout {
        Layout::AsItIs => {}
        Layout::Line { comma, .. } => {
            if previous == b',' {
                written.extend(comma.bytes().skip(1));
            }
        }
        Layout::Pretty { indent, end, jackson, .. } => {
            let in_array = if closes { byte == b']' } else { open.brackets.last() == Some(&b'[') };
            if opened && closes {
                if *jackson {
                    written.push(b' ');
                }
            } else if opened || closes || previous == b',' {
                if *jackson && in_array {
                    written.push(b' ');
                } else {
                    written.extend_from_slice(end.as_bytes());
                    let levels = if *jackson { open.objects } else { open.brackets.len() };
                    for _ in 0..levels {
                        written.extend_from_slice(indent.as_bytes());
                    }
                }
            }
        }
    }
}

/// With both quotation marks.
fn string_length(json: &[u8]) -> Option<usize> {
    let mut escaped = false;
    let end = json.iter().skip(1).position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

fn write_string(written: &mut Vec<u8>, string: &str, escapes: &Escapes) {
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

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
