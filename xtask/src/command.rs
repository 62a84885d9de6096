//! Commands of this workspace, each shown before it runs.

use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

/// A command that runs in the root of the workspace.
pub(crate) struct Run {
    command: Command,
}

/// Makes a command for this program. `cargo` is the one that runs this program.
pub(crate) fn run(root: &Path, program: &str) -> Run {
    let cargo = || std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from);
    let mut command = match program {
        "cargo" => Command::new(cargo()),
        program => Command::new(program),
    };
    // One folder for all that is built, also for packages that cargo unpacks.
    command.current_dir(root).env("CARGO_TARGET_DIR", root.join("target"));
    // Set for this program by cargo; they are no settings of the commands.
    for variable in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "RUSTUP_TOOLCHAIN_SOURCE"] {
        command.env_remove(variable);
    }
    Run { command }
}

impl Run {
    /// Adds arguments, split at spaces.
    pub(crate) fn words(mut self, words: &str) -> Self {
        self.command.args(words.split_whitespace());
        self
    }

    pub(crate) fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.command.arg(argument);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Runs the command, its output unchanged.
    ///
    /// # Errors
    ///
    /// It cannot be started, or does not exit with 0.
    pub(crate) fn status(mut self) -> anyhow::Result<()> {
        let shown = self.show();
        let status = self.command.status().with_context(|| format!("starting {shown}"))?;
        if !status.success() {
            bail!("{shown}: {status}");
        }
        Ok(())
    }

    /// Runs the command and returns its standard output.
    ///
    /// # Errors
    ///
    /// It cannot be started, does not exit with 0, or prints other bytes than UTF-8.
    pub(crate) fn output(mut self) -> anyhow::Result<String> {
        let shown = self.show();
        let stdout = self.command.stderr(Stdio::inherit()).output();
        let output = stdout.with_context(|| format!("starting {shown}"))?;
        if !output.status.success() {
            bail!("{shown}: {}", output.status);
        }
        String::from_utf8(output.stdout).with_context(|| format!("output of {shown}"))
    }

    /// Returns the command itself, for what neither of the above does.
    pub(crate) fn into_command(self) -> Command {
        self.command
    }

    fn show(&self) -> String {
        let program = Path::new(self.command.get_program());
        let mut shown = program.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for argument in self.command.get_args() {
            shown.push(' ');
            shown.push_str(&argument.to_string_lossy());
        }
        println!("$ {shown}");
        shown
    }
}
