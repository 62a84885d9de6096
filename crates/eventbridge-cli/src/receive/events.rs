//! The events of a push: one JSON line each, and the requests that are enclosed in them.

use std::{
    borrow::Cow,
    io::{self, Write},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::Request;
use serde::Serialize;
use serde_json::value::RawValue;
use tower_eventbridge::{
    Authentic,
    each_event::PushedEvent,
    envelope::{ApiGatewayRequest, EnvelopeError, EventAttributes},
};

/// How much of an event its line shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// What names it.
    Attributes,
    /// The whole event, because nothing else got it.
    Event,
}

/// Writes one line for an event. Bytes that are no event make a line of nulls: they are authentic
/// all the same.
pub fn write_line(out: &mut impl Write, event: &PushedEvent, shows: Shows) -> io::Result<()> {
    let line = line(event.proof(), event.body())?;
    let (Shows::Event, Some(members)) = (shows, line.strip_suffix('}')) else {
        return writeln!(out, "{line}");
    };
    match json_text(event.body()) {
        Some(json) => writeln!(out, "{members},\"event\":{}}}", on_one_line(json)),
        None => writeln!(out, "{members},\"body_base64\":\"{}\"}}", STANDARD.encode(event.body())),
    }
}

/// The body as JSON text, if it is JSON, without a byte order mark and the white space around it.
fn json_text(body: &[u8]) -> Option<&str> {
    let text = str::from_utf8(body).ok()?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str::<&RawValue>(text).ok().map(RawValue::get)
}

/// The request that is enclosed in an event; `None` if it is an ordinary event, which encloses
/// none. `Err` if it can be read as neither, so that it has nowhere to go.
pub fn enclosed(event: &[u8]) -> Result<Option<ApiGatewayRequest>, EnvelopeError> {
    match ApiGatewayRequest::from_slice(event) {
        Ok(request) => Ok(Some(request)),
        // Of no dialect, so it encloses none.
        Err(error) if error.dialect().is_none() => {
            let event = EventAttributes::from_slice(event)?;
            tracing::debug!(id = event.id(), "an event that is not forwarded: {error}");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// A URL without its query, which may hold credentials.
pub fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// JSON without the white space between its values.
fn on_one_line(json: &str) -> Cow<'_, str> {
    if !json.bytes().any(|byte| byte.is_ascii_whitespace()) {
        return Cow::Borrowed(json);
    }
    let (mut in_string, mut escaped) = (false, false);
    let kept = json.chars().filter(|letter| {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
        in_string || !letter.is_ascii_whitespace()
    });
    Cow::Owned(kept.collect())
}

/// The members of a line, in the order of their names.
#[derive(Serialize)]
struct Line<'a> {
    assurance: &'a str,
    endpoint: &'a str,
    form: &'a str,
    id: Option<&'a str>,
    request: Option<RequestLine<'a>>,
    scheme: &'a str,
    source: Option<&'a str>,
    tenant: Option<&'a str>,
    r#type: Option<&'a str>,
}

#[derive(Serialize)]
struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

fn line(authentic: &Authentic, event: &[u8]) -> io::Result<String> {
    // Whether the data can be decoded, or a required attribute is missing, does not matter here.
    let attributes = EventAttributes::found_in(event).unwrap_or_default();
    // Half of a surrogate pair, in the body for one, does not matter here.
    let enclosed = ApiGatewayRequest::from_slice_lossy(event).and_then(Request::<Bytes>::try_from);
    let request = enclosed.as_ref().ok().map(|request| RequestLine {
        method: request.method().as_str(),
        path: request.uri().path(),
        query: request.uri().query(),
    });
    let text = |text| Some(text).filter(|text: &&str| !text.is_empty());
    let line = Line {
        assurance: authentic.assurance().as_str(),
        endpoint: without_query(authentic.endpoint()),
        form: authentic.body_ending().as_str(),
        id: attributes.id(),
        request,
        scheme: authentic.scheme().as_str(),
        source: text(attributes.source()),
        tenant: authentic.tenant(),
        r#type: text(attributes.event_type()),
    };
    Ok(serde_json::to_string(&line)?)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::{Value, json};
    use tower_eventbridge::{Verifier, certificate::Certificate, signer::Signer};

    use super::*;

    const URL: &str = "https://hooks.example.com/events";
    const TOKEN: &str = "token-secret-0123456789";

    fn printed(signer: &Signer, body: &[u8], shows: Shows) -> Value {
        let now = UNIX_EPOCH + Duration::from_secs(1_796_083_200);
        let pem = signer.certificate_pem();
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate(signer.certificate_url(), pem)
            .build()
            .unwrap();
        let push = signer.push(URL).token(TOKEN).body(body.to_vec()).sign(now).unwrap();
        let (parts, body) = push.into_parts();
        let certificate = Certificate::from_pem_or_der(pem.as_bytes()).unwrap();
        let proof = verifier.verify_with_certificate(&parts, body, &certificate, now).unwrap();
        let mut line = Vec::new();
        write_line(&mut line, &PushedEvent::from(proof), shows).unwrap();
        assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "one line");
        serde_json::from_slice(&line).unwrap()
    }

    /// Attributes are shown whatever the data is, and what cannot be read is null.
    #[test]
    fn a_line_has_the_attributes_that_can_be_read() {
        let signer = Signer::generate().unwrap();
        let event = |rest: &str| {
            format!(r#"{{"specversion":"1.0","source":"s","type":"t","id":"i"{rest}}}"#)
        };
        let deep = format!(r#","data":{}1{}"#, "[".repeat(5_000), "]".repeat(5_000));
        let plain = json!(["i", "s", "t"]);
        for (name, event, expected) in [
            ("plain", event(""), &plain),
            ("byte order mark", format!("\u{feff}\n {}", event("")), &plain),
            ("half of a pair in data", event(r#","data":"\ud83e""#), &plain),
            ("half of a pair in data_base64", event(r#","data_base64":"Ilx1ZDgzZSI=""#), &plain),
            ("half of a pair in an extension", event(r#","ext":"\ud83e""#), &plain),
            ("a number beyond a double", event(r#","data":1e400"#), &plain),
            ("depth", event(&deep), &plain),
            (
                "id a number",
                event("").replace("\"i\"", "12345678901234567890"),
                &json!(["12345678901234567890", "s", "t"]),
            ),
            (
                "half of a pair in the id",
                event("").replace("\"i\"", r#""\ud83e""#),
                &json!([null, "s", "t"]),
            ),
            ("no type", event("").replace("\"type\":\"t\",", ""), &json!(["i", "s", null])),
            ("no JSON", "text".to_owned(), &json!([null, null, null])),
        ] {
            let line = printed(&signer, event.as_bytes(), Shows::Attributes);
            assert_eq!(&json!([line["id"], line["source"], line["type"]]), expected, "{name}");
            assert_eq!(line["scheme"], "v2", "{name}");
            assert!(line["request"].is_null() && line.get("event").is_none(), "{name}");
        }
        let whole = printed(&signer, b"\xef\xbb\xbf{ \"id\" :\n\"a b\"}", Shows::Event);
        assert_eq!(whole["event"], json!({"id": "a b"}));
    }

    #[test]
    fn a_line_has_the_enclosed_request() {
        let signer = Signer::generate().unwrap();
        let event =
            br#"{"httpMethod":"POST","path":"/a","queryParameters":{"b":"c"},"body":"\ud83e"}"#;
        let line = printed(&signer, event, Shows::Attributes);
        assert_eq!(line["request"], json!({"method": "POST", "path": "/a", "query": "b=c"}));
    }
}
