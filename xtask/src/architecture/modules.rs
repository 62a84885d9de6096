//! The modules of one crate, each with its file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use syn::Meta;

use super::reader::{self, ModuleText};
use crate::{
    tree,
    violation::{Rule, Violation},
};

/// A place in [`Crate::modules`].
pub(super) type ModuleId = usize;
/// A place in [`Crate::files`].
pub(super) type FileId = usize;

pub(super) struct Module {
    pub(super) text: ModuleText,
    pub(super) file: FileId,
    pub(super) parent: Option<ModuleId>,
    pub(super) children: BTreeMap<String, ModuleId>,
    /// Compiled for unit tests only.
    pub(super) test: bool,
    /// The conditions of its `#[cfg]` attributes, without those of its parents.
    pub(super) conditions: Vec<Meta>,
}

#[derive(Debug)]
pub(super) struct File {
    /// Relative to the root of the workspace.
    pub(super) path: PathBuf,
    /// The file that declares its module.
    pub(super) parent: Option<FileId>,
    /// How many files the parent declares before it.
    pub(super) rank: usize,
}

/// All modules of a crate, the root first.
#[derive(Default)]
pub(super) struct Crate {
    pub(super) modules: Vec<Module>,
    pub(super) files: Vec<File>,
    pub(super) unreadable: Vec<Violation>,
}

impl Crate {
    /// Reads the crate whose root is this file.
    pub(super) fn read(root: &Path, crate_root: &Path) -> Self {
        let mut read = Self::default();
        read.add_file(root, crate_root, None, (None, 0), true);
        read
    }

    fn add_file(
        &mut self,
        root: &Path,
        path: &Path,
        parent: Option<ModuleId>,
        (parent_file, rank): (Option<FileId>, usize),
        owns_folder: bool,
    ) -> ModuleId {
        let file = self.files.len();
        let shown = tree::relative(root, path);
        self.files.push(File { path: shown.clone(), parent: parent_file, rank });
        let text = match fs::read_to_string(path).map(|text| reader::read(&text)) {
            Ok(Ok(text)) => text,
            Ok(Err(error)) => {
                self.fail(shown, error.span().start().line, error.to_string());
                ModuleText::default()
            }
            Err(error) => {
                self.fail(shown, 1, error.to_string());
                ModuleText::default()
            }
        };
        let folder = path.parent().unwrap_or(root);
        let below = if owns_folder {
            folder.to_path_buf()
        } else {
            folder.join(path.file_stem().unwrap_or_default())
        };
        let mut place = Place { root, folder, below, file, ranks: 0 };
        self.add_module(text, parent, &mut place)
    }

    fn add_module(
        &mut self,
        mut text: ModuleText,
        parent: Option<ModuleId>,
        place: &mut Place<'_>,
    ) -> ModuleId {
        let id = self.modules.len();
        let declared = std::mem::take(&mut text.children);
        let children = BTreeMap::new();
        let (file, conditions) = (place.file, Vec::new());
        self.modules.push(Module { text, file, parent, children, test: false, conditions });
        for child in declared {
            let child_id = if let Some(inline) = child.inline {
                let inner = place.below.join(&child.name);
                let above = std::mem::replace(&mut place.below, inner);
                let child_id = self.add_module(inline, Some(id), place);
                place.below = above;
                child_id
            } else {
                let position = (Some(place.file), place.ranks);
                place.ranks += 1;
                let Some((path, owns_folder)) = place.file_of(&child.name, child.path.as_deref())
                else {
                    let shown = self.files.get(place.file).map(|file| file.path.clone());
                    let text = format!("no file for the module {}", child.name);
                    self.fail(shown.unwrap_or_default(), child.line, text);
                    continue;
                };
                self.add_file(place.root, &path, Some(id), position, owns_folder)
            };
            if let Some(module) = self.modules.get_mut(id) {
                module.children.insert(child.name, child_id);
            }
            if let Some(module) = self.modules.get_mut(child_id) {
                module.conditions = child.conditions;
            }
            if child.test {
                // All that it declares was added after it.
                self.modules.iter_mut().skip(child_id).for_each(|module| module.test = true);
            }
        }
        id
    }

    fn fail(&mut self, file: PathBuf, line: usize, text: String) {
        self.unreadable.push(Violation { file, line, rule: Rule::Unreadable, text });
    }
}

/// The file whose modules are being read.
struct Place<'a> {
    root: &'a Path,
    folder: &'a Path,
    /// Where files of child modules are.
    below: PathBuf,
    file: FileId,
    /// How many child files were declared.
    ranks: usize,
}

impl Place<'_> {
    /// Returns the file of a child module, and whether its own children are beside it.
    fn file_of(&self, name: &str, path: Option<&str>) -> Option<(PathBuf, bool)> {
        if let Some(path) = path {
            let file = self.folder.join(path);
            return file.is_file().then_some((file, true));
        }
        let beside = self.below.join(format!("{name}.rs"));
        if beside.is_file() {
            return Some((beside, false));
        }
        let inside = self.below.join(name).join("mod.rs");
        inside.is_file().then_some((inside, true))
    }
}
