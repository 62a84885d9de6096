//! `completions SHELL`: the file that a shell reads to complete subcommands and options.

use std::process::ExitCode;

use clap::{Args, Command};
use clap_complete::Shell;

use crate::terminal;

/// Prints the completions of a shell
///
/// For bash, write them to ~/.local/share/bash-completion/completions/eventbridge.
#[derive(Args)]
pub struct Options {
    /// The shell
    #[arg(value_name = "SHELL", value_enum)]
    shell: Shell,
}

pub fn run(options: &Options, mut program: Command) -> ExitCode {
    let mut script = Vec::new();
    clap_complete::generate(options.shell, &mut program, "eventbridge", &mut script);
    terminal::print_bytes(&script);
    ExitCode::SUCCESS
}
