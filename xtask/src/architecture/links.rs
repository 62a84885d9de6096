//! Links of markdown files to files.

use std::{fs, path::Path};

use anyhow::Context;
use pulldown_cmark::{Event, Parser, Tag};

use crate::{
    tree,
    violation::{Rule, Violation},
};

pub(super) fn violations(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut found = Vec::new();
    for file in tree::files(root, "md")? {
        let path = root.join(&file);
        let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
        let folder = path.parent().unwrap_or(root);
        for (event, range) in Parser::new(&text).into_offset_iter() {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event
            else {
                continue;
            };
            let target = dest_url.split(['#', '?']).next().unwrap_or_default();
            if target.is_empty() || dest_url.contains(':') {
                continue;
            }
            let exists = match target.strip_prefix('/') {
                Some(from_root) => root.join(from_root).exists(),
                None => folder.join(target).exists(),
            };
            if !exists {
                let before = text.get(..range.start).unwrap_or_default();
                found.push(Violation {
                    file: file.clone(),
                    line: before.matches('\n').count() + 1,
                    rule: Rule::Link,
                    text: format!("no file {target}"),
                });
            }
        }
    }
    Ok(found)
}
