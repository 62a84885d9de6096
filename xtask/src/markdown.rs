//! Links of markdown texts.

use std::{
    ops::Range,
    path::{Component, Path, PathBuf},
};

use pulldown_cmark::{Event, Parser, Tag};

/// A link or image of a page to a file of the repository.
pub(crate) struct Link {
    /// The link as the page has it, without what follows `#` or `?`.
    pub(crate) target: String,
    pub(crate) range: Range<usize>,
}

/// Returns the links of a text to files, code left out. A link that names a scheme leads elsewhere.
pub(crate) fn links(text: &str) -> Vec<Link> {
    let mut found = Vec::new();
    for (event, range) in Parser::new(text).into_offset_iter() {
        let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
            continue;
        };
        let target = dest_url.split(['#', '?']).next().unwrap_or_default();
        if !target.is_empty() && !dest_url.contains(':') {
            found.push(Link { target: target.to_owned(), range });
        }
    }
    found
}

/// Returns where a link of a page leads, both relative to one root. A link that begins with `/`
/// begins at the root. `None` if it leads out of the root.
pub(crate) fn resolve(page: &Path, target: &str) -> Option<PathBuf> {
    let path = match target.strip_prefix('/') {
        Some(from_root) => PathBuf::from(from_root),
        None => page.with_file_name(target),
    };
    let mut resolved = PathBuf::new();
    for component in path.components() {
        match component {
            Component::Normal(name) => resolved.push(name),
            Component::ParentDir if !resolved.pop() => return None,
            Component::ParentDir | Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(resolved)
}
