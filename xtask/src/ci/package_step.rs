//! The packages as their users get them: unpacked, without the workspace around them.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::{Context, bail};

use super::packages;
use crate::command;

const LIBRARY: &str = "tower-eventbridge";
const PROGRAM: &str = "eventbridge-cli";

/// The library's files have this many bytes at most, unpacked.
const LIBRARY_BYTES: u64 = 1024 * 1024;

/// Where the packages are unpacked, below the root: a workspace of its own.
const UNPACKED: &str = "target/package-check";

/// Packages what is published, and tests each package, with its examples, as its users get it.
pub(super) fn package(root: &Path) -> anyhow::Result<()> {
    let mut run = command::run(root, "cargo").words("package --locked --allow-dirty --no-verify");
    let packages = packages::published(root)?;
    for package in &packages {
        run = run.arg("-p").arg(package.name.as_str());
    }
    run.status()?;
    let unpacked = root.join(UNPACKED);
    if unpacked.exists() {
        fs::remove_dir_all(&unpacked).with_context(|| UNPACKED.to_owned())?;
    }
    fs::create_dir_all(&unpacked).with_context(|| UNPACKED.to_owned())?;
    let mut patches = String::new();
    for package in &packages {
        let folder = format!("{}-{}", package.name, package.version);
        let archive = root.join(format!("target/package/{folder}.crate"));
        // The files are as new as this run: archives give all of them one time, long ago, by which
        // cargo would take what it built before.
        command::run(root, "tar").arg("-xmzf").arg(archive).arg("-C").arg(&unpacked).status()?;
        writeln!(patches, "{} = {{ path = \"{folder}\" }}", package.name)?;
        if package.name.as_str() == LIBRARY {
            let bytes = bytes_below(&unpacked.join(folder))?;
            println!("{LIBRARY} has {bytes} bytes, unpacked");
            if bytes >= LIBRARY_BYTES {
                bail!("{LIBRARY} has {bytes} bytes, unpacked: {LIBRARY_BYTES} at most");
            }
        }
    }
    // The profiles of the workspace, so that no dependency is compiled again.
    let manifest = fs::read_to_string(root.join("Cargo.toml")).context("Cargo.toml")?;
    let (_, profiles) = manifest.split_once("[profile.dev]").context("Cargo.toml: profile.dev")?;
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"*\"]\n\n[patch.crates-io]\n{patches}\n\
         [profile.dev]{profiles}"
    );
    fs::write(unpacked.join("Cargo.toml"), manifest)?;
    fs::copy(root.join("Cargo.lock"), unpacked.join("Cargo.lock"))?;
    let test = command::run(root, "cargo").folder(&unpacked).words("test --quiet --workspace");
    let test = test.words("--lib --examples --all-features --exclude").arg(PROGRAM);
    test.status()?;
    // The pages of the other packages are not in their archives.
    let test = command::run(root, "cargo").folder(&unpacked).words("test --quiet --all-features");
    test.words("--doc -p eventbridge-conformance -p").arg(LIBRARY).status()?;
    let check = command::run(root, "cargo").folder(&unpacked).words("check --quiet -p");
    check.arg(PROGRAM).status()
}

fn bytes_below(folder: &Path) -> anyhow::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() { bytes_below(&entry.path())? } else { data.len() };
    }
    Ok(bytes)
}
