//! The book: README.md, the pages of `docs/`, and every file that one of them links to.
//!
//! Pages link to files of the repository, `../src/lib.rs` for one. So the source of the book is a
//! copy of those files at the same paths, and each link leads somewhere in the book too.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};

use crate::{command, markdown, tree};

/// As `src` in book.toml.
const SOURCE: &str = "target/book-source";
/// As `build-dir` in book.toml.
const BOOK: &str = "target/book";
const FRONT_PAGE: &str = "README.md";
const SUMMARY: &str = "docs/SUMMARY.md";

/// Builds the book in `target/book`.
pub(super) fn book(root: &Path) -> anyhow::Result<()> {
    let source = root.join(SOURCE);
    if source.exists() {
        fs::remove_dir_all(&source).with_context(|| source.display().to_string())?;
    }
    let files = collect(root)?;
    for file in &files {
        let (from, to) = (root.join(file), source.join(file));
        fs::create_dir_all(to.parent().unwrap_or(&source))?;
        fs::copy(&from, &to).with_context(|| from.display().to_string())?;
    }
    fs::write(source.join("SUMMARY.md"), summary(root, &files)?)?;
    command::run(root, "mdbook").arg("build").status()?;
    let dead = Built::read(&root.join(BOOK))?.dead_links();
    if !dead.is_empty() {
        bail!("links of the book lead nowhere:\n{}", dead.join("\n"));
    }
    Ok(())
}

/// Returns the pages and every file that they link to, relative to the root.
fn collect(root: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![PathBuf::from(FRONT_PAGE)];
    let text = read(root, Path::new(SUMMARY))?;
    waiting.extend(linked(Path::new(SUMMARY), &text)?);
    while let Some(file) = waiting.pop() {
        if !root.join(&file).is_file() {
            bail!("a page links to {}, which is not a file", file.display());
        }
        if is_page(&file) && !found.contains(&file) {
            waiting.extend(linked(&file, &read(root, &file)?)?);
        }
        found.insert(file);
    }
    Ok(found)
}

fn linked(page: &Path, text: &str) -> anyhow::Result<Vec<PathBuf>> {
    let resolve = |link: markdown::Link| {
        markdown::resolve(page, &link.target)
            .with_context(|| format!("{} links out of the root: {}", page.display(), link.target))
    };
    markdown::links(text).into_iter().map(resolve).collect()
}

fn read(root: &Path, file: &Path) -> anyhow::Result<String> {
    fs::read_to_string(root.join(file)).with_context(|| file.display().to_string())
}

fn is_page(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "md")
}

/// Returns the table of contents: the front page, that of `docs/`, and the other pages by title.
fn summary(root: &Path, files: &BTreeSet<PathBuf>) -> anyhow::Result<String> {
    let of_docs = read(root, Path::new(SUMMARY))?;
    let mut listed: BTreeSet<_> = linked(Path::new(SUMMARY), &of_docs)?.into_iter().collect();
    listed.insert(FRONT_PAGE.into());
    let chapters = of_docs.trim_start_matches("# Summary").replace("](", "](docs/");
    let mut text = format!("# Summary\n\n[Front page]({FRONT_PAGE})\n{chapters}\n");
    text.push_str("# The repository\n\n");
    for page in files.iter().filter(|file| is_page(file) && !listed.contains(*file)) {
        let content = read(root, page)?;
        let title = content.lines().find_map(|line| line.strip_prefix("# "));
        let title = title.with_context(|| format!("{} has no title", page.display()))?;
        writeln!(text, "- [{title}]({})", page.display())?;
    }
    Ok(text)
}

/// The files of a built book.
#[derive(Default)]
struct Built {
    /// The HTML of each page.
    pages: BTreeMap<PathBuf, String>,
    others: BTreeSet<PathBuf>,
}

impl Built {
    fn read(book: &Path) -> anyhow::Result<Self> {
        let mut built = Self::default();
        for file in tree::all_files(book)? {
            // Links of the page for missing addresses count from the address of the site.
            let is_page = file.extension().is_some_and(|extension| extension == "html")
                && file != Path::new("404.html");
            if is_page {
                let text = read(book, &file)?;
                built.pages.insert(file, text);
            } else {
                built.others.insert(file);
            }
        }
        Ok(built)
    }

    /// Returns a line for each link to a file or heading that is not in the book.
    fn dead_links(&self) -> Vec<String> {
        let mut dead = Vec::new();
        for (page, html) in &self.pages {
            for link in attributes(html, "href").chain(attributes(html, "src")) {
                if !link.is_empty() && !link.contains(':') && !self.leads_somewhere(page, link) {
                    dead.push(format!("{}: {link}", page.display()));
                }
            }
        }
        dead
    }

    fn leads_somewhere(&self, page: &Path, link: &str) -> bool {
        let (target, heading) = link.split_once('#').unwrap_or((link, ""));
        let file = match target.split('?').next().unwrap_or_default() {
            "" => Some(page.to_path_buf()),
            target => markdown::resolve(page, target),
        };
        let Some(file) = file else { return false };
        match self.pages.get(&file) {
            Some(html) => heading.is_empty() || attributes(html, "id").any(|id| id == heading),
            None => self.others.contains(&file),
        }
    }
}

/// Returns the values of an attribute, as they are written. mdbook writes all of them in quotes.
fn attributes<'html>(html: &'html str, name: &str) -> impl Iterator<Item = &'html str> {
    let begins = format!(" {name}=\"");
    let mut rest = html;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&begins)?;
        let (value, behind) = after.split_once('"')?;
        rest = behind;
        Some(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(page: &str) -> Built {
        let mut built = Built::default();
        built.pages.insert("docs/page.html".into(), page.to_owned());
        built.pages.insert("index.html".into(), "<h2 id=\"status\">Status</h2>".to_owned());
        built.others.insert("src/lib.rs".into());
        built
    }

    #[test]
    fn links_to_files_pages_headings_and_the_web_lead_somewhere() {
        for link in [
            "../src/lib.rs",
            "../index.html",
            "../index.html#status",
            "page.html",
            "https://a.example/",
        ] {
            let dead = built(&format!("<a href=\"{link}\">x</a>")).dead_links();
            assert!(dead.is_empty(), "{dead:?}");
        }
    }

    #[test]
    fn a_link_to_a_missing_file_or_heading_is_named() {
        for link in ["../src/main.rs", "../index.html#state", "#here", "../../lib.rs", "other.html"]
        {
            let dead = built(&format!("<img src=\"{link}\">")).dead_links();
            assert_eq!(dead, [format!("docs/page.html: {link}")]);
        }
    }
}
