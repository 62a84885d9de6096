//! Steps that compile the packages in other ways than the tests do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use super::packages;
use crate::command;

const CONFORMANCE: &str = "tower-eventbridge-conformance";

/// Features that together compile code which neither compiles alone.
const TOGETHER: [&str; 10] = [
    "layer,cache",
    "layer,cache,tracing",
    "layer,reqwest",
    "layer,reqwest-client",
    "axum,envelope",
    "axum,tracing",
    "envelope,layer",
    "envelope,layer,tracing",
    "forward,tracing",
    "idempotency,tracing",
];

pub(super) fn format(root: &Path) -> anyhow::Result<()> {
    command::run(root, "cargo").words("fmt --all --check").status()
}

pub(super) fn clippy(root: &Path) -> anyhow::Result<()> {
    let words = "clippy --locked --workspace --all-targets --all-features -- -D warnings";
    command::run(root, "cargo").words(words).status()
}

/// Checks each published package without features, with each alone, and with some together.
pub(super) fn features(root: &Path) -> anyhow::Result<()> {
    for package in packages::published(root)? {
        let alone = package.features.keys().map(String::as_str).filter(|name| *name != "default");
        let exists = |list: &&str| list.split(',').all(|name| package.features.contains_key(name));
        let together = TOGETHER.into_iter().filter(exists);
        for features in std::iter::once("").chain(alone).chain(together) {
            let run = command::run(root, "cargo").words("clippy --quiet --locked -p");
            let run = run.arg(package.name.as_str()).arg(packages::main_target(&package));
            let run = run.words("--no-default-features --features").arg(features);
            run.words("-- -D warnings").status()?;
        }
    }
    Ok(())
}

/// Runs the conformance file on the library without features.
pub(super) fn bare_core(root: &Path) -> anyhow::Result<()> {
    // On its own: together with others cargo would unify the features.
    command::run(root, "cargo").words("test --locked -p").arg(CONFORMANCE).status()?;
    let tree = command::run(root, "cargo").words("tree --locked -e normal,features -p");
    let tree = tree.arg(CONFORMANCE).output()?;
    if let Some(line) = tree.lines().find(|line| line.contains("tower-eventbridge feature")) {
        bail!("the conformance crate must use the core without features: {line}");
    }
    Ok(())
}

/// Compares the key operation with another implementation's, thirty thousand times.
pub(super) fn key_operation(root: &Path) -> anyhow::Result<()> {
    // Optimized, with the checks of the dev profile, and with the dependencies of the other tests.
    let run = command::run(root, "cargo").words("test --locked -p tower-eventbridge --lib");
    let run = run.env("CARGO_PROFILE_TEST_OPT_LEVEL", "3").env("CASES", "30000");
    run.words("million -- --ignored").status()
}

/// Runs the tests that need a real Redis.
pub(super) fn redis(root: &Path) -> anyhow::Result<()> {
    let words = "test --locked -p eventbridge-cli --test cli redis:: -- --ignored --nocapture";
    command::run(root, "cargo").words(words).status()
}

/// Runs the tests with services in other languages.
pub(super) fn peers(root: &Path) -> anyhow::Result<()> {
    let words = "test --locked -p eventbridge-cli --test cli -- --ignored peers:: published::";
    command::run(root, "cargo").words(words).status()
}

/// Runs the tests of the page in a browser. Screenshots are in `target/page`.
pub(super) fn page(root: &Path) -> anyhow::Result<()> {
    let words = "test --locked -p eventbridge-cli --test cli page:: -- --ignored";
    command::run(root, "cargo").words(words).status()
}

/// Runs the bench of the proxy without measuring.
pub(super) fn proxy_bench(root: &Path) -> anyhow::Result<()> {
    let words = "test --locked -p eventbridge-cli --bench proxy";
    command::run(root, "cargo").words(words).status()
}

/// Compares the requests of the vendor's SDKs with those of `aliyun-eventbridge`, on loopback, and
/// runs the SDKs against the local EventBridge.
pub(super) fn sdks(root: &Path) -> anyhow::Result<()> {
    let words = "test --locked -p aliyun-eventbridge --test it sdk_comparison -- --ignored";
    command::run(root, "cargo").words(words).status()?;
    let words = "test --locked -p eventbridge-local --test it sdks -- --ignored";
    command::run(root, "cargo").words(words).status()
}

/// Checks the published packages with the oldest versions that their manifests allow.
pub(super) fn oldest(root: &Path) -> anyhow::Result<()> {
    let copy = root.join("target/oldest-versions");
    copy_sources(root, &copy)?;
    let update = command::run(root, "cargo").folder(&copy);
    // The option is not stable; what is built is built by the stable compiler all the same.
    let update = update.env("RUSTC_BOOTSTRAP", "1");
    update.words("update --quiet -Z direct-minimal-versions").status()?;
    for package in packages::published(root)? {
        let check = command::run(root, "cargo").folder(&copy).words("check --locked -p");
        let check = check.arg(package.name.as_str()).arg(packages::main_target(&package));
        check.arg("--all-features").status()?;
    }
    Ok(())
}

/// Copies what git tracks or would track.
fn copy_sources(root: &Path, to: &Path) -> anyhow::Result<()> {
    let list = "ls-files -z --cached --others --exclude-standard";
    let list = command::run(root, "git").words(list).output()?;
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| to.display().to_string())?;
    }
    for name in list.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root.join(name), to.join(name));
        // A tracked file may be deleted and not yet committed.
        if from.is_file() {
            fs::create_dir_all(to.parent().unwrap_or(root))?;
            fs::copy(&from, &to).with_context(|| from.display().to_string())?;
        }
    }
    Ok(())
}

pub(super) fn docs(root: &Path) -> anyhow::Result<()> {
    for features in ["--all-features", ""] {
        let mut run = command::run(root, "cargo").env("RUSTDOCFLAGS", "-D warnings");
        run = run.words("doc --locked --no-deps").words(features);
        // The comments of a program are its help, which is not written as HTML.
        let mut libraries = packages::published(root)?;
        libraries.retain(|package| packages::main_target(package) == "--lib");
        for package in libraries {
            run = run.arg("-p").arg(package.name.as_str());
        }
        run.status()?;
    }
    Ok(())
}

/// Tests the adapters of examples/frameworks, a workspace of its own.
pub(super) fn frameworks(root: &Path) -> anyhow::Result<()> {
    let folder = root.join("examples/frameworks");
    command::run(root, "cargo").folder(&folder).words("fmt --all --check").status()?;
    command::run(root, "cargo").folder(&folder).words("test --locked").status()
}

pub(super) fn licences(root: &Path) -> anyhow::Result<()> {
    let words = "deny --all-features check licenses bans sources";
    command::run(root, "cargo").words(words).status()
}

/// Packages what is published, and builds each package as its users get it, with its examples.
pub(super) fn package(root: &Path) -> anyhow::Result<()> {
    let mut run = command::run(root, "cargo").words("package --locked --allow-dirty");
    let packages = packages::published(root)?;
    for package in &packages {
        run = run.arg("-p").arg(package.name.as_str());
    }
    run.status()?;
    for package in &packages {
        let unpacked = format!("target/package/{}-{}", package.name, package.version);
        let unpacked: PathBuf = root.join(unpacked);
        if !unpacked.is_dir() {
            bail!("cargo package left no {}", unpacked.display());
        }
    }
    Ok(())
}
