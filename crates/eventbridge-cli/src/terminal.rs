//! What people see on a terminal: colours and aligned tables. Elsewhere the same text is plain.
//!
//! `anstream` takes colours away where stdout is not a terminal, and honours `NO_COLOR` and
//! `CLICOLOR_FORCE`. It ignores `TERM=dumb` where `CI` or `CLICOLOR` is set, so the program asks.

use std::io::{self, IsTerminal, Write};

use anstream::ColorChoice;
use anstyle::{AnsiColor, Style};
use console::{Alignment, Term, measure_text_width, pad_str};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Accepted, passed.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// Rejected, failed.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// Neither: not reached, tried again.
pub const UNSURE: Style = AnsiColor::Yellow.on_default();
pub const HEADING: Style = Style::new().bold();
/// Reasons and origins, beside what matters more.
pub const ASIDE: Style = Style::new().dimmed();

/// The widest line that the program writes where it breaks lines.
pub const WIDEST: usize = 100;
const NARROWEST: usize = 40;

/// Turns colours off for the whole process where the terminal cannot show them.
pub fn honour_dumb_terminal() {
    let forced = std::env::var_os("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty());
    if is_dumb() && !forced {
        ColorChoice::Never.write_global();
    }
}

fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Returns text in a style. [`print`] takes the style away where nobody sees it.
pub fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Writes text to stdout. A reader that has seen enough is not an error.
pub fn print(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

/// Writes bytes to stdout as they are.
pub fn print_bytes(bytes: &[u8]) {
    let _ = io::stdout().write_all(bytes);
}

/// How wide a line on stdout may be: that of the terminal, up to [`WIDEST`].
pub fn width() -> usize {
    let term = Term::stdout();
    let columns = term.size_checked().map_or(WIDEST, |(_, columns)| usize::from(columns));
    columns.clamp(NARROWEST, WIDEST)
}

/// Returns rows as lines of aligned cells, two blanks apart. The last column is broken between
/// words where a line would be wider than `width`, and goes on below itself.
pub fn table(rows: &[Vec<String>], width: usize) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widths: Vec<usize> = (0..columns.saturating_sub(1))
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| measure_text_width(cell)).max().unwrap_or_default()
        })
        .collect();
    let indent: usize = widths.iter().map(|width| width + GAP).sum();
    let mut text = String::new();
    for row in rows {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&pad_str(cell, width + GAP, Alignment::Left, None));
        }
        let last = row.get(widths.len()).map_or("", String::as_str);
        let mut broken = wrap(last, width.saturating_sub(indent).max(NARROWEST / 2)).into_iter();
        line.push_str(&broken.next().unwrap_or_default());
        text.push_str(line.trim_end());
        text.push('\n');
        for rest in broken {
            text.push_str(&" ".repeat(indent));
            text.push_str(&rest);
            text.push('\n');
        }
    }
    text
}

/// Breaks text between words, and within a word that is wider than a line.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word.to_owned();
        if !line.is_empty() && measure_text_width(&line) + 1 + measure_text_width(&word) > width {
            lines.push(std::mem::take(&mut line));
        }
        while measure_text_width(&word) > width && !word.contains('\u{1b}') {
            let rest = split_at_width(&mut word, width);
            lines.push(std::mem::replace(&mut word, rest));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if !line.is_empty() || lines.is_empty() {
        lines.push(line);
    }
    lines
}

/// Shortens a word to a width and returns the rest of it. A URL is rather broken after a slash.
fn split_at_width(word: &mut String, width: usize) -> String {
    let mut end = 0;
    let mut columns = 0;
    for (index, letter) in word.char_indices() {
        columns += measure_text_width(letter.encode_utf8(&mut [0; 4]));
        if columns > width {
            break;
        }
        end = index + letter.len_utf8();
    }
    let slash = word.get(..end).and_then(|start| start.rfind(['/', '-'])).map(|index| index + 1);
    let end = slash.filter(|slash| slash * 2 > end).unwrap_or(end);
    // A letter that is wider than the line stands alone.
    let first = word.chars().next().map_or(0, char::len_utf8);
    let end = end.max(first);
    word.split_off(end)
}

/// Returns a bar on stderr for so many pieces of work: nothing is drawn unless it is a terminal
/// that can move its cursor.
pub fn progress(count: u64) -> ProgressBar {
    if count < 2 || is_dumb() || !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(count), ProgressDrawTarget::stderr());
    match ProgressStyle::with_template("{bar:30} {pos} of {len}, {per_sec}, {eta} left") {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

const GAP: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_aligned_and_stays_within_its_width() {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = [
            row(["a", &styled(GOOD, "200"), "short"]),
            row(["longer", "4", &"many words that do not fit ".repeat(4)]),
            row(["事件", "", "https://a.example/with/a/path/that/is/too/long/for/a/line/of/it"]),
        ];
        let text = table(&rows, 50);
        for line in text.lines() {
            assert!(measure_text_width(line) <= 50 && !line.ends_with(' '), "{line:?}");
        }
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], format!("a       {}  short", styled(GOOD, "200")));
        assert!(lines[1].starts_with("longer  4    many words"), "{text}");
        assert!(lines[2].starts_with("             "), "{text}");
        assert!(text.contains("事件         https://a.example/"), "{text}");
    }

    #[test]
    fn no_letter_is_lost() {
        for width in 1..40 {
            let text = "the key 事件 is in https://a.example/b/c?d=e-f and nowhere else";
            let joined: String = wrap(text, width).concat();
            assert_eq!(joined.replace(' ', ""), text.replace(' ', ""), "{width}");
        }
        assert_eq!(wrap("", 10), [""]);
    }
}
