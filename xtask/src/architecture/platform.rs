//! What not every target has, a clock or threads say, stays out of the code that runs everywhere.

use std::path::Path;

use syn::{Expr, Lit, Meta, Token, punctuated::Punctuated};

use super::{
    modules::{Crate, Module, ModuleId},
    reader::PathText,
};
use crate::violation::{Rule, Violation};

/// The packages whose code without features runs on WebAssembly.
pub(super) const PORTABLE: &[&str] = &["tower-eventbridge", "eventbridge-envelope"];

/// The features that run there too. The others bring a runtime, a clock or randomness.
const FEATURES: &[&str] =
    &["cloudevents", "crypto-bigint", "envelope", "events", "metrics", "tracing"];

/// Crates that need an operating system.
const CRATES: &[&str] = &["getrandom", "moka", "redis", "reqwest", "tokio"];

/// Modules of the standard library that compile everywhere and then fail.
const MODULES: &[&str] = &["env", "fs", "process", "thread"];

/// Functions of the standard library that compile everywhere and then panic.
const FUNCTIONS: &[[&str; 2]] =
    &[["Instant", "now"], ["SystemTime", "elapsed"], ["SystemTime", "now"]];

/// Checks the crate whose root is this file.
pub(super) fn violations(root: &Path, crate_root: &Path) -> Vec<Violation> {
    let read = Crate::read(root, crate_root);
    let mut found = Vec::new();
    for (id, module) in read.modules.iter().enumerate() {
        if module.test || !runs_everywhere(&read, id) {
            continue;
        }
        let imports = module.text.imports.iter().map(|import| &import.path);
        for path in imports.chain(&module.text.paths).filter(|path| needs_a_system(path)) {
            found.push(Violation {
                file: shown(&read, module),
                line: path.line,
                rule: Rule::Platform,
                text: format!(
                    "{} is not for every target: its module must stand behind a feature \
                     like `layer`",
                    path.segments.join("::")
                ),
            });
        }
    }
    found
}

fn shown(read: &Crate, module: &Module) -> std::path::PathBuf {
    read.files.get(module.file).map(|file| file.path.clone()).unwrap_or_default()
}

/// Returns whether a module and all above it are compiled with features that run everywhere.
fn runs_everywhere(read: &Crate, id: ModuleId) -> bool {
    let mut at = Some(id);
    while let Some(module) = at.and_then(|id| read.modules.get(id)) {
        if !module.conditions.iter().all(holds_everywhere) {
            return false;
        }
        at = module.parent;
    }
    true
}

/// Returns whether a condition of `cfg` can hold with features that run everywhere.
fn holds_everywhere(condition: &Meta) -> bool {
    match condition {
        // `test`, `fuzzing`, `docsrs`: not what users compile.
        Meta::Path(_) => false,
        Meta::NameValue(pair) => {
            let Expr::Lit(value) = &pair.value else { return true };
            let Lit::Str(name) = &value.lit else { return true };
            !pair.path.is_ident("feature") || FEATURES.contains(&name.value().as_str())
        }
        Meta::List(list) => {
            let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
            let Ok(inner) = list.parse_args_with(parser) else { return true };
            match list.path.get_ident().map(ToString::to_string).as_deref() {
                Some("all") => inner.iter().all(holds_everywhere),
                Some("any") => inner.iter().any(holds_everywhere),
                // Without the feature: some users have the code.
                _ => true,
            }
        }
    }
}

fn needs_a_system(path: &PathText) -> bool {
    let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
    match segments.as_slice() {
        ["std", module, ..] if MODULES.contains(module) => true,
        [first, ..] if CRATES.contains(first) => true,
        [.., of, function] => FUNCTIONS.contains(&[*of, *function]),
        _ => false,
    }
}
