//! The packages of the workspace, found by their metadata, so that none is named twice.

use std::path::Path;

use cargo_metadata::{Package, TargetKind};

use crate::tree;

/// Returns the packages that are published.
pub(super) fn published(root: &Path) -> anyhow::Result<Vec<Package>> {
    let mut packages = tree::metadata(root)?.packages;
    packages.retain(|package| package.publish.as_ref().is_none_or(|to| !to.is_empty()));
    Ok(packages)
}

/// Returns package and name of each integration test whose name begins so.
pub(super) fn tests(root: &Path, begins: &str) -> anyhow::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for package in tree::metadata(root)?.packages {
        for target in &package.targets {
            if target.kind.contains(&TargetKind::Test) && target.name.starts_with(begins) {
                found.push((package.name.to_string(), target.name.clone()));
            }
        }
    }
    Ok(found)
}

/// Returns the option that selects the library of a package, or its programs if it has none.
pub(super) fn main_target(package: &Package) -> &'static str {
    let library = package.targets.iter().any(|target| target.kind.contains(&TargetKind::Lib));
    if library { "--lib" } else { "--bins" }
}
