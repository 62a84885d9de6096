//! Links of markdown files to files.

use std::{fs, path::Path};

use anyhow::Context;

use crate::{
    markdown, tree,
    violation::{Rule, Violation},
};

pub(super) fn violations(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in tree::files(root, "md")? {
        let path = root.join(&file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        for link in markdown::links(&text) {
            let exists = markdown::resolve(&file, &link.target)
                .is_some_and(|target| root.join(target).exists());
            if !exists {
                let before = text.get(..link.range.start).unwrap_or_default();
                found.push(Violation {
                    file: file.clone(),
                    line: before.matches('\n').count() + 1,
                    rule: Rule::Link,
                    text: format!("no file {}", link.target),
                });
            }
        }
    }
    Ok(found)
}
