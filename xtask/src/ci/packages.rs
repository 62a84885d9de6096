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

/// Returns the option that selects the library of a package, or its programs if it has none.
pub(super) fn main_target(package: &Package) -> &'static str {
    let library = package.targets.iter().any(|target| target.kind.contains(&TargetKind::Lib));
    if library { "--lib" } else { "--bins" }
}
