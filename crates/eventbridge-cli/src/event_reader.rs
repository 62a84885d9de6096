//! Events one by one from a stream: one event, JSON arrays of events, or JSON lines.
//!
//! Memory is bounded by the largest event that is allowed, however long the stream is.

use std::{
    fmt,
    io::{BufRead, BufReader, Read},
};

use serde_json::value::RawValue;

use crate::inputs::Input;

/// Reads the events of one input. After an error it ends.
pub struct EventReader {
    input: BufReader<Box<dyn Read + Send>>,
    name: String,
    most_bytes: usize,
    line: u64,
    column: u64,
    state: State,
}

/// An event as it was written, and where it begins.
#[derive(Debug)]
pub struct FoundEvent {
    /// The input, a colon, and the line: `events.json:3`.
    pub place: String,
    pub json: Vec<u8>,
}

/// Names the place at which an input is no list of events, and why.
#[derive(Debug)]
pub struct Malformed {
    place: String,
    reason: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Start,
    /// Objects, with white space between them.
    Lines,
    /// In an array, where an event or its end may come.
    First,
    /// In an array, after an event.
    AfterEvent,
    /// In an array, after a comma.
    AfterComma,
    /// After an array.
    AfterArray,
    Ended,
}

impl EventReader {
    /// Reads events of at most `most_bytes` each.
    pub fn new(input: Input, most_bytes: usize) -> Self {
        Self {
            input: BufReader::with_capacity(64 * 1024, input.reader),
            name: input.name,
            most_bytes,
            line: 1,
            column: 1,
            state: State::Start,
        }
    }

    fn next_event(&mut self) -> Result<Option<FoundEvent>, Malformed> {
        loop {
            let Some(byte) = self.peek()? else {
                return match self.state {
                    State::Start | State::Lines | State::AfterArray | State::Ended => Ok(None),
                    State::First | State::AfterEvent | State::AfterComma => {
                        Err(self.malformed("the array of events has no end"))
                    }
                };
            };
            if matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | RECORD_SEPARATOR) {
                self.advance(byte);
                continue;
            }
            if self.state == State::Start && byte == 0xef {
                self.byte_order_mark()?;
                continue;
            }
            match (self.state, byte) {
                (State::Start | State::Lines, b'{') => {
                    self.state = State::Lines;
                    return self.event().map(Some);
                }
                (State::First | State::AfterComma, b'{') => {
                    self.state = State::AfterEvent;
                    return self.event().map(Some);
                }
                (State::Start, b'[') => self.state = State::First,
                (State::First | State::AfterEvent, b']') => self.state = State::AfterArray,
                (State::AfterEvent, b',') => self.state = State::AfterComma,
                (State::AfterEvent, _) => {
                    return Err(self.malformed("a comma or ] must follow an event"));
                }
                (State::AfterArray, _) => {
                    return Err(self.malformed("nothing can follow the array of events"));
                }
                (State::Ended, _) => return Ok(None),
                (State::Start | State::Lines | State::First | State::AfterComma, _) => {
                    return Err(self.malformed("an event is a JSON object and begins with {"));
                }
            }
            self.advance(byte);
        }
    }

    /// Reads an object to its last brace, and checks that it is JSON.
    fn event(&mut self) -> Result<FoundEvent, Malformed> {
        let (line, column) = (self.line, self.column);
        let mut json = Vec::new();
        let (mut depth, mut in_text, mut escaped) = (0_u64, false, false);
        while let Some(byte) = self.peek()? {
            if in_text && byte < b' ' {
                return Err(
                    self.malformed("a text in an event has a line end or control character")
                );
            }
            self.advance(byte);
            json.push(byte);
            if json.len() > self.most_bytes {
                let reason = format!("the event has more than {} bytes", self.most_bytes);
                return Err(self.malformed_at(line, column, &reason));
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if in_text => escaped = true,
                b'"' => in_text = !in_text,
                b'{' | b'[' if !in_text => depth = depth.saturating_add(1),
                b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth == 0 {
                return match serde_json::from_slice::<&RawValue>(&json) {
                    Ok(_) => Ok(FoundEvent { place: format!("{}:{line}", self.name), json }),
                    Err(error) => {
                        let below = u64::try_from(error.line()).unwrap_or(1).saturating_sub(1);
                        let right = u64::try_from(error.column()).unwrap_or(1);
                        let before = if below == 0 { column.saturating_sub(1) } else { 0 };
                        let (line, column) =
                            (line.saturating_add(below), right.saturating_add(before));
                        Err(self.malformed_at(line, column, &reason_alone(&error)))
                    }
                };
            }
        }
        Err(self.malformed_at(line, column, "the event that begins here has no end"))
    }

    fn byte_order_mark(&mut self) -> Result<(), Malformed> {
        for expected in *b"\xef\xbb\xbf" {
            if self.peek()? != Some(expected) {
                return Err(self.malformed("an event is a JSON object and begins with {"));
            }
            self.input.consume(1);
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<Option<u8>, Malformed> {
        loop {
            match self.input.fill_buf() {
                Ok(bytes) => return Ok(bytes.first().copied()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let (place, reason) = (self.name.clone(), error.to_string());
                    return Err(Malformed { place, reason });
                }
            }
        }
    }

    fn advance(&mut self, byte: u8) {
        self.input.consume(1);
        if byte == b'\n' {
            (self.line, self.column) = (self.line.saturating_add(1), 1);
        } else {
            self.column = self.column.saturating_add(1);
        }
    }

    fn malformed(&self, reason: &str) -> Malformed {
        self.malformed_at(self.line, self.column, reason)
    }

    fn malformed_at(&self, line: u64, column: u64, reason: &str) -> Malformed {
        let place = format!("{}: line {line} column {column}", self.name);
        Malformed { place, reason: reason.to_owned() }
    }
}

impl Iterator for EventReader {
    type Item = Result<FoundEvent, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.state == State::Ended {
            return None;
        }
        let found = self.next_event().transpose();
        if !matches!(found, Some(Ok(_))) {
            self.state = State::Ended;
        }
        found
    }
}

impl FoundEvent {
    /// Returns the id of the event, if it has one that is a text.
    pub fn id(&self) -> Option<String> {
        #[derive(serde::Deserialize)]
        struct Id {
            id: Option<serde_json::Value>,
        }
        let read: Id = serde_json::from_slice(&self.json).ok()?;
        read.id?.as_str().map(str::to_owned)
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.place, self.reason)
    }
}

