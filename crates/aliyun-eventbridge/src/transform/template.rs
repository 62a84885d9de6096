//! Templates: text with `${name}` in it.

use std::collections::HashMap;

/// A template in pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Text(Box<str>),
    Variable {
        name: Box<str>,
        /// What stands there if the name has no value.
        otherwise: Box<str>,
    },
}

impl Template {
    /// Reads a template. Any text is one; time is linear in its length.
    pub(super) fn parse(text: &str) -> Self {
        let mut pieces = Pieces::default();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            let (before, from) = rest.split_at(start);
            let Some(end) = from.find('}') else { break };
            if let Some(before) = before.strip_suffix('$') {
                // An escaped variable is text; what is in it is read on.
                pieces.text(before);
                pieces.text("${");
                rest = from.get(2..).unwrap_or_default();
                continue;
            }
            pieces.text(before);
            let written = from.get(..=end).unwrap_or_default();
            let inside = from.get(2..end).unwrap_or_default();
            let (name, otherwise) = name_and_default(inside).unwrap_or((inside, written));
            pieces.variable(name, otherwise);
            rest = from.get(end.saturating_add(1)..).unwrap_or_default();
        }
        pieces.text(rest);
        Self { pieces: pieces.finish() }
    }

    /// Returns the names that have a place in it.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Variable { name, .. } => Some(&**name),
        })
    }

    /// Returns the text with its values, nothing if it has more bytes than the limit.
    pub(super) fn fill(&self, values: &HashMap<&str, String>, limit: usize) -> Option<String> {
        let mut output = String::new();
        for piece in &self.pieces {
            let text: &str = match piece {
                Piece::Text(text) => text,
                Piece::Variable { name, otherwise } => match values.get(&**name) {
                    Some(value) => value,
                    None => otherwise,
                },
            };
            if output.len().saturating_add(text.len()) > limit {
                return None;
            }
            output.push_str(text);
        }
        Some(output)
    }
}

/// Splits `name:-default`; nothing if there is no default, or `${` before it.
fn name_and_default(inside: &str) -> Option<(&str, &str)> {
    let (name, default) = inside.split_once(":-")?;
    (!name.contains("${")).then_some((name, default))
}

#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    text: String,
}

impl Pieces {
    fn text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn variable(&mut self, name: &str, otherwise: &str) {
        self.end_text();
        self.done.push(Piece::Variable { name: name.into(), otherwise: otherwise.into() });
    }

    fn end_text(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text).into()));
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.end_text();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_filled() {
        let values = HashMap::from([
            ("n", "5".to_owned()),
            ("e", String::new()),
            ("d", "$".to_owned()),
            ("t", "${n}".to_owned()),
            ("", "nameless".to_owned()),
        ]);
        for (template, filled) in [
            ("", ""),
            ("plain", "plain"),
            ("${n}${n}", "55"),
            ("$n {n} <n>", "$n {n} <n>"),
            ("${m}", "${m}"),
            ("${m:-x}", "x"),
            ("${m:-}", ""),
            ("${n:-x}${e:-x}", "5"),
            ("${m:-a:-b}", "a:-b"),
            ("${m:-${n}}", "${n}"),
            ("${a${n:-b}}", "${a${n:-b}}"),
            ("${a${n}b}", "${a${n}b}"),
            ("$${n}", "${n}"),
            ("$$${n}", "$${n}"),
            ("$${a${n}}", "${a5}"),
            ("$${n", "$${n"),
            ("${n", "${n"),
            ("${n}${n", "5${n"),
            ("\\${n}", "\\5"),
            ("${}${:-x}", "namelessnameless"),
            ("${ n }", "${ n }"),
            // Values are not read again, nor do they escape.
            ("${t}", "${n}"),
            ("${d}${n}", "$5"),
            ("$${m}${n}", "${m}5"),
            ("}{$}", "}{$}"),
            ("${n}}", "5}"),
        ] {
            let output = Template::parse(template).fill(&values, 100);
            assert_eq!(output.as_deref(), Some(filled), "{template}");
        }
    }

    #[test]
    fn output_is_bounded() {
        let values = HashMap::from([("n", "12345".to_owned())]);
        assert_eq!(Template::parse("${n}${n}").fill(&values, 9), None);
        assert!(Template::parse("${n}${n}").fill(&values, 10).is_some());
    }
}
