//! The checks of the workspace, and what else a developer runs. Installs nothing.

#![forbid(unsafe_code)]

mod violation;

mod tree;

mod architecture;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Parser, Subcommand};

/// Checks the workspace and makes what is generated. Installs nothing.
#[derive(Parser)]
#[command(name = "cargo xtask", disable_help_subcommand = true)]
struct Arguments {
    /// Root of the workspace; by default the one that this program was built from.
    #[arg(long, global = true, value_name = "FOLDER")]
    root: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Checks import rules, lengths of files and lines, and links; prints every violation.
    Architecture,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let root = match &arguments.root {
        Some(root) => root.clone(),
        None => PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".."),
    };
    let root = root.canonicalize().with_context(|| format!("no folder {}", root.display()))?;
    match &arguments.task {
        Task::Architecture => architecture::run(&root),
    }
}
