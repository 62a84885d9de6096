//! The packages of the workspace, found by their metadata, so that none is named twice.

use std::{fs, path::Path};

use cargo_metadata::{Package, TargetKind};

use crate::tree;

/// Returns the packages that are published.
pub(super) fn published(root: &Path) -> anyhow::Result<Vec<Package>> {
    let mut packages = tree::metadata(root)?.packages;
    packages.retain(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()));
    Ok(packages)
}

/// Returns package and name of each integration test that begins so and has ignored tests.
pub(super) fn ignored_tests(root: &Path, begins: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for package in tree::metadata(root)?.packages {
        for target in &package.targets {
            let named = target.kind.contains(&TargetKind::Test) && target.name.starts_with(begins);
            if named && has_ignored(target.src_path.as_std_path())? {
                found.push((package.name.to_string(), target.name.clone()));
            }
        }
    }
    Ok(found)
}

/// Returns whether a test is ignored in this crate root, or in a file beside it if it is a
/// folder's.
fn has_ignored(crate_root: &Path) -> anyhow::Result<bool> {
    let mut texts = vec![fs::read_to_string(crate_root)?];
    if let (true, Some(folder)) = (crate_root.ends_with("main.rs"), crate_root.parent()) {
        for file in tree::files(folder, "rs")? {
            texts.push(fs::read_to_string(folder.join(file))?);
        }
    }
    Ok(texts.iter().any(|text| text.contains("#[ignore")))
}

/// Returns the option that selects the library of a package, or its programs if it has none.
pub(super) fn main_target(package: &Package) -> &'static str {
    let library = package.targets.iter().any(|target| target.kind.contains(&TargetKind::Lib));
    if library { "--lib" } else { "--bins" }
}
