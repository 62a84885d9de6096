//! The rules that ARCHITECTURE.md states, held by reading the sources.

mod columns;

mod text;

mod links;

mod packages;

mod reader;

mod modules;

mod resolve;

mod imports;

mod circles;

mod order;

mod platform;

use std::path::Path;

use cargo_metadata::TargetKind;

use crate::{tree, violation::Violation};

/// Prints every violation below `root`, and returns how many there are.
///
/// # Errors
///
/// A file or a manifest cannot be read.
pub(crate) fn report(root: &Path) -> anyhow::Result<usize> {
    let violations = violations(root)?;
    for violation in &violations {
        println!("{violation}");
    }
    match violations.len() {
        0 => println!("architecture: every rule holds"),
        count => println!("architecture: {count} violations"),
    }
    Ok(violations.len())
}

/// Fails if a rule does not hold; every violation is printed.
///
/// # Errors
///
/// A rule does not hold, or a file or a manifest cannot be read.
pub(crate) fn check(root: &Path) -> anyhow::Result<()> {
    match report(root)? {
        0 => Ok(()),
        count => anyhow::bail!("{count} violations of ARCHITECTURE.md"),
    }
}

fn violations(root: &Path) -> anyhow::Result<Vec<Violation>> {
    let mut found = text::violations(root)?;
    found.extend(links::violations(root)?);
    let workspace = tree::metadata(root)?;
    found.extend(packages::violations(root, &workspace));
    let mut workspaces = vec![workspace];
    // The fuzz targets are a workspace of their own.
    if root.join("fuzz/Cargo.toml").is_file() {
        workspaces.push(tree::metadata(&root.join("fuzz"))?);
    }
    for workspace in &workspaces {
        for package in &workspace.packages {
            for target in &package.targets {
                let crate_root = target.src_path.as_std_path();
                found.extend(order::violations(root, crate_root));
                let portable = platform::PORTABLE.contains(&package.name.as_str());
                if portable && target.kind.contains(&TargetKind::Lib) {
                    found.extend(platform::violations(root, crate_root));
                }
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}
