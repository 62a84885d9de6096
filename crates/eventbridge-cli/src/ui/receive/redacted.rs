//! Texts for the page without tokens, wrapped secrets and queries, in which people put credentials.

use eventbridge_local::observe::REDACTED;
use serde_json::Value;

/// Leaves secrets out of texts.
#[derive(Clone)]
pub struct Redactor {
    tokens: Vec<String>,
}

impl Redactor {
    /// Knows these tokens. Such as are so short that they are a part of other words are not looked
    /// for: no text holds them but the header, which is redacted whole.
    pub fn new(tokens: &[String]) -> Self {
        let tokens = tokens.iter().filter(|token| token.len() >= SHORTEST);
        Self { tokens: tokens.cloned().collect() }
    }

    /// Returns a text without queries of URLs and without tokens.
    pub fn text(&self, text: &str) -> String {
        self.tokens
            .iter()
            .fold(without_queries(text), |text, token| text.replace(token.as_str(), REDACTED))
    }

    /// Redacts every string in a JSON value.
    pub fn json(&self, value: Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.text(&text)),
            Value::Array(values) => values.into_iter().map(|value| self.json(value)).collect(),
            Value::Object(members) => {
                members.into_iter().map(|(name, value)| (name, self.json(value))).collect()
            }
            other @ (Value::Null | Value::Bool(_) | Value::Number(_)) => other,
        }
    }

    /// Returns a line of a head, `name: value`.
    pub fn header(&self, name: &str, value: &[u8]) -> String {
        match SECRET.contains(&name) {
            true => format!("{name}: {REDACTED}"),
            false => format!("{name}: {}", self.text(&String::from_utf8_lossy(value))),
        }
    }

    /// Returns what was signed before the body.
    pub fn signed_head(&self, head: &[u8]) -> String {
        let text = String::from_utf8_lossy(head);
        let lines = text.split_inclusive('\n').map(|line| match line.split_once(": ") {
            Some((name, _)) if SECRET.contains(&name) => format!("{name}: {REDACTED}\n"),
            Some(_) | None => match line.strip_suffix('\n') {
                Some(line) => format!("{}\n", self.text(line)),
                None => self.text(line),
            },
        });
        lines.collect()
    }
}

/// Cuts every query: from the question mark of a URL or path to what follows the URL in our texts.
fn without_queries(text: &str) -> String {
    let mut rest = text;
    let mut kept = String::with_capacity(text.len());
    while let Some((before, after)) = rest.split_once('?') {
        kept.push_str(before);
        kept.push('?');
        let word = before.rsplit(' ').next().unwrap_or_default();
        rest = after;
        if word.contains('/') {
            kept.push_str(REDACTED);
            // A query that was decoded may hold blanks, so a blank does not end it.
            let end = ENDS.iter().filter_map(|end| after.find(end)).min();
            rest = end.and_then(|end| after.get(end..)).unwrap_or_default();
        }
    }
    kept.push_str(rest);
    kept
}

/// What follows a URL in texts of explanations and rejections.
const ENDS: [&str; 5] = [", ", ": ", " or ", " was signed", "\n"];
/// Headers of which no value is shown: whoever has a wrapped secret can sign under v1.
const SECRET: [&str; 2] = ["x-eventbridge-signature-token", "x-eventbridge-signature-secret"];
const SHORTEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_query_and_no_token_is_left() {
        let redactor = Redactor::new(&["token-secret".to_owned(), "a".to_owned()]);
        for (text, expected) in [
            ("POST /a?key=s3cret", "POST /a?<redacted>"),
            (
                "the URL that was signed is https://h/a?k=s3cret x, not https://h/a?k=s3cret%20x: \
                 give that one",
                "the URL that was signed is https://h/a?<redacted>, not https://h/a?<redacted>: \
                 give that one",
            ),
            ("https://h/?s3cret or https://h/b", "https://h/?<redacted> or https://h/b"),
            ("https://h/a?s3cret was signed, but", "https://h/a?<redacted> was signed, but"),
            ("https://h/a?k=s3cret?s3cret", "https://h/a?<redacted>"),
            ("what? a question, token-secret", "what? a question, <redacted>"),
        ] {
            assert_eq!(redactor.text(text), expected);
        }
        let head =
            b"https://h/a?s3cret\nx-eventbridge-signature-url: https://c/x?Signature=s3cret\n\
            x-eventbridge-signature-token: token-secret\n";
        let expected = "https://h/a?<redacted>\n\
            x-eventbridge-signature-url: https://c/x?<redacted>\n\
            x-eventbridge-signature-token: <redacted>\n";
        assert_eq!(redactor.signed_head(head), expected);
        let line = redactor.header("x-eventbridge-signature-secret", b"wrapped");
        assert_eq!(line, "x-eventbridge-signature-secret: <redacted>");
    }
}
