//! The table of steps, cheap ones first.

use std::path::Path;

use super::{book, build_steps, deploy_steps, package_step, readme_steps, secrets, target_steps};
use crate::{
    architecture, dependencies, fixtures, fuzz,
    tool::{
        ARM, BASH, BROWSER_DRIVER, CARGO_DENY, CARGO_FUZZ, CHROMIUM, CLIPPY, CRYPTOGRAPHY, CXX,
        GIT, JSONSCHEMA, LINTERS, MDBOOK, MUSL, MUSL_GCC, NGINX, NODE, NODE_SDK, OLDEST_RUST,
        OPENSSL, PEERS, PYTHON, PYTHON_SDK, PYTHON_SDK_20200401, REDIS_CLI, REDIS_SENTINEL,
        REDIS_SERVER, RUSTFMT, SYSTEMD, Tool, WASM,
    },
};

/// One step.
pub(super) struct Step {
    pub(super) name: &'static str,
    /// What the step shows if it passes.
    pub(super) shows: &'static str,
    /// Without these the step fails.
    pub(super) needs: &'static [&'static Tool],
    /// What not every machine can get: without these the step is told as not run, and not failed.
    pub(super) wants: &'static [&'static Tool],
    pub(super) run: fn(&Path) -> anyhow::Result<()>,
}

/// Seconds of each fuzz target.
const FUZZ_SECONDS: u32 = 10;

pub(super) static STEPS: &[Step] = &[
    Step {
        name: "format",
        shows: "the sources are formatted",
        needs: &[&RUSTFMT],
        wants: &[],
        run: build_steps::format,
    },
    Step {
        name: "architecture",
        shows: "the rules of ARCHITECTURE.md hold",
        needs: &[],
        wants: &[],
        run: architecture::check,
    },
    Step {
        name: "secrets",
        shows: "secrets are compared in constant time",
        needs: &[],
        wants: &[],
        run: secrets::check,
    },
    Step {
        name: "fixtures",
        shows: "the scripts make the committed fixtures",
        needs: &[&PYTHON, &OPENSSL, &JSONSCHEMA],
        wants: &[],
        run: fixtures::remake,
    },
    Step {
        name: "readers",
        shows: "the readers in Python and Node find the signatures of the conformance file right",
        needs: &[&PYTHON, &CRYPTOGRAPHY, &NODE],
        wants: &[],
        run: fixtures::read_by_others,
    },
    Step {
        name: "dependencies",
        shows: "README.md counts the direct dependencies",
        needs: &[],
        wants: &[],
        run: |root| dependencies::check(root, false),
    },
    Step {
        name: "licences",
        shows: "licences, versions and sources of dependencies are allowed",
        needs: &[&CARGO_DENY],
        wants: &[],
        run: build_steps::licences,
    },
    Step {
        name: "deploy",
        shows: "the files to deploy are read by what they are for",
        needs: &[&LINTERS, &SYSTEMD, &NGINX],
        wants: &[],
        run: deploy_steps::check,
    },
    Step {
        name: "test",
        shows: "README's test command",
        needs: &[&BASH],
        wants: &[],
        run: readme_steps::test,
    },
    Step {
        name: "bare-core",
        shows: "the core without features gives the verdicts of the conformance file",
        needs: &[],
        wants: &[],
        run: build_steps::bare_core,
    },
    Step {
        name: "key-operation",
        shows: "30,000 key operations, ours and crypto-bigint's, equal those of rsa; with \
             crypto-bigint every vector has the same verdict",
        needs: &[],
        wants: &[],
        run: build_steps::key_operation,
    },
    Step {
        name: "demo",
        shows: "README's main job",
        needs: &[&BASH],
        wants: &[],
        run: readme_steps::demo,
    },
    Step {
        name: "explain",
        shows: "README's explanation of a push",
        needs: &[&BASH],
        wants: &[],
        run: readme_steps::explain,
    },
    Step {
        name: "push",
        shows: "README's two terminals",
        needs: &[&BASH],
        wants: &[],
        run: readme_steps::push_and_receive,
    },
    Step {
        name: "redis",
        shows: "the tests with a real redis-server",
        needs: &[&REDIS_SERVER, &REDIS_SENTINEL, &REDIS_CLI],
        wants: &[],
        run: build_steps::redis,
    },
    Step {
        name: "page",
        shows: "a person in a real Chromium uses the pages of `local` and of `receive --ui`",
        needs: &[&NODE, &CHROMIUM, &BROWSER_DRIVER],
        wants: &[],
        run: build_steps::page,
    },
    Step {
        name: "book",
        shows: "README and the pages of docs/ are a book whose links lead somewhere",
        needs: &[&MDBOOK],
        wants: &[],
        run: book::book,
    },
    Step {
        name: "peers",
        shows: "services in Node.js and Python accept what the proxy sends, and nothing else",
        needs: &[&NODE, &PEERS],
        wants: &[],
        run: build_steps::peers,
    },
    Step {
        name: "proxy-bench",
        shows: "the bench of the proxy runs: a few requests of each server",
        needs: &[&NODE, &NGINX],
        wants: &[],
        run: build_steps::proxy_bench,
    },
    Step {
        name: "load",
        shows: "eventbridge local under load loses nothing, keeps order, and its memory is flat",
        needs: &[],
        wants: &[],
        run: build_steps::load,
    },
    Step {
        name: "sdks",
        shows: "the vendor's SDKs and aliyun-eventbridge send the same, and eventbridge local \
             takes it, by README's three commands too",
        needs: &[&NODE, &NODE_SDK, &PYTHON_SDK, &PYTHON_SDK_20200401],
        wants: &[],
        run: build_steps::sdks,
    },
    Step {
        name: "clippy",
        shows: "no warnings in any target",
        needs: &[&CLIPPY],
        wants: &[],
        run: build_steps::clippy,
    },
    Step {
        name: "features",
        shows: "no warnings with any feature alone",
        needs: &[&CLIPPY],
        wants: &[],
        run: build_steps::features,
    },
    Step {
        name: "oldest",
        shows: "the oldest versions that manifests allow compile",
        needs: &[&GIT],
        wants: &[],
        run: build_steps::oldest,
    },
    Step {
        name: "msrv",
        shows: "the published packages compile with the oldest Rust that they promise",
        needs: &[],
        wants: &[&OLDEST_RUST],
        run: target_steps::msrv,
    },
    Step {
        name: "targets",
        shows: "the core gives the verdicts of the conformance file as WebAssembly, and compiles \
             for ARM",
        needs: &[&NODE],
        wants: &[&WASM, &ARM],
        run: target_steps::targets,
    },
    Step {
        name: "musl",
        shows: "with musl the program and the function are one static file each; the demo passes",
        needs: &[],
        wants: &[&MUSL, &MUSL_GCC],
        run: target_steps::musl,
    },
    Step {
        name: "docs",
        shows: "documentation without warnings",
        needs: &[],
        wants: &[],
        run: build_steps::docs,
    },
    Step {
        name: "package",
        shows: "the packages build and pass their tests as users get them; the library has 1 MiB",
        needs: &[],
        wants: &[],
        run: package_step::package,
    },
    Step {
        name: "frameworks",
        shows: "the adapters to other frameworks let good pushes through and no forged ones",
        needs: &[],
        wants: &[],
        run: build_steps::frameworks,
    },
    Step {
        name: "fuzz",
        shows: "the fuzz targets find nothing, seconds each",
        needs: &[&CARGO_FUZZ, &CXX, &OPENSSL],
        wants: &[],
        run: |root| fuzz::run(root, FUZZ_SECONDS),
    },
];
