//! The trees of what users of the library compile: docs/dependencies.md, and the counts in
//! README.md.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use anyhow::{Context, bail};

use crate::command;

const PACKAGE: &str = "tower-eventbridge";
const DOCUMENT: &str = "docs/dependencies.md";
/// Name and features of each tree, in the order of the counts in README.md.
const TREES: [(&str, &str); 2] = [("core", "--no-default-features"), ("default", "")];
/// The default tree, but for the TLS library: that is the user's own.
const OWN_CLIENT: &str = "--no-default-features --features layer,reqwest-client,tracing";

/// One tree, each crate once, where it is least deep.
struct Tree {
    lines: Vec<String>,
    direct: usize,
}

/// Writes docs/dependencies.md, or compares the trees with what the documents say.
///
/// `cargo update` may change a tree at any time, so that only the counts of direct dependencies
/// have to be right; other differences are printed.
///
/// # Errors
///
/// cargo fails, README.md counts other direct dependencies, or a cryptography library is in the
/// tree of those who bring their own HTTPS client.
pub(crate) fn check(root: &Path, write: bool) -> anyhow::Result<()> {
    let mut text = "# Dependencies\n\nWhat a user of the library compiles on \
        x86_64-unknown-linux-gnu, each crate once, where it is least deep.\n\
        `cargo xtask dependencies --write` writes this page.\n"
        .to_owned();
    let mut counts = Vec::new();
    for (name, options) in TREES {
        let tree = tree(root, options)?;
        let count = tree.lines.len();
        write!(text, "\n## {name}: {count} crates, {} of them direct\n\n", tree.direct)?;
        write!(text, "```text\n{}\n```\n", tree.lines.join("\n"))?;
        counts.push((count, tree.direct));
    }
    let document = root.join(DOCUMENT);
    if write {
        fs::write(&document, &text).context(DOCUMENT)?;
    } else if fs::read_to_string(&document).ok().as_deref() != Some(text.as_str()) {
        println!("note: {DOCUMENT} is not up to date: cargo xtask dependencies --write");
    }
    if let Some(line) = tree(root, OWN_CLIENT)?.lines.iter().find(|line| line.contains("aws-lc")) {
        bail!("with a client of the user's own the tree must have no aws-lc: {}", line.trim());
    }
    let readme = fs::read_to_string(root.join("README.md")).context("README.md")?;
    let found = counts_in(&readme);
    if found != counts {
        println!("note: README.md counts {found:?} crates and direct ones, cargo {counts:?}");
    }
    let direct = |counts: &[(usize, usize)]| counts.iter().map(|&(_, n)| n).collect::<Vec<_>>();
    if direct(&found) != direct(&counts) {
        bail!(
            "README.md must count the direct dependencies of core and default: \
             \"N crates, {:?} of them direct\", one after the other",
            direct(&counts)
        );
    }
    Ok(())
}

/// Returns the numbers of each "N crates, N of them direct".
fn counts_in(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let words: Vec<&str> = text.split_whitespace().collect();
    for window in words.windows(6) {
        if let [crates, "crates,", direct, "of", "them", last] = window
            && last.starts_with("direct")
            && let (Ok(crates), Ok(direct)) = (crates.parse(), direct.parse())
        {
            found.push((crates, direct));
        }
    }
    found
}

fn tree(root: &Path, options: &str) -> anyhow::Result<Tree> {
    let run = command::run(root, "cargo").words("tree --locked -e normal --no-dedupe -p");
    let run = run.arg(PACKAGE).words("--prefix depth --target x86_64-unknown-linux-gnu");
    parse(&run.words(options).output()?)
}

/// Reads what `cargo tree --prefix depth` prints.
fn parse(printed: &str) -> anyhow::Result<Tree> {
    let mut crates = Vec::new();
    for line in printed.lines().skip(1) {
        let name_at = line.find(|c: char| !c.is_ascii_digit()).unwrap_or(line.len());
        let (depth, rest) = line.split_at(name_at);
        let mut words = rest.split_whitespace();
        let (Some(name), Some(version)) = (words.next(), words.next()) else {
            bail!("a line of cargo tree: {line}");
        };
        let version = version.trim_start_matches('v');
        crates.push((depth.parse::<usize>().context("a depth")?, format!("{name} {version}")));
    }
    let mut least: HashMap<&str, usize> = HashMap::new();
    for (depth, name) in &crates {
        let known = least.entry(name).or_insert(*depth);
        *known = (*known).min(*depth);
    }
    // Elsewhere than where a crate is least deep, all below it is left out: it is no less deep
    // there.
    let mut lines = Vec::new();
    let mut kept = HashMap::new();
    let mut hidden: Option<usize> = None;
    for (depth, name) in &crates {
        if hidden.is_none_or(|hidden| *depth <= hidden) {
            let elsewhere = least.get(name.as_str()).is_some_and(|least| depth > least);
            hidden = (elsewhere || kept.contains_key(name)).then_some(*depth);
            if hidden.is_none() {
                kept.insert(name.clone(), ());
                lines.push(format!("{}{name}", "  ".repeat(depth.saturating_sub(1))));
            }
        }
    }
    let direct = least.values().filter(|&&depth| depth == 1).count();
    Ok(Tree { lines, direct })
}

#[cfg(test)]
mod tests {
    use super::{counts_in, parse};

    #[test]
    fn each_crate_stands_once_where_it_is_least_deep() {
        let printed = "0root v0.1.0 (/x)\n1a v1.0.0\n2b v2.0.0\n3c v3.0.0\n1b v2.0.0\n2c v3.0.0\n";
        let tree = parse(printed).unwrap();
        assert_eq!(tree.lines, ["a 1.0.0", "b 2.0.0", "  c 3.0.0"]);
        assert_eq!(tree.direct, 2);
    }

    #[test]
    fn counts_are_read() {
        let text =
            "The core needs 30 crates, 9 of them direct; all\n113 crates, 21 of them direct.";
        assert_eq!(counts_in(text), [(30, 9), (113, 21)]);
    }
}
