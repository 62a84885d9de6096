//! Steps for other targets, and with an older compiler.

use std::path::Path;

use anyhow::bail;

use super::{build_steps::CONFORMANCE, packages};
use crate::command;

const LIBRARY: &str = "tower-eventbridge";
const PROGRAM: &str = "eventbridge-cli";
const FUNCTION: &str = "aliyun-fc-runtime";
const FUNCTION_FILE: &str = "examples/custom_runtime";

/// What compiles for every target: the core, and the features that need no operating system.
const PORTABLE: [&str; 2] = ["", "crypto-bigint,envelope,events,metrics,tracing"];

const WASM: &str = "wasm32-unknown-unknown";
const ARM: &str = "aarch64-unknown-linux-gnu";
const MUSL: &str = "x86_64-unknown-linux-musl";

/// Runs a program that was compiled for WebAssembly and imports nothing; its code is the exit code.
const RUN_WASM: &str = "WebAssembly.instantiate(require('fs').readFileSync(process.argv[1]), {})\
    .then(({ instance }) => process.exit(instance.exports.main(0, 0)))";

/// Checks the published packages with the oldest compiler that they promise, all their features.
pub(super) fn msrv(root: &Path) -> anyhow::Result<()> {
    let words =
        concat!("run ", env!("CARGO_PKG_RUST_VERSION"), " cargo check --locked --lib --bins");
    let mut run = command::run(root, "rustup").words(words).arg("--all-features");
    for package in packages::published(root)? {
        run = run.arg("-p").arg(package.name.as_str());
    }
    run.status()
}

/// Runs the conformance file as WebAssembly, and checks what is portable for two targets.
pub(super) fn targets(root: &Path) -> anyhow::Result<()> {
    let build = command::run(root, "cargo").words("build --locked -p").arg(CONFORMANCE);
    build.words("--example verdicts --target").arg(WASM).status()?;
    let program = root.join("target").join(WASM).join("debug/examples/verdicts.wasm");
    command::run(root, "node").arg("-e").arg(RUN_WASM).arg(program).status()?;
    for target in [WASM, ARM] {
        for features in PORTABLE {
            let check = command::run(root, "cargo").words("check --locked --lib -p").arg(LIBRARY);
            let check = check.words("--no-default-features --features").arg(features);
            check.arg("--target").arg(target).status()?;
        }
    }
    Ok(())
}

/// Builds the program and the function of the example as one static file each, and runs the
/// program's demo.
pub(super) fn musl(root: &Path) -> anyhow::Result<()> {
    let built = root.join("target").join(MUSL).join("debug");
    let files = [(PROGRAM, "--bins", "eventbridge"), (FUNCTION, "--examples", FUNCTION_FILE)];
    for (package, what, file) in files {
        let build = command::run(root, "cargo").words("build --locked -p").arg(package).arg(what);
        // Nothing here runs for long: unoptimized dependencies compile in half the time.
        let build = build.arg("--config").arg("profile.dev.package.\"*\".opt-level=0");
        build.arg("--target").arg(MUSL).status()?;
        let needed = command::run(root, "ldd").arg(built.join(file)).output()?;
        if !needed.contains("statically linked") {
            bail!("{file} needs libraries of the system: {needed}");
        }
    }
    let program = built.join("eventbridge");
    command::run(root, &program.display().to_string()).arg("demo").status()
}
