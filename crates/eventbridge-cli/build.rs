//! Tells the program from which commit it is built, for `--version`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed={VARIABLE}");
    let folder = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let commit = given().or_else(|| of_package(&folder)).or_else(|| of_checkout(&folder));
    let suffix = commit.map(|commit| format!(" ({commit})")).unwrap_or_default();
    println!("cargo::rustc-env=EVENTBRIDGE_VERSION_SUFFIX={suffix}");
}

/// For builds of sources without history, an image's for one.
fn given() -> Option<String> {
    env::var(VARIABLE).ok().and_then(|commit| short(&commit))
}

/// The file that `cargo package` writes into a package.
fn of_package(folder: &Path) -> Option<String> {
    let text = fs::read_to_string(folder.join(".cargo_vcs_info.json")).ok()?;
    println!("cargo::rerun-if-changed=.cargo_vcs_info.json");
    let (_, rest) = text.split_once("\"sha1\"")?;
    short(rest.split('"').nth(1)?)
}

fn of_checkout(folder: &Path) -> Option<String> {
    // Not a repository that happens to be around the sources.
    let root = PathBuf::from(git(folder, &["rev-parse", "--show-toplevel"])?);
    let is_ours = root.join("crates/eventbridge-cli").canonicalize().ok()?;
    if is_ours != folder.canonicalize().ok()? {
        return None;
    }
    // Of this worktree: HEAD changes with the branch, its log with each commit. Only what is there
    // is watched, or each build would begin anew.
    let git_dir = PathBuf::from(git(folder, &["rev-parse", "--absolute-git-dir"])?);
    let watched = [git_dir.join("HEAD"), git_dir.join("logs/HEAD")];
    let logged = watched.iter().all(|file| file.exists());
    watched.iter().filter(|file| file.exists()).for_each(|file| watch(file));
    if !logged {
        let common = git(folder, &["rev-parse", "--git-common-dir"])?;
        let refs = folder.join(common).join("refs/heads");
        if refs.exists() {
            watch(&refs);
        }
    }
    short(&git(folder, &["rev-parse", "HEAD"])?)
}

fn watch(path: &Path) {
    println!("cargo::rerun-if-changed={}", path.display());
}

fn git(folder: &Path, arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").current_dir(folder).args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(text.trim().to_owned())
}

/// The first 12 digits of a commit.
fn short(commit: &str) -> Option<String> {
    let commit = commit.trim();
    let is_commit = commit.len() >= 7 && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_commit.then(|| commit.chars().take(12).collect())
}

const VARIABLE: &str = "EVENTBRIDGE_BUILD_COMMIT";
