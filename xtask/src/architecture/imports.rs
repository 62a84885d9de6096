//! Which file imports from which.

use std::collections::BTreeMap;

use super::{
    modules::{Crate, FileId, Module, ModuleId},
    reader::Import,
    resolve::Resolved,
};

/// The first line of each file that names something of each other file.
pub(super) type Imports = BTreeMap<(FileId, FileId), usize>;

impl Crate {
    /// Returns which file imports from which. A parent's re-export of what its child defines is not
    /// an import, unless the parent uses the name too. Unit tests import from anywhere.
    pub(super) fn imports(&self) -> Imports {
        let mut found = Imports::new();
        for (id, module) in self.modules.iter().enumerate().filter(|(_, module)| !module.test) {
            let mut add = |segments: &[String], line: usize| {
                if let Resolved::Item(file) = self.resolve(id, segments)
                    && file != module.file
                {
                    let first = found.entry((module.file, file)).or_insert(line);
                    *first = line.min(*first);
                }
            };
            for path in &module.text.paths {
                add(&path.segments, path.line);
            }
            for import in &module.text.imports {
                if !self.only_hands_on(id, module, import) {
                    add(&import.path.segments, import.path.line);
                }
            }
        }
        found
    }

    fn only_hands_on(&self, id: ModuleId, module: &Module, import: &Import) -> bool {
        let Resolved::Item(file) = self.resolve(id, &import.path.segments) else { return true };
        import.exported && self.is_below(file, module.file)
    }

    fn is_below(&self, file: FileId, ancestor: FileId) -> bool {
        let mut at = self.files.get(file).and_then(|file| file.parent);
        while let Some(parent) = at {
            if parent == ancestor {
                return true;
            }
            at = self.files.get(parent).and_then(|file| file.parent);
        }
        false
    }
}
