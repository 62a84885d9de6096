//! The fuzz targets, each for some seconds, from corpora that the fixtures fill.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use cargo_metadata::TargetKind;
use serde_json::Value;

use crate::{command, tree};

/// Runs each target for so many seconds.
///
/// # Errors
///
/// A target does not build, or finds something.
pub(crate) fn run(root: &Path, seconds: u32) -> anyhow::Result<()> {
    let folder = root.join("fuzz");
    seed(root).context("filling the corpora")?;
    let cargo_fuzz = |words: &str| {
        // cargo-fuzz asks for unstable options; what is built is built by the stable compiler.
        let run = command::run(root, "cargo").folder(&folder).env("RUSTC_BOOTSTRAP", "1");
        // A folder of its own: it compiles everything with other flags.
        run.env("CARGO_TARGET_DIR", folder.join("target")).words(words)
    };
    // Without sanitizers, which the stable compiler has not; the code has no unsafe.
    cargo_fuzz("fuzz build --sanitizer none").status()?;
    for target in targets(&folder)? {
        cargo_fuzz("fuzz run --sanitizer none")
            .arg(&target)
            .words("-- -max_len=20000 -print_final_stats=1 -verbosity=0")
            .arg(format!("-max_total_time={seconds}"))
            .status()?;
    }
    Ok(())
}

fn targets(folder: &Path) -> anyhow::Result<Vec<String>> {
    let metadata = tree::metadata(folder)?;
    let targets = metadata.packages.into_iter().flat_map(|package| package.targets);
    let programs = targets.filter(|target| target.kind.contains(&TargetKind::Bin));
    Ok(programs.map(|target| target.name).collect())
}

/// Fills the corpora from the fixtures. What is there already stays.
fn seed(root: &Path) -> anyhow::Result<()> {
    let fixtures = root.join("fixtures");
    let corpus = |target: &str| -> anyhow::Result<PathBuf> {
        let folder = root.join("fuzz/corpus").join(target);
        fs::create_dir_all(&folder)?;
        Ok(folder)
    };
    let (head, body) = (corpus("head")?, corpus("pipeline")?);
    let (certificate, block) = (corpus("certificate")?, corpus("block")?);
    let string_to_sign = corpus("string_to_sign")?;
    for case in entries(&fixtures.join("signature"))? {
        let name = case.file_name().unwrap_or_default();
        fs::copy(case.join("head"), head.join(name))?;
        fs::copy(case.join("body"), body.join(name))?;
        let pem = case.join("certificate.pem");
        fs::copy(pem, certificate.join(name).with_extension("pem"))?;
        if let Ok(hex) = fs::read_to_string(case.join("recovered-block.hex")) {
            fs::write(block.join(name), from_hex(&hex).context("recovered-block.hex")?)?;
        }
        let signed = case.join("string-to-sign");
        if signed.is_file() {
            fs::copy(signed, string_to_sign.join(name))?;
        }
    }
    for pem in entries(&fixtures.join("keys"))? {
        if pem.extension().is_some_and(|extension| extension == "pem") {
            let der = certificate.join(pem.file_stem().unwrap_or_default()).with_extension("der");
            let convert = command::run(root, "openssl").words("x509 -outform DER -in").arg(&pem);
            let mut convert = convert.arg("-out").arg(der).into_command();
            // Some of the files are no certificates.
            convert.stderr(std::process::Stdio::null()).status().context("openssl")?;
        }
    }
    let envelopes = corpus("envelopes")?;
    for folder in ["envelopes", "field"] {
        for file in entries(&fixtures.join(folder))? {
            if file.extension().is_some_and(|extension| extension == "json") {
                fs::copy(&file, envelopes.join(file.file_name().unwrap_or_default()))?;
            }
        }
    }
    let folder = corpus("times")?;
    for (number, time) in times(root)?.iter().enumerate() {
        fs::write(folder.join(format!("time-{number}")), time)?;
    }
    let api = fixtures.join("api");
    let patterns = ["pattern-cases.json", "pattern-cases-run.json"].map(|file| api.join(file));
    seed_lines(&patterns, &["pattern", "event"], &corpus("patterns")?)?;
    let transforms = ["transform-cases.json", "transform-cases-run.json"];
    let transforms = transforms.map(|file| api.join(file));
    seed_lines(&transforms, &["value", "template", "event"], &corpus("transforms")?)
}

/// Writes members of each case of these files, a line each.
fn seed_lines(files: &[PathBuf], members: &[&str], folder: &Path) -> anyhow::Result<()> {
    for file in files {
        let text = fs::read(file).with_context(|| file.display().to_string())?;
        let json: Value = serde_json::from_slice(&text)?;
        let cases = json.get("cases").and_then(Value::as_array).context("no cases")?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        for (number, case) in cases.iter().enumerate() {
            // A text within a line has no line feed: JSON can be written without.
            let text = |name: &&str| case.get(*name).and_then(Value::as_str).unwrap_or_default();
            let line = |name: &&str| text(name).replace('\n', " ");
            let lines: Vec<_> = members.iter().map(line).collect();
            fs::write(folder.join(format!("{stem}-{number}")), lines.join("\n"))?;
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder).with_context(|| folder.display().to_string())?;
    let mut found = entries.map(|entry| Ok(entry?.path())).collect::<anyhow::Result<Vec<_>>>()?;
    found.sort();
    Ok(found)
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u32> = text.trim().chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    let byte = |&[high, low]: &[u32; 2]| u8::try_from(high * 16 + low).ok();
    rest.is_empty().then(|| pairs.iter().map(byte).collect()).flatten()
}

/// Returns the texts in Rust files that may be times: they begin with a digit and have separators.
fn times(root: &Path) -> anyhow::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for file in tree::files(root, "rs")? {
        let text = fs::read_to_string(root.join(file))?;
        for literal in text.lines().flat_map(|line| line.split('"').skip(1).step_by(2)) {
            let allowed = |c: char| c.is_ascii_alphanumeric() || ":.,+ /_-[]".contains(c);
            let begins = literal.starts_with(|c: char| c.is_ascii_digit());
            if begins && literal.contains(['-', ':']) && literal.chars().all(allowed) {
                found.insert(literal.to_owned());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::from_hex;

    #[test]
    fn hex_is_read_or_rejected() {
        assert_eq!(from_hex("00ff10\n"), Some(vec![0, 255, 16]));
        assert_eq!(from_hex("0"), None);
        assert_eq!(from_hex("0g"), None);
    }
}
