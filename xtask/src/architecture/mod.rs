//! The rules that ARCHITECTURE.md states, held by reading the sources.

mod text;

mod links;

mod packages;

mod reader;

mod modules;

mod resolve;

mod imports;

mod circles;

mod order;

use std::{path::Path, process::ExitCode};

use crate::{tree, violation::Violation};

/// Prints every violation below `root`, and fails if there is one.
pub(crate) fn run(root: &Path) -> anyhow::Result<ExitCode> {
    let violations = violations(root)?;
    for violation in &violations {
        println!("{violation}");
    }
    if violations.is_empty() {
        println!("architecture: every rule holds");
        return Ok(ExitCode::SUCCESS);
    }
    println!("architecture: {} violations", violations.len());
    Ok(ExitCode::FAILURE)
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
                found.extend(order::violations(root, target.src_path.as_std_path()));
            }
        }
    }
    found.sort();
    found.dedup();
    Ok(found)
}
