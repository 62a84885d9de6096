//! Which package may depend on which, and what stays out of a library's tree.

use std::{fs, path::Path};

use cargo_metadata::{Dependency, DependencyKind, Metadata, Package};

use crate::{
    tree,
    violation::{Rule, Violation},
};

const LIBRARY: &str = "tower-eventbridge";
const ENVELOPE: &str = "eventbridge-envelope";
const CLIENT: &str = "aliyun-eventbridge";
const FUNCTION: &str = "aliyun-fc-runtime";
const LOCAL: &str = "eventbridge-local";
const PROGRAM: &str = "eventbridge-cli";
const CONFORMANCE: &str = "eventbridge-conformance";
const SUPPORT: &str = "tests-support";
const TASKS: &str = "xtask";
const FUZZ: &str = "tower-eventbridge-fuzz";

/// One permission: this package may depend on that one.
struct Permission {
    from: &'static str,
    on: &'static str,
    /// The dependency is optional, and this feature turns it on.
    behind: Option<&'static str>,
}

const fn may(from: &'static str, on: &'static str) -> Permission {
    Permission { from, on, behind: None }
}

const fn may_behind(from: &'static str, on: &'static str, feature: &'static str) -> Permission {
    Permission { from, on, behind: Some(feature) }
}

/// Normal and build dependencies among our packages. Dev-dependencies are free.
const PERMISSIONS: &[Permission] = &[
    may_behind(LIBRARY, ENVELOPE, "envelope"),
    may(FUNCTION, ENVELOPE),
    may(CLIENT, ENVELOPE),
    may_behind(CLIENT, LIBRARY, "tower"),
    may(LOCAL, CLIENT),
    may(LOCAL, LIBRARY),
    may(PROGRAM, LIBRARY),
    may(PROGRAM, ENVELOPE),
    may(PROGRAM, CLIENT),
    may(PROGRAM, FUNCTION),
    may(PROGRAM, LOCAL),
    may(SUPPORT, LIBRARY),
];

/// The packages that the rules know.
const PACKAGES: &[&str] =
    &[LIBRARY, ENVELOPE, CLIENT, FUNCTION, LOCAL, PROGRAM, CONFORMANCE, SUPPORT, TASKS, FUZZ];

/// The packages that other programs depend on.
const LIBRARIES: &[&str] = &[LIBRARY, ENVELOPE, CLIENT, FUNCTION, LOCAL, CONFORMANCE];

/// Needed by a program only: command lines, colours, progress bars, settings files, exporters.
const PROGRAMS_ONLY: &[&str] = &[
    "anstream",
    "anstyle",
    "clap",
    "indicatif",
    "metrics-exporter-prometheus",
    "toml",
    "toml_edit",
    "tracing-subscriber",
];

/// Not in the library's core, that is without features: runtimes, JSON, tower.
const NOT_IN_CORE: &[&str] = &[
    "axum",
    "hyper",
    "hyper-util",
    "jiff",
    "reqwest",
    "serde",
    "serde_json",
    "tokio",
    "tower",
    "tower-layer",
    "tower-service",
];

pub(super) fn violations(root: &Path, workspace: &Metadata) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in &workspace.packages {
        let manifest = package.manifest_path.as_std_path();
        let text = fs::read_to_string(manifest).unwrap_or_default();
        let mut violate = |word: &str, message: String| {
            let line = text.lines().position(|line| line.starts_with(word)).unwrap_or(0);
            found.push(Violation {
                file: tree::relative(root, manifest),
                line: line + 1,
                rule: Rule::Packages,
                text: message,
            });
        };
        let name = package.name.as_str();
        if !PACKAGES.contains(&name) {
            violate("name", format!("{name} is not in the table of architecture/packages.rs"));
        }
        for dependency in &package.dependencies {
            if let Some(message) = forbidden(package, dependency) {
                violate(&dependency.name, message);
            }
        }
    }
    found
}

fn forbidden(package: &Package, dependency: &Dependency) -> Option<String> {
    let (from, on) = (package.name.as_str(), dependency.name.as_str());
    if from == CONFORMANCE && on == LIBRARY {
        let bare = !dependency.uses_default_features && dependency.features.is_empty();
        return (!bare).then(|| format!("{from} tests {on} without any feature"));
    }
    if dependency.kind == DependencyKind::Development {
        return None;
    }
    if LIBRARIES.contains(&from) && PROGRAMS_ONLY.contains(&on) {
        return Some(format!("{on} is for programs, and {from} is a library"));
    }
    if from == LIBRARY && !dependency.optional && NOT_IN_CORE.contains(&on) {
        return Some(format!("the core of {from} has no {on}: only features may bring it"));
    }
    if !PACKAGES.contains(&on) {
        return None;
    }
    let Some(permission) = PERMISSIONS.iter().find(|may| may.from == from && may.on == on) else {
        return Some(format!("{from} may not depend on {on}"));
    };
    let feature = permission.behind?;
    let key = dependency.rename.as_deref().unwrap_or(on);
    let turned_on = |values: &Vec<String>| {
        values.iter().any(|value| value == &format!("dep:{key}") || value == key)
    };
    let behind = package.features.get(feature).is_some_and(turned_on);
    (!dependency.optional || !behind)
        .then(|| format!("{from} may depend on {on} only behind its feature `{feature}`"))
}
