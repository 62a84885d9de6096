//! JSON written anew token by token in another layout.

use super::strings::{Escapes, write_string};

/// What stands between the tokens.
pub(super) enum Layout {
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

const fn pretty(indent: &'static str, colon: &'static str, end: &'static str) -> Layout {
    Layout::Pretty { indent, colon, end, jackson: false }
}

pub(super) const LAYOUTS: [(&str, Layout); 11] = [
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

/// JSON that is well-formed, token by token. `None` if it would grow beyond measure: deep nesting
/// is indented ever further.
pub(super) fn write(json: &[u8], layout: &Layout, escapes: &Escapes) -> Option<Vec<u8>> {
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
