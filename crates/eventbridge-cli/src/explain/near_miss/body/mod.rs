//! The body in the forms in which it may have been signed before something on the way wrote it
//! anew.
//!
//! JSON is written anew token by token: no order of keys, no number and no string changes but for
//! the escapes that the form is about.

mod strings;
mod writer;

use bytes::Bytes;
use serde_json::value::RawValue;

use self::{
    strings::{ESCAPES, Escapes},
    writer::{LAYOUTS, Layout, write},
};

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
                "the JSON that was signed is {layout_words}{escape_words}: pass the body on byte \
                 for byte, not parsed and written anew"
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
        let sentence = "the body that was signed is the text in this JSON string: something on the \
             way wrapped it, pass it on as it is";
        (name, sentence.to_owned(), Bytes::from(text))
    });
    let string = std::str::from_utf8(body).ok().and_then(|text| serde_json::to_vec(text).ok());
    let wrapped = string.into_iter().flat_map(move |string| {
        ESCAPES.iter().filter_map(move |(escape_words, escapes)| {
            let sentence = format!(
                "the body that was signed is this one as a JSON string{escape_words}: something on \
                 the way unwrapped it, pass it on as it is"
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
            "the body that was signed has no final line break: an editor or a shell added it, save \
             the body without",
            |body| {
                let body = body.strip_suffix(b"\n")?;
                Some(body.strip_suffix(b"\r").unwrap_or(body).to_vec())
            },
        ),
        (
            "body-final-line-feed",
            "the body that was signed ends in a line feed: an editor or a shell took it off, save \
             the body with it",
            |body| Some([body, b"\n"].concat()),
        ),
        (
            "body-final-line-feed",
            "the body that was signed ends in CRLF: an editor or a shell took it off, save the \
             body with it",
            |body| Some([body, b"\r\n"].concat()),
        ),
        (
            "body-line-ends",
            "the body that was signed has LF where this one has CRLF: pass line breaks on as they \
             are",
            |body| Some(with_line_ends(body, b"\n")),
        ),
        (
            "body-line-ends",
            "the body that was signed has CRLF where this one has LF: pass line breaks on as they \
             are",
            |body| Some(with_line_ends(body, b"\r\n")),
        ),
        (
            "body-line-ends",
            "the body that was signed has CRLF where this one has LF, but at its end: pass line \
             breaks on as they are",
            |body| {
                let mut changed = with_line_ends(body.strip_suffix(b"\n")?, b"\r\n");
                changed.push(b'\n');
                Some(changed)
            },
        ),
        (
            "body-byte-order-mark",
            "the body that was signed has no byte order mark: something on the way, or an editor, \
             put one before it",
            |body| body.strip_prefix(BYTE_ORDER_MARK).map(<[u8]>::to_vec),
        ),
        (
            "body-byte-order-mark",
            "the body that was signed begins with a byte order mark: something on the way took it \
             off, pass it on",
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

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
