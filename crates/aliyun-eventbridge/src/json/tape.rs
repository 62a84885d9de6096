//! The values of a JSON text in order, each with its place: one pass, however deep the text is.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::text;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    True,
    False,
    Null,
}

impl Kind {
    /// Returns the kind with its article, for messages.
    pub(crate) fn described(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "an array",
            Self::String => "a string",
            Self::Number => "a number",
            Self::True | Self::False => "a boolean",
            Self::Null => "null",
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
    /// The index of the first token after this value.
    pub(super) next: usize,
}

/// A JSON text whose grammar holds, and its values. Members of an object are pairs of tokens.
#[derive(Debug, Clone)]
pub(crate) struct Tape<'a> {
    text: Cow<'a, str>,
    tokens: Vec<Token>,
    depth: usize,
}

impl<'a> Tape<'a> {
    /// Reads a JSON text. Time and memory are linear in its length.
    pub(crate) fn parse(text: Cow<'a, str>) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<&RawValue>(&text)?;
        let (tokens, depth) = Scan::of(text.as_bytes());
        Ok(Self { text, tokens, depth })
    }

    /// Takes tokens of which those of an array or object follow it, without its depth.
    pub(super) fn of_tokens(text: Cow<'a, str>, tokens: Vec<Token>) -> Self {
        Self { text, tokens, depth: 0 }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns how many arrays and objects lie within each other, 0 for a scalar.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    pub(crate) fn root(&self) -> Node<'_> {
        // The grammar has exactly one value; an empty text was an error.
        let none = Token { kind: Kind::Null, start: 0, end: 0, next: 1 };
        let token = self.tokens.first().copied().unwrap_or(none);
        Node { text: &self.text, tokens: &self.tokens, at: 0, token }
    }
}

/// One value on a tape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Node<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    token: Token,
}

impl<'t> Node<'t> {
    pub(crate) fn kind(self) -> Kind {
        self.token.kind
    }

    /// Returns a number that no other value on the tape has.
    pub(crate) fn position(self) -> usize {
        self.at
    }

    /// Returns the value as it is written.
    pub(crate) fn raw(self) -> &'t str {
        self.text.get(self.token.start..self.token.end).unwrap_or_default()
    }

    /// Returns where the value begins and ends in the text, in bytes.
    pub(crate) fn span(self) -> (usize, usize) {
        (self.token.start, self.token.end)
    }

    /// Returns what is between the quotes of a string, as it is written.
    pub(crate) fn inside(self) -> &'t str {
        let inside = self.token.start.saturating_add(1)..self.token.end.saturating_sub(1);
        self.text.get(inside).unwrap_or_default()
    }

    /// Returns the characters of a string. Half of a surrogate pair is U+FFFD.
    pub(crate) fn characters(self) -> Cow<'t, str> {
        text::decode(self.inside()).0
    }

    /// Returns whether a string has half of a surrogate pair.
    pub(crate) fn has_lone_surrogate(self) -> bool {
        text::decode(self.inside()).1
    }

    /// Returns names and values of an object, in order, doubled names too; none of other values.
    pub(crate) fn members(self) -> impl Iterator<Item = (Node<'t>, Node<'t>)> {
        let mut values = self.within(Kind::Object);
        std::iter::from_fn(move || Some((values.next()?, values.next()?)))
    }

    /// Returns the elements of an array; none of other values.
    pub(crate) fn elements(self) -> impl Iterator<Item = Node<'t>> {
        self.within(Kind::Array)
    }

    fn within(self, kind: Kind) -> Children<'t> {
        let first = self.at.saturating_add(1);
        let end = if self.token.kind == kind { self.token.next } else { first };
        Children { text: self.text, tokens: self.tokens, at: first, end }
    }
}

struct Children<'t> {
    text: &'t str,
    tokens: &'t [Token],
    at: usize,
    end: usize,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        if self.at >= self.end {
            return None;
        }
        let at = self.at;
        let token = *self.tokens.get(at)?;
        self.at = token.next;
        Some(Node { text: self.text, tokens: self.tokens, at, token })
    }
}

