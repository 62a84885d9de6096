//! Imports point up: a file imports from files that are declared above it.

use std::{collections::BTreeSet, path::Path};

use super::{
    circles::circles,
    imports::Imports,
    modules::{Crate, FileId},
};
use crate::violation::{Rule, Violation};

/// Checks the crate whose root is this file.
pub(super) fn violations(root: &Path, crate_root: &Path) -> Vec<Violation> {
    let mut read = Crate::read(root, crate_root);
    let mut found = std::mem::take(&mut read.unreadable);
    let imports = read.imports();
    for (&(from, to), &line) in &imports {
        let Some((upper, lower)) = read.siblings(from, to) else { continue };
        if read.rank(lower) >= read.rank(upper) {
            let declared = read.shown(read.parent(upper).unwrap_or(upper));
            let text = format!(
                "imports from {}, but {declared} declares {} below {}",
                read.shown(to),
                read.stem(lower),
                read.stem(upper),
            );
            found.push(Violation { file: read.shown(from).into(), line, rule: Rule::Order, text });
        }
    }
    found.extend(file_circles(&read, &imports));
    found.extend(folder_circles(&read, &imports));
    found
}

fn file_circles(read: &Crate, imports: &Imports) -> Vec<Violation> {
    let edges: BTreeSet<_> = imports.keys().copied().collect();
    let mut found = Vec::new();
    for circle in circles(&edges) {
        let names: Vec<_> = circle.iter().map(|&file| read.shown(file)).collect();
        let (Some(&first), Some(first_name)) = (circle.first(), names.first()) else { continue };
        let second = circle.get(1).copied().unwrap_or(first);
        found.push(Violation {
            file: first_name.into(),
            line: imports.get(&(first, second)).copied().unwrap_or(1),
            rule: Rule::Circle,
            text: format!("{} -> {first_name}", names.join(" -> ")),
        });
    }
    found
}

/// Circles among what one file declares, each file together with all below it.
fn folder_circles(read: &Crate, imports: &Imports) -> Vec<Violation> {
    let edges: BTreeSet<_> =
        imports.keys().filter_map(|&(from, to)| read.siblings(from, to)).collect();
    let mut found = Vec::new();
    for circle in circles(&edges) {
        // One that a circle of files shows already is not repeated.
        let pairs = circle.iter().zip(circle.iter().cycle().skip(1));
        if pairs.clone().all(|(&from, &to)| imports.contains_key(&(from, to))) {
            continue;
        }
        let names: Vec<_> = circle.iter().map(|&file| read.stem(file)).collect();
        let uses: Vec<_> = pairs
            .filter_map(|(&from, &to)| {
                let mut all = imports.iter();
                all.find(|&(&(a, b), _)| read.siblings(a, b) == Some((from, to))).map(
                    |(&(a, b), line)| {
                        (a, *line, format!("{}:{line} -> {}", read.shown(a), read.shown(b)))
                    },
                )
            })
            .collect();
        let (Some((file, line, _)), Some(first)) = (uses.first(), names.first()) else { continue };
        let uses: Vec<_> = uses.iter().map(|(_, _, text)| text.as_str()).collect();
        found.push(Violation {
            file: read.shown(*file).into(),
            line: *line,
            rule: Rule::Circle,
            text: format!("folders {} -> {first}, by {}", names.join(" -> "), uses.join(", ")),
        });
    }
    found
}

impl Crate {
    fn parent(&self, file: FileId) -> Option<FileId> {
        self.files.get(file).and_then(|file| file.parent)
    }

    fn rank(&self, file: FileId) -> usize {
        self.files.get(file).map_or(0, |file| file.rank)
    }

    fn shown(&self, file: FileId) -> &str {
        self.files.get(file).and_then(|file| file.path.to_str()).unwrap_or("?")
    }

    fn stem(&self, file: FileId) -> String {
        let Some(path) = self.files.get(file).map(|file| file.path.as_path()) else {
            return "?".to_owned();
        };
        let stem = |path: &Path| {
            path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
        };
        match stem(path).as_str() {
            "mod" => format!("{}/", path.parent().map(stem).unwrap_or_default()),
            name => name.to_owned(),
        }
    }

    /// The file and all files above it, the crate's root last.
    fn ancestors(&self, file: FileId) -> Vec<FileId> {
        let mut all = vec![file];
        let mut at = file;
        while let Some(parent) = self.parent(at) {
            all.push(parent);
            at = parent;
        }
        all
    }

    /// Where two files part: the two that one file declares and that they are, or are below.
    /// `None` if one is above the other.
    fn siblings(&self, from: FileId, to: FileId) -> Option<(FileId, FileId)> {
        let (from, to) = (self.ancestors(from), self.ancestors(to));
        let mut pairs = from.iter().rev().zip(to.iter().rev());
        pairs.find(|(a, b)| a != b).map(|(&a, &b)| (a, b))
    }
}
