//! The columns of Rust lines, without what nobody can break.

use proc_macro2::{Literal, TokenStream, TokenTree};

/// Columns of a Rust line, at most.
pub(super) const MAX_COLUMNS: usize = 100;

/// Returns the lines that are too long, each with its number and the columns that count.
///
/// Raw string literals and string literals without white space do not count: they cannot be broken
/// without a change of what they say. A comment of one word, a link for one, and a row of a table
/// are not judged.
pub(super) fn too_long(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<_> = text.lines().collect();
    let mut columns: Vec<_> = lines.iter().map(|line| line.chars().count()).collect();
    if columns.iter().all(|&columns| columns <= MAX_COLUMNS) {
        return Vec::new();
    }
    // Where the text is no Rust, every column counts; another rule names the file.
    if let Ok(tokens) = text.parse() {
        leave_out_literals(tokens, &lines, &mut columns);
    }
    let numbered = (1..).zip(lines.iter().zip(columns));
    let too_long = numbered.filter(|(_, (line, columns))| {
        *columns > MAX_COLUMNS && !is_comment_that_cannot_be_broken(line)
    });
    too_long.map(|(number, (_, columns))| (number, columns)).collect()
}

fn leave_out_literals(tokens: TokenStream, lines: &[&str], columns: &mut [usize]) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => leave_out_literals(group.stream(), lines, columns),
            TokenTree::Literal(literal) if !can_be_broken(&literal) => {
                leave_out(&literal, lines, columns);
            }
            TokenTree::Literal(_) | TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
}

fn can_be_broken(literal: &Literal) -> bool {
    let text = literal.to_string();
    let is_raw = ["r", "br", "cr"].iter().any(|prefix| text.starts_with(prefix));
    !is_raw && text.contains(char::is_whitespace)
}

/// Subtracts the columns of a literal in each line that it covers.
fn leave_out(literal: &Literal, lines: &[&str], columns: &mut [usize]) {
    let (start, end) = (literal.span().start(), literal.span().end());
    for (number, (line, columns)) in (1..).zip(lines.iter().zip(columns)) {
        if !(start.line..=end.line).contains(&number) || is_comment(line) {
            continue;
        }
        let from = if number == start.line { start.column } else { 0 };
        let to = if number == end.line { end.column } else { line.chars().count() };
        *columns = columns.saturating_sub(to.saturating_sub(from));
    }
}

/// Returns whether the line is a comment. The text of one for documentation is a literal to the
/// compiler.
fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with("//")
}

fn is_comment_that_cannot_be_broken(line: &str) -> bool {
    let Some(comment) = line.trim_start().strip_prefix("//") else { return false };
    let comment = comment.trim_start_matches(['/', '!']).trim();
    comment.starts_with('|') || !comment.contains(char::is_whitespace)
}

#[cfg(test)]
mod tests {
    use super::too_long;

    /// A text of one word that is longer than a line.
    fn word() -> String {
        "a".repeat(101)
    }

    /// Words that fill a line, and two columns more.
    fn words() -> String {
        "ab ".repeat(34)
    }

    #[test]
    fn what_can_be_broken_counts() {
        let words = words();
        for (name, line, columns) in [
            ("code", format!("fn f() {{ {}}}", "g(); ".repeat(20)), 110),
            ("comment", format!("// {words}."), 106),
            ("documentation", format!("/// {words}.\nfn f() {{}}"), 107),
            ("a link in a sentence", format!("// see https://{}", word()), 116),
            ("words in a literal", format!("const A: &str = \"{words}\";"), 121),
            ("beside a literal", format!("const {}: &str = r\"{words}\";", "A".repeat(90)), 106),
            ("wide letters", format!("// {}", "é ".repeat(50)), 103),
            ("no Rust", format!("}} r\"{words}\""), 107),
        ] {
            assert_eq!(too_long(&line), [(1, columns)], "{name}");
        }
    }

    #[test]
    fn what_cannot_be_broken_does_not_count() {
        let (word, words) = (word(), words());
        for (name, text) in [
            ("link", format!("//! https://{word}\n/// <https://{word}>\nfn f() {{}}")),
            ("table", format!("/// | {words} | {words} |\nfn f() {{}}")),
            ("word in a literal", format!("const A: &str = \"{word}\";")),
            ("raw literal", format!("const A: &str = r#\"{words}\"#;")),
            ("raw bytes", format!("fn f() {{ g(&[br\"{words}\"]) }}")),
            ("lines of a raw literal", format!("const A: &str = r\"\n{words}\n{words}\";")),
            ("exactly the limit", format!("// {}", "a ".repeat(48) + "a")),
        ] {
            assert_eq!(too_long(&text), [], "{name}");
        }
    }
}
