//! Slips of headers: the token's line, its quotation marks, the unit of the timestamp.

use http::HeaderValue;

use super::variation::{Variation, text_of};
use crate::explain::{
    options::from_millis,
    replay::{Capture, Setup, Tokens},
};

/// The sender left the token line out of the string to sign.
pub(super) fn token_line_left_out(setup: &Setup, capture: &Capture) -> Option<Variation> {
    let Tokens::Known(_) = setup.tokens else { return None };
    let mut capture = capture.clone();
    capture.head.headers.remove(TOKEN)?;
    let detail =
        "the token is not a line of the string to sign (TokenLine::Unsigned accepts that under v2)"
            .to_owned();
    let setup = Setup { tokens: Tokens::AnyTenant, ..setup.clone() };
    Some(Variation { name: "token-line-left-out", detail, setup, capture })
}

/// The token is in quotation marks at one place and without them at another. No detail repeats it.
pub(super) fn quoted_tokens(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    let (Tokens::Known(given), Some(sent)) = (&setup.tokens, text_of(capture, TOKEN)) else {
        return Vec::new();
    };
    let bare = unquoted(sent);
    let Some(given) = given.iter().find(|given| unquoted(given) == bare) else { return Vec::new() };
    let mut all = Vec::new();
    for signed in [sent.to_owned(), bare.to_owned(), format!("\"{bare}\""), format!("'{bare}'")] {
        if signed == sent && sent == given {
            continue;
        }
        let detail = if signed != sent {
            "the token was signed with other quotation marks around it than the push carries: have \
             them left alone on the way"
        } else if unquoted(given) == given {
            "the push carries the token in quotation marks: take them out of the target's token in \
             the console"
        } else {
            "the token given has quotation marks around it that the push does not have: take them \
             out of --token"
        };
        let Ok(value) = HeaderValue::from_str(&signed) else { continue };
        let mut capture = capture.clone();
        capture.head.headers.insert(TOKEN, value);
        let setup = Setup { tokens: Tokens::Known(vec![signed]), ..setup.clone() };
        all.push(Variation { name: "token-quoted", detail: detail.to_owned(), setup, capture });
    }
    all
}

fn unquoted(text: &str) -> &str {
    let inner = |mark: char| text.strip_prefix(mark)?.strip_suffix(mark);
    ['"', '\'', '`'].into_iter().find_map(inner).unwrap_or(text)
}

/// The timestamp that was signed is in seconds, the header's in milliseconds.
pub(super) fn timestamp_in_seconds(setup: &Setup, capture: &Capture) -> Option<Variation> {
    let name = "x-eventbridge-signature-timestamp";
    let sent: i64 = text_of(capture, name)?.parse().ok()?;
    let signed = sent.checked_div(1000)?;
    // The certificate is not valid at the odd time that follows, and that is not the question here.
    let url = text_of(capture, "x-eventbridge-signature-url")?;
    let given = setup.certificates.iter().find(|(given, _)| given == url)?;
    let setup = Setup {
        now: from_millis(signed)?,
        substitute: setup.substitute.clone().or_else(|| Some(given.1.clone())),
        ..setup.clone()
    };
    let mut capture = capture.clone();
    capture.head.headers.insert(name, HeaderValue::from(signed));
    let detail =
        format!("the timestamp that was signed is {signed}, not {sent}: sign milliseconds");
    Some(Variation { name: "timestamp-in-seconds", detail, setup, capture })
}

const TOKEN: &str = "x-eventbridge-signature-token";
