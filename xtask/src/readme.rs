//! Commands that README.md shows.

use std::{fs, path::Path};

use anyhow::Context;

/// Returns the first command that begins so and contains all these texts, its lines joined.
///
/// # Errors
///
/// README.md cannot be read, or shows no such command.
pub(crate) fn command(root: &Path, begins: &str, contains: &[&str]) -> anyhow::Result<String> {
    let text = fs::read_to_string(root.join("README.md")).context("README.md")?;
    find(&text, begins, contains).with_context(|| {
        format!("README.md has no command that begins with `{begins}` and contains {contains:?}")
    })
}

fn find(text: &str, begins: &str, contains: &[&str]) -> Option<String> {
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(start) = line.strip_prefix("$ ") else { continue };
        let mut command = start.to_owned();
        while let Some(joined) = command.strip_suffix('\\') {
            command = format!("{} {}", joined.trim_end(), lines.next().unwrap_or_default().trim());
        }
        let all = contains.iter().all(|text| command.contains(text));
        if all && command.starts_with(begins) {
            return Some(command);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn commands_are_found_by_their_beginning_and_joined() {
        let text = "$ cargo test --workspace\n\n\
            $ cargo run -- receive \\\n    --listen X \\\n    -v\nout\n";
        let found = |begins, contains| find(text, begins, contains);
        assert_eq!(found("cargo test", &[]).as_deref(), Some("cargo test --workspace"));
        let receive = "cargo run -- receive --listen X -v";
        assert_eq!(found("cargo run", &["--listen"]).as_deref(), Some(receive));
        assert_eq!(found("cargo run", &["explain"]), None);
        assert_eq!(found("out", &[]), None, "not a command");
    }
}