/// serde_json's words without its place, which counts from the event's first character.
fn reason_alone(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or_else(|| text.clone(), |(reason, _)| reason.to_owned())
}

/// Before each record of a JSON text sequence (RFC 7464).
const RECORD_SEPARATOR: u8 = 0x1e;

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(text: &[u8]) -> (Vec<String>, Option<String>) {
        let reader = Box::new(Cursor::new(text.to_vec()));
        let input = Input { name: "f".to_owned(), reader };
        let (mut events, mut error) = (Vec::new(), None);
        for found in EventReader::new(input, 64) {
            match found {
                Ok(event) => {
                    let json = String::from_utf8(event.json).unwrap();
                    events.push(format!("{} {json}", event.place));
                }
                Err(malformed) => error = Some(malformed.to_string()),
            }
        }
        (events, error)
    }

    #[test]
    fn one_event_arrays_and_lines_are_read() {
        for (text, expected) in [
            ("", &[][..]),
            (" \n", &[]),
            ("[]", &[]),
            ("{\"a\" : 1.50}\n", &["f:1 {\"a\" : 1.50}"]),
            ("\u{feff}{}", &["f:1 {}"]),
            ("{}\n\n{\"a\":\"}{\\\"\"}", &["f:1 {}", "f:3 {\"a\":\"}{\\\"\"}"]),
            ("{}{}", &["f:1 {}", "f:1 {}"]),
            ("\u{1e}{}\n\u{1e}{}\n", &["f:1 {}", "f:2 {}"]),
            ("[\n{\"a\":[{}]},\n {}\n]\n", &["f:2 {\"a\":[{}]}", "f:3 {}"]),
            ("{\n\"a\":\n1}\r\n{}", &["f:1 {\n\"a\":\n1}", "f:4 {}"]),
        ] {
            let (events, error) = read(text.as_bytes());
            assert_eq!(
                (events.iter().map(String::as_str).collect::<Vec<_>>(), error),
                (expected.to_vec(), None),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_malformed_is_named_with_its_place() {
        let long = format!("{{}}\n{{\"a\":\"{}\"}}", "x".repeat(64));
        for (text, count, expected) in [
            (&b"1"[..], 0, "f: line 1 column 1: an event is a JSON object and begins with {"),
            (b"{} 1", 1, "f: line 1 column 4: an event is a JSON object and begins with {"),
            (b"[{},]", 1, "f: line 1 column 5: an event is a JSON object and begins with {"),
            (b"[{} {}]", 1, "f: line 1 column 5: a comma or ] must follow an event"),
            (b"[{}", 1, "f: line 1 column 4: the array of events has no end"),
            (b"[{}]{}", 1, "f: line 1 column 5: nothing can follow the array of events"),
            (b"{}\n {\"a\":\n", 1, "f: line 2 column 2: the event that begins here has no end"),
            (b"{}\n  {\"a\" 1}", 1, "f: line 2 column 8: expected `:`"),
            (b"{\n\"a\":tru}", 0, "f: line 2 column 8: expected ident"),
            (b"{\"a\":\"x\n\"}", 0, "f: line 1 column 8: a text in an event has a line end"),
            (b"{\"a\":]", 0, "f: line 1 column 6"),
            (b"{\"a\":\"\xff\"}", 0, "f: line 1 column"),
            (b"\xef\xbb{}", 0, "f: line 1 column 1: an event is a JSON object"),
            (long.as_bytes(), 1, "f: line 2 column 1: the event has more than 64 bytes"),
        ] {
            let (events, error) = read(text);
            let error = error.expect("it is malformed");
            assert_eq!(events.len(), count, "{error}");
            assert!(error.starts_with(expected), "{error}, not {expected}");
        }
    }

    #[test]
    fn an_event_is_as_deep_as_it_is_long() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(20), "]".repeat(20));
        assert_eq!(read(deep.as_bytes()).0.len(), 1);
    }
}
