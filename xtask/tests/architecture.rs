//! `cargo xtask architecture` on small trees that break one rule each.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    reason = "test code"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Makes a tree of these files, checks it and returns the violations, sorted.
fn check(name: &str, files: &[(&str, &str)]) -> Vec<String> {
    let root = made(name, files);
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .arg("architecture")
        .arg("--root")
        .arg(&root)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
    let last = lines.pop().unwrap();
    assert_eq!(output.status.success(), lines.is_empty(), "{last}");
    lines
}

fn made(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("architecture").join(name);
    let _ = fs::remove_dir_all(&root);
    let manifest = "[workspace]\n[package]\nname = \"tests-support\"\nedition = \"2024\"\n";
    let manifest = [("Cargo.toml", manifest)];
    for (path, text) in manifest.iter().chain(files) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

#[test]
fn a_tree_that_keeps_the_rules() {
    let files = [
        ("src/lib.rs", "mod a;\nmod b;\npub use b::B;\npub use a::*;\n"),
        ("src/a.rs", "pub struct A;\n#[cfg(test)]\nmod tests;\n"),
        // Unit tests import from anywhere.
        ("src/a/tests.rs", "use super::A;\nuse crate::B;\n"),
        ("src/b/mod.rs", "mod inner;\nmod outer;\npub use outer::B;\n"),
        ("src/b/inner.rs", "use crate::a::A;\npub(super) fn inner(_: A) {}\n"),
        ("src/b/outer.rs", "pub struct B;\nfn f() { super::inner::inner(crate::A) }\n"),
        ("README.md", "[there](src/lib.rs#L1) [out](https://x.example) `[no](link.md)`\n"),
    ];
    assert_eq!(check("kept", &files), [""; 0]);
}

#[test]
fn imports_from_below_are_found_however_they_are_written() {
    for (number, (import, line)) in [
        ("use super::b::B;", 1),
        ("use crate::b::{self, B};\nfn f(_: b::B) {}", 1),
        // By a re-export of the root.
        ("use crate::B;", 1),
        ("use crate::*;\nfn f(_: B) {}", 2),
        // Without `use`, in a macro, and by a module's name.
        ("\nfn f(_: crate::b::B) {}", 2),
        ("\nfn f() { println!(\"{}\", crate::b::N) }", 2),
        ("use super::b;\nfn f() -> u8 { b::N }", 2),
        ("pub use super::b::B as C;", 1),
        ("mod inline { use super::super::b::B; }", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let files = [
            ("src/lib.rs", "mod a;\nmod b;\npub use b::B;\n"),
            ("src/a.rs", import),
            ("src/b.rs", "pub struct B;\npub const N: u8 = 1;\n"),
        ];
        let expected = format!(
            "src/a.rs:{line}: order: imports from src/b.rs, but src/lib.rs declares b below a"
        );
        assert_eq!(check(&format!("below-{number}"), &files), [expected], "{import}");
    }
}

#[test]
fn order_holds_between_files_of_different_folders() {
    let files = [
        ("src/main.rs", "mod a;\nmod b;\nfn main() {}\n"),
        ("src/a/mod.rs", "mod deep;\n"),
        ("src/a/deep.rs", "use crate::b::inner::X;\n"),
        ("src/b/mod.rs", "pub mod inner;\n"),
        ("src/b/inner.rs", "pub struct X;\n"),
    ];
    let order = "src/a/deep.rs:1: order: imports from src/b/inner.rs, \
        but src/main.rs declares b/ below a/";
    assert_eq!(check("folders", &files), [order]);
}

#[test]
fn circles_of_files_and_of_folders() {
    let files = [
        ("src/lib.rs", "mod a;\nmod b;\n"),
        ("src/a.rs", "pub struct A;\nuse super::b::B;\n"),
        ("src/b.rs", "pub struct B;\nuse super::a::A;\n"),
    ];
    let found = check("circle", &files);
    let circle = "src/a.rs:2: circle: src/a.rs -> src/b.rs -> src/a.rs";
    assert!(found.iter().any(|line| line == circle), "{found:?}");

    // A parent that uses its child, which uses what the parent defines.
    let files = [
        ("src/lib.rs", "mod a;\n"),
        ("src/a/mod.rs", "mod b;\npub struct A(b::B);\n"),
        ("src/a/b.rs", "use super::A;\npub struct B;\n"),
    ];
    let circle = "src/a/mod.rs:2: circle: src/a/mod.rs -> src/a/b.rs -> src/a/mod.rs";
    assert_eq!(check("parent", &files), [circle]);

    // Handing a name on is no use of it.
    let files = [
        ("src/lib.rs", "mod a;\n"),
        ("src/a/mod.rs", "mod b;\npub use b::B;\npub struct A;\n"),
        ("src/a/b.rs", "use super::A;\npub struct B;\n"),
    ];
    assert_eq!(check("hands-on", &files), [""; 0]);

    let files = [
        ("src/lib.rs", "mod a;\nmod b;\n"),
        ("src/a/mod.rs", "pub mod one;\npub mod two;\n"),
        ("src/a/one.rs", "pub struct One;\n"),
        ("src/a/two.rs", "use crate::b::three::Three;\n"),
        ("src/b/mod.rs", "pub mod three;\npub mod four;\n"),
        ("src/b/three.rs", "pub struct Three;\n"),
        ("src/b/four.rs", "use crate::a::one::One;\n"),
    ];
    let found = check("folder-circle", &files);
    let circle = "src/a/two.rs:1: circle: folders a/ -> b/ -> a/, \
        by src/a/two.rs:1 -> src/b/three.rs, src/b/four.rs:1 -> src/a/one.rs";
    assert!(found.iter().any(|line| line == circle), "{found:?}");
}

#[test]
fn lengths_paths_and_links() {
    let wide = format!("// é {}\n", "é".repeat(96));
    let long = "\n".repeat(401);
    let files = [
        ("src/lib.rs", "#[path = \"other.rs\"]\nmod a;\nmod long;\nmod missing;\n"),
        ("src/other.rs", wide.as_str()),
        ("src/long.rs", long.as_str()),
        ("README.md", "[a](src/lib.rs)\n\n[b](docs/none.md#part)\n"),
        ("docs/page.md", "![c](../README.md) [d][e]\n\n[e]: none.png\n"),
    ];
    assert_eq!(
        check("text", &files),
        [
            "README.md:3: link: no file docs/none.md",
            "docs/page.md:1: link: no file none.png",
            "src/lib.rs:1: path-attribute: a module is in the file that its name gives",
            "src/lib.rs:4: unreadable: no file for the module missing",
            "src/long.rs:401: file-length: 401 lines, 400 at most",
            "src/other.rs:1: line-length: 101 columns, 100 at most",
        ]
    );
}

#[test]
fn packages_depend_on_what_they_may() {
    let member = |name: &str, rest: &str| {
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{rest}")
    };
    let envelope = member(
        "eventbridge-envelope",
        "[dependencies]\ntower-eventbridge = { path = \"..\" }\nclap = \"4\"\n",
    );
    let conformance = member(
        "eventbridge-conformance",
        "[dev-dependencies]\ntower-eventbridge = { path = \"..\" }\n",
    );
    let other = member("another", "[dev-dependencies]\ntower-eventbridge = { path = \"..\" }\n");
    let root = member(
        "tower-eventbridge",
        "[dependencies]\neventbridge-envelope = { path = \"e\" }\ntokio = \"1\"\n\
         [workspace]\nmembers = [\"e\", \"c\", \"o\"]\n",
    );
    let files = [
        ("Cargo.toml", root.as_str()),
        ("src/lib.rs", ""),
        ("e/Cargo.toml", &envelope),
        ("e/src/lib.rs", ""),
        ("c/Cargo.toml", &conformance),
        ("c/src/lib.rs", ""),
        ("o/Cargo.toml", &other),
        ("o/src/lib.rs", ""),
    ];
    assert_eq!(
        check("packages", &files),
        [
            "Cargo.toml:6: packages: tower-eventbridge may depend on eventbridge-envelope \
             only behind its feature `envelope`",
            "Cargo.toml:7: packages: the core of tower-eventbridge has no tokio: \
             only features may bring it",
            "c/Cargo.toml:6: packages: eventbridge-conformance tests tower-eventbridge \
             without any feature",
            "e/Cargo.toml:6: packages: eventbridge-envelope may not depend on tower-eventbridge",
            "e/Cargo.toml:7: packages: clap is for programs, and eventbridge-envelope is a library",
            "o/Cargo.toml:2: packages: another is not in the table of architecture/packages.rs",
        ]
    );
}

#[test]
fn what_needs_an_operating_system_stands_behind_a_feature() {
    let manifest = "[package]\nname = \"tower-eventbridge\"\nversion = \"0.1.0\"\nedition = \
        \"2024\"\n[features]\nlayer = []\ntracing = []\n[workspace]\n";
    let root = "mod a;\n#[cfg(feature = \"layer\")]\nmod b;\n#[cfg(all(feature = \"tracing\", \
        feature = \"layer\"))]\nmod c;\n#[cfg(any(feature = \"tracing\", feature = \"layer\"))]\n\
        mod d;\n#[cfg(not(feature = \"layer\"))]\nmod e;\n#[cfg(test)]\nmod tests;\n";
    let clock = "use std::time::SystemTime;\nfn f() { SystemTime::now(); }\n";
    let files = [
        ("Cargo.toml", manifest),
        ("src/lib.rs", root),
        ("src/a.rs", "use std::time::UNIX_EPOCH;\nuse std::thread::spawn;\nuse tokio::time;\n"),
        ("src/b.rs", clock),
        ("src/c.rs", clock),
        ("src/d.rs", clock),
        ("src/e.rs", "fn f() { None.unwrap_or_else(std::time::Instant::now); }\n"),
        ("src/tests.rs", clock),
    ];
    let expected = |file: &str, line: u32, path: &str| {
        format!(
            "src/{file}.rs:{line}: platform: {path} is not for every target: its module must stand \
             behind a feature like `layer`"
        )
    };
    assert_eq!(
        check("platform", &files),
        [
            expected("a", 2, "std::thread::spawn"),
            expected("a", 3, "tokio::time"),
            expected("d", 2, "SystemTime::now"),
            expected("e", 1, "std::time::Instant::now"),
        ]
    );
}
