//! The checks of the workspace, and what else a developer runs. Installs nothing.

#![forbid(unsafe_code)]

mod violation;

mod tree;

mod markdown;

mod command;

mod tool;

mod readme;

mod architecture;

mod dependencies;

mod fixtures;

mod fuzz;

mod ci;

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
    /// Runs what must hold before a change lands, step by step, with the time of each.
    Ci(ci::Options),
    /// Compares the trees of dependencies with README.md and docs/dependencies.md.
    Dependencies {
        /// Writes docs/dependencies.md.
        #[arg(long)]
        write: bool,
    },
    /// Makes the fixtures in target/fixtures-remade and compares them with the committed ones.
    Fixtures,
    /// Runs each fuzz target for some seconds.
    Fuzz {
        /// Seconds of each target.
        #[arg(default_value_t = 20)]
        seconds: u32,
    },
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
        Task::Architecture => {
            let violations = architecture::report(&root)?;
            return Ok(if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Task::Ci(options) => return ci::run(&root, options),
        Task::Dependencies { write } => dependencies::check(&root, *write)?,
        Task::Fixtures => fixtures::remake(&root)?,
        Task::Fuzz { seconds } => fuzz::run(&root, *seconds)?,
    }
    Ok(ExitCode::SUCCESS)
}
