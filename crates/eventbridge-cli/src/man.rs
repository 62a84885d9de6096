//! `man`: the manual pages of the program and its subcommands, in roff.

use std::{fs, path::PathBuf, process::ExitCode};

use clap::{Args, Command};
use clap_mangen::Man;

use crate::{terminal, usage::UsageError};

/// Prints a manual page; to read it: `eventbridge man receive | man -l -`
#[derive(Args)]
pub struct Options {
    /// The subcommand that the page is about; without one it is about the program
    #[arg(value_name = "SUBCOMMAND")]
    subcommand: Vec<String>,
    /// Write the pages of the program and of each subcommand to this folder, as NAME.1
    #[arg(long, value_name = "DIR", conflicts_with = "subcommand")]
    dir: Option<PathBuf>,
}

pub fn run(options: &Options, program: Command) -> Result<ExitCode, UsageError> {
    let mut program = without_help(program);
    program.build();
    if let Some(folder) = &options.dir {
        let wrong = |error: std::io::Error| {
            let reason = "give a folder that can be written to";
            UsageError::new("--dir", format_args!("{}: {error}: {reason}", folder.display()))
        };
        fs::create_dir_all(folder).map_err(wrong)?;
        clap_mangen::generate_to(program, folder).map_err(wrong)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut command = &program;
    for name in &options.subcommand {
        command = command.find_subcommand(name).ok_or_else(|| {
            let known: Vec<_> = command.get_subcommands().map(Command::get_name).collect();
            let reason = format!("there is no {name:?}: give one of {}", known.join(", "));
            UsageError::new("SUBCOMMAND", reason)
        })?;
    }
    let mut page = Vec::new();
    Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| UsageError::new("SUBCOMMAND", error))?;
    terminal::print_bytes(&page);
    Ok(ExitCode::SUCCESS)
}

/// Leaves the subcommands `help` out: their pages would say what the others say.
fn without_help(command: Command) -> Command {
    command.disable_help_subcommand(true).mut_subcommands(without_help)
}
