//! Fixtures made anew beside the committed ones, and compared with them.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::command;

/// Where the fixtures are made, below the root.
const REMADE: &str = "target/fixtures-remade";
/// What is made, below both folders.
const MADE: [&str; 2] = ["signature", "conformance/eventbridge-push.json"];

/// Makes the fixtures in `target/fixtures-remade`, compares them with the committed ones and
/// checks the conformance file against its schema. Never writes below `fixtures/`.
///
/// # Errors
///
/// The scripts fail, or a file differs: all such files are printed.
pub(crate) fn remake(root: &Path) -> anyhow::Result<()> {
    let remade = root.join(REMADE);
    if remade.exists() {
        fs::remove_dir_all(&remade).with_context(|| remade.display().to_string())?;
    }
    command::run(root, "python3").arg("fixtures/make.py").arg(&remade).status()?;
    let differences = differences(&root.join("fixtures"), &remade)?;
    for difference in &differences {
        println!("{difference}");
    }
    if !differences.is_empty() {
        bail!("{} fixtures differ from those in {REMADE}", differences.len());
    }
    command::run(root, "python3").arg("fixtures/validate.py").status()
}

/// Runs the readers of the conformance file in other languages.
///
/// # Errors
///
/// A reader cannot run, or finds another verdict than the file.
pub(crate) fn read_by_others(root: &Path) -> anyhow::Result<()> {
    command::run(root, "python3").arg("fixtures/conformance/read.py").status()?;
    command::run(root, "node").arg("fixtures/conformance/read.mjs").status()
}

/// Returns one line for each file that is missing on a side, or differs.
fn differences(committed: &Path, remade: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = BTreeSet::new();
    for made in MADE {
        names.extend(files(committed, Path::new(made))?);
        names.extend(files(remade, Path::new(made))?);
    }
    let mut found = Vec::new();
    for name in names {
        let (old, new) = (fs::read(committed.join(&name)), fs::read(remade.join(&name)));
        let name = name.display();
        match (old, new) {
            (Ok(old), Ok(new)) if old == new => {}
            (Ok(_), Ok(_)) => found.push(format!("{name}: differs")),
            (Ok(_), Err(_)) => found.push(format!("{name}: is not made any more")),
            (Err(_), _) => found.push(format!("{name}: is not committed")),
        }
    }
    Ok(found)
}

/// Returns the files at or below `at`, relative to `root`.
fn files(root: &Path, at: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let path = root.join(at);
    if !path.is_dir() {
        return Ok(if path.is_file() { vec![at.to_path_buf()] } else { Vec::new() });
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&path).with_context(|| path.display().to_string())? {
        found.extend(files(root, &at.join(entry?.file_name()))?);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::PathBuf};

    use super::differences;

    #[test]
    fn every_difference_is_named() {
        let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/xtask-fixtures-test");
        let _ = fs::remove_dir_all(&root);
        let (committed, remade) = (root.join("committed"), root.join("remade"));
        let write = |folder: &PathBuf, name: &str, text: &str| {
            let path = folder.join("signature").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for folder in [&committed, &remade] {
            write(folder, "same/body", "x");
        }
        assert_eq!(differences(&committed, &remade).unwrap(), [""; 0]);
        write(&committed, "case/head", "old");
        write(&remade, "case/head", "new");
        write(&committed, "gone/head", "");
        write(&remade, "new/head", "");
        assert_eq!(
            differences(&committed, &remade).unwrap(),
            [
                "signature/case/head: differs",
                "signature/gone/head: is not made any more",
                "signature/new/head: is not committed",
            ]
        );
    }
}
