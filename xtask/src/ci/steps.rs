//! The table of steps, cheap ones first.

use std::path::Path;

use super::{book, build_steps, deploy_steps, readme_steps, secrets};
use crate::{
    architecture, dependencies, fixtures, fuzz,
    tool::{
        BASH, BROWSER_DRIVER, CARGO_DENY, CARGO_FUZZ, CHROMIUM, CLIPPY, CRYPTOGRAPHY, CXX, GIT,
        JSONSCHEMA, LINTERS, MDBOOK, NGINX, NODE, NODE_SDK, OPENSSL, PEERS, PYTHON, PYTHON_SDK,
        PYTHON_SDK_20200401, REDIS_CLI, REDIS_SENTINEL, REDIS_SERVER, RUSTFMT, SYSTEMD, Tool,
    },
};

/// One step.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// What the step shows if it passes.
    pub(super) shows: &'static str,
    pub(super) needs: &'static [&'static Tool],
    pub(super) run: fn(&Path) -> anyhow::Result<()>,
}

/// Seconds of each fuzz target.
const FUZZ_SECONDS: u32 = 10;

pub(super) static STEPS: &[Step] = &[
    Step {
        name: "format",
        shows: "the sources are formatted",
        needs: &[&RUSTFMT],
        run: build_steps::format,
    },
    Step {
        name: "architecture",
        shows: "the rules of ARCHITECTURE.md hold",
        needs: &[],
        run: architecture::check,
    },
    Step {
        name: "secrets",
        shows: "secrets are compared in constant time",
        needs: &[],
        run: secrets::check,
    },
    Step {
        name: "fixtures",
        shows: "the scripts make the committed fixtures",
        needs: &[&PYTHON, &OPENSSL, &JSONSCHEMA],
        run: fixtures::remake,
    },
    Step {
        name: "readers",
        shows: "the readers in Python and Node find the signatures of the conformance file right",
        needs: &[&PYTHON, &CRYPTOGRAPHY, &NODE],
        run: fixtures::read_by_others,
    },
    Step {
        name: "dependencies",
        shows: "README.md counts the direct dependencies",
        needs: &[],
        run: |root| dependencies::check(root, false),
    },
    Step {
        name: "licences",
        shows: "licences, versions and sources of dependencies are allowed",
        needs: &[&CARGO_DENY],
        run: build_steps::licences,
    },
    Step {
        name: "deploy",
        shows: "the files to deploy are read by what they are for",
        needs: &[&LINTERS, &SYSTEMD, &NGINX],
        run: deploy_steps::check,
    },
    Step { name: "test", shows: "README's test command", needs: &[&BASH], run: readme_steps::test },
    Step {
        name: "bare-core",
        shows: "the core without features gives the verdicts of the conformance file",
        needs: &[],
        run: build_steps::bare_core,
    },
    Step {
        name: "key-operation",
        shows: "30,000 key operations equal those of rsa (docs/performance.md has a million)",
        needs: &[],
        run: build_steps::key_operation,
    },
    Step { name: "demo", shows: "README's main job", needs: &[&BASH], run: readme_steps::demo },
    Step {
        name: "explain",
        shows: "README's explanation of a push",
        needs: &[&BASH],
        run: readme_steps::explain,
    },
    Step {
        name: "push",
        shows: "README's two terminals",
        needs: &[&BASH],
        run: readme_steps::push_and_receive,
    },
    Step {
        name: "redis",
        shows: "the tests with a real redis-server",
        needs: &[&REDIS_SERVER, &REDIS_SENTINEL, &REDIS_CLI],
        run: build_steps::redis,
    },
    Step {
        name: "page",
        shows: "a person in a real Chromium uses the page of the local EventBridge",
        needs: &[&NODE, &CHROMIUM, &BROWSER_DRIVER],
        run: build_steps::page,
    },
    Step {
        name: "book",
        shows: "README and the pages of docs/ are a book whose links lead somewhere",
        needs: &[&MDBOOK],
        run: book::book,
    },
    Step {
        name: "peers",
        shows: "services in Node.js and Python accept what the proxy sends, and nothing else",
        needs: &[&NODE, &PEERS],
        run: build_steps::peers,
    },
    Step {
        name: "proxy-bench",
        shows: "the bench of the proxy runs: a few requests of each server",
        needs: &[&NODE, &NGINX],
        run: build_steps::proxy_bench,
    },
    Step {
        name: "sdks",
        shows: "the vendor's SDKs and aliyun-eventbridge send the same, and eventbridge local \
             takes it",
        needs: &[&NODE, &NODE_SDK, &PYTHON_SDK, &PYTHON_SDK_20200401],
        run: build_steps::sdks,
    },
    Step {
        name: "clippy",
        shows: "no warnings in any target",
        needs: &[&CLIPPY],
        run: build_steps::clippy,
    },
    Step {
        name: "features",
        shows: "no warnings with any feature alone",
        needs: &[&CLIPPY],
        run: build_steps::features,
    },
    Step {
        name: "oldest",
        shows: "the oldest versions that manifests allow compile",
        needs: &[&GIT],
        run: build_steps::oldest,
    },
    Step {
        name: "docs",
        shows: "documentation without warnings",
        needs: &[],
        run: build_steps::docs,
    },
    Step {
        name: "package",
        shows: "the packages build as users get them",
        needs: &[],
        run: build_steps::package,
    },
    Step {
        name: "frameworks",
        shows: "the adapters to other frameworks let good pushes through and no forged ones",
        needs: &[],
        run: build_steps::frameworks,
    },
    Step {
        name: "fuzz",
        shows: "the fuzz targets find nothing, seconds each",
        needs: &[&CARGO_FUZZ, &CXX, &OPENSSL],
        run: |root| fuzz::run(root, FUZZ_SECONDS),
    },
];
