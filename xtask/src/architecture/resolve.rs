//! Which file defines what a path names, re-exports followed.

use super::modules::{Crate, FileId, ModuleId};

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    Module(ModuleId),
    /// An item that this file defines.
    Item(FileId),
    /// Another crate's, a local name, or a built-in one.
    Elsewhere,
}

/// Re-exports that are followed, at most; a circle of them ends here.
const MAX_DEPTH: usize = 32;

impl Crate {
    /// Resolves a path that stands in this module.
    pub(super) fn resolve(&self, module: ModuleId, segments: &[String]) -> Resolved {
        self.resolve_at(module, segments, 0)
    }

    fn resolve_at(&self, module: ModuleId, segments: &[String], depth: usize) -> Resolved {
        let mut at = module;
        let mut rest = segments;
        let mut anchored = false;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => match self.modules.get(at).and_then(|module| module.parent) {
                    Some(parent) => at = parent,
                    None => return Resolved::Elsewhere,
                },
                _ => break,
            }
            anchored = true;
            rest = others;
        }
        match (self.walk(at, rest, depth), anchored, self.modules.get(at)) {
            // A derive or a macro may have made it.
            (Resolved::Elsewhere, true, Some(module)) if !self.imports_name(at, rest) => {
                Resolved::Item(module.file)
            }
            (resolved, ..) => resolved,
        }
    }

    /// Returns whether the first segment is imported in this module, so that it is defined
    /// elsewhere.
    fn imports_name(&self, module: ModuleId, segments: &[String]) -> bool {
        let Some(module) = self.modules.get(module) else { return false };
        let mut imports = module.text.imports.iter();
        imports.any(|import| import.name.is_none() || import.name.as_ref() == segments.first())
    }

    fn walk(&self, at: ModuleId, segments: &[String], depth: usize) -> Resolved {
        let Some((first, rest)) = segments.split_first() else { return Resolved::Module(at) };
        let Some(module) = self.modules.get(at) else { return Resolved::Elsewhere };
        if depth > MAX_DEPTH {
            return Resolved::Elsewhere;
        }
        // Types and functions may share a module's name: as the last segment they come first.
        if rest.is_empty() && module.text.items.contains(first) {
            return Resolved::Item(module.file);
        }
        if let Some(&child) = module.children.get(first) {
            let resolved = self.walk(child, rest, depth + 1);
            if resolved == Resolved::Elsewhere && !self.imports_name(child, rest) {
                let child = self.modules.get(child);
                return child.map_or(Resolved::Elsewhere, |child| Resolved::Item(child.file));
            }
            return resolved;
        }
        if module.text.items.contains(first) {
            return Resolved::Item(module.file);
        }
        for import in &module.text.imports {
            if import.name.as_ref() != Some(first) {
                continue;
            }
            // `use x;` alone would look for itself.
            if import.path.segments.len() == 1 && import.path.segments.first() == Some(first) {
                continue;
            }
            match self.resolve_at(at, &import.path.segments, depth + 1) {
                Resolved::Module(module) => return self.walk(module, rest, depth + 1),
                Resolved::Item(file) => return Resolved::Item(file),
                Resolved::Elsewhere => {}
            }
        }
        for import in module.text.imports.iter().filter(|import| import.name.is_none()) {
            let glob = self.resolve_at(at, &import.path.segments, depth + 1);
            let Resolved::Module(target) = glob else { continue };
            if target != at {
                let resolved = self.walk(target, segments, depth + 1);
                if resolved != Resolved::Elsewhere {
                    return resolved;
                }
            }
        }
        Resolved::Elsewhere
    }
}