/// Finds the values of a text whose grammar was checked.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
    tokens: Vec<Token>,
    open: Vec<usize>,
    depth: usize,
}

impl<'a> Scan<'a> {
    fn of(bytes: &'a [u8]) -> (Vec<Token>, usize) {
        let tokens = Vec::with_capacity(bytes.len() / 12);
        let mut scan = Self { bytes, at: 0, tokens, open: Vec::new(), depth: 0 };
        while let Some(byte) = scan.bytes.get(scan.at) {
            scan.step(*byte);
        }
        (scan.tokens, scan.depth)
    }

    fn step(&mut self, byte: u8) {
        let start = self.at;
        match byte {
            b'{' => self.open(Kind::Object),
            b'[' => self.open(Kind::Array),
            b'}' | b']' => self.close(),
            b'"' => self.scalar(Kind::String, self.string_end(start)),
            b't' => self.scalar(Kind::True, start.saturating_add(4)),
            b'f' => self.scalar(Kind::False, start.saturating_add(5)),
            b'n' => self.scalar(Kind::Null, start.saturating_add(4)),
            b'-' | b'0'..=b'9' => self.scalar(Kind::Number, self.number_end(start)),
            // White space, commas and colons.
            _ => self.at = start.saturating_add(1),
        }
    }

    fn open(&mut self, kind: Kind) {
        self.open.push(self.tokens.len());
        self.depth = self.depth.max(self.open.len());
        self.scalar(kind, self.at.saturating_add(1));
    }

    fn close(&mut self) {
        self.at = self.at.saturating_add(1);
        let next = self.tokens.len();
        let opened = self.open.pop().and_then(|index| self.tokens.get_mut(index));
        if let Some(token) = opened {
            token.end = self.at;
            token.next = next;
        }
    }

    fn scalar(&mut self, kind: Kind, end: usize) {
        let next = self.tokens.len().saturating_add(1);
        self.tokens.push(Token { kind, start: self.at, end, next });
        self.at = end;
    }

    fn string_end(&self, start: usize) -> usize {
        let mut at = start.saturating_add(1);
        loop {
            match self.bytes.get(at) {
                Some(b'"') | None => return at.saturating_add(1),
                Some(b'\\') => at = at.saturating_add(2),
                Some(_) => at = at.saturating_add(1),
            }
        }
    }

    fn number_end(&self, start: usize) -> usize {
        let rest = self.bytes.get(start..).unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9'));
        start.saturating_add(length.unwrap_or(rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tape(text: &str) -> Tape<'_> {
        Tape::parse(Cow::Borrowed(text)).unwrap()
    }

    #[test]
    fn values_keep_their_text_and_order() {
        let text = r#" {"a" : [1.50, "x\"]", {}, []], "b":{"c":null}, "a":-3e2 , "t":true} "#;
        let tape = tape(text);
        let members: Vec<_> = tape.root().members().collect();
        let raw: Vec<_> = members.iter().map(|(name, value)| (name.raw(), value.raw())).collect();
        assert_eq!(
            raw,
            [
                ("\"a\"", r#"[1.50, "x\"]", {}, []]"#),
                ("\"b\"", r#"{"c":null}"#),
                ("\"a\"", "-3e2"),
                ("\"t\"", "true"),
            ]
        );
        let elements: Vec<_> = members[0].1.elements().map(Node::raw).collect();
        assert_eq!(elements, ["1.50", r#""x\"]""#, "{}", "[]"]);
        assert_eq!(tape.depth(), 3 - 1 + 1);
        assert_eq!(members[0].1.members().count(), 0);
    }

    #[test]
    fn depth_takes_no_stack() {
        let text = "[".repeat(200_000) + &"]".repeat(200_000);
        assert_eq!(tape(&text).depth(), 200_000);
    }

    #[test]
    fn what_is_not_json_is_an_error() {
        for text in ["", "{", "[1,]", "01", "\"\n\"", "nul", "{} {}", "{'a':1}", "\"\\x\""] {
            assert!(Tape::parse(Cow::Borrowed(text)).is_err(), "{text}");
        }
    }
}
