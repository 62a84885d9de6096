//! Lengths of files and lines, and modules that are not where their name says.

use std::{fs, path::Path};

use anyhow::Context;

use super::columns::{self, MAX_COLUMNS};
use crate::{
    tree,
    violation::{Rule, Violation},
};

/// Lines of a Rust file, at most.
const MAX_LINES: usize = 400;

pub(super) fn violations(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in tree::files(root, "rs")? {
        let text = fs::read_to_string(root.join(&file))
            .with_context(|| format!("reading {}", file.display()))?;
        let mut violate = |line, rule, text| {
            found.push(Violation { file: file.clone(), line, rule, text });
        };
        let lines = text.lines().count();
        if lines > MAX_LINES {
            violate(lines, Rule::FileLength, format!("{lines} lines, {MAX_LINES} at most"));
        }
        for (line, columns) in columns::too_long(&text) {
            let text = format!("{columns} columns, {MAX_COLUMNS} at most");
            violate(line, Rule::LineLength, text);
        }
        for (line, text) in (1..).zip(text.lines()) {
            if text.trim_start().starts_with("#[path") {
                let text = "a module is in the file that its name gives".to_owned();
                violate(line, Rule::PathAttribute, text);
            }
        }
    }
    Ok(found)
}
