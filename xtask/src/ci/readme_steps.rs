//! The commands that README.md shows, run as they stand there.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Stdio},
    sync::mpsc,
    time::Duration,
};

use anyhow::{Context, bail};

use crate::{command, readme};

/// The commands begin with their token.
const TOKEN: &str = "EVENTBRIDGE_TOKEN=";
/// How long the receiver may take to be built and to listen.
const UNTIL_LISTENING: Duration = Duration::from_secs(900);

fn run_shown(root: &Path, begins: &str, contains: &[&str]) -> anyhow::Result<()> {
    let shown = readme::command(root, begins, contains)?;
    println!("{shown}");
    command::run(root, "bash").arg("-c").arg(shown).status()
}

pub(super) fn test(root: &Path) -> anyhow::Result<()> {
    run_shown(root, "cargo test", &[])
}

pub(super) fn demo(root: &Path) -> anyhow::Result<()> {
    run_shown(root, "cargo run", &["demo"])
}

pub(super) fn explain(root: &Path) -> anyhow::Result<()> {
    run_shown(root, "cargo run", &["explain"])
}

/// Receives in one process what another pushes: one good push, and one whose body is tampered with.
pub(super) fn push_and_receive(root: &Path) -> anyhow::Result<()> {
    let receive = readme::command(root, TOKEN, &["receive", "--listen", "--endpoint"])?;
    let push = readme::command(root, TOKEN, &["push", "--to"])?;
    println!("{receive}");
    let run = command::run(root, "bash").arg("-c").arg(format!("exec env {receive}"));
    let mut command = run.into_command();
    let mut receiver = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
    let pushed = wait_until_listening(&mut receiver).and_then(|()| push_twice(root, &push));
    let lines = end(receiver)?;
    pushed?;
    if lines != 1 {
        bail!("the receiver must print one event, and printed {lines} lines");
    }
    Ok(())
}

fn push_twice(root: &Path, push: &str) -> anyhow::Result<()> {
    command::run(root, "bash").arg("-c").arg(push).status()?;
    let tampered = format!("{push} --tamper body");
    if command::run(root, "bash").arg("-c").arg(tampered).status().is_ok() {
        bail!("a tampered push was accepted");
    }
    Ok(())
}

fn wait_until_listening(receiver: &mut Child) -> anyhow::Result<()> {
    let log = receiver.stderr.take().context("the receiver's log")?;
    let (listening, heard) = mpsc::channel();
    // Ends with the receiver.
    std::thread::spawn(move || {
        for line in BufReader::new(log).lines().map_while(Result::ok) {
            eprintln!("{line}");
            if line.starts_with("listening on") && listening.send(()).is_err() {
                return;
            }
        }
    });
    heard.recv_timeout(UNTIL_LISTENING).context("the receiver never listened")
}

/// Ends the receiver as a service manager does, and returns how many lines it printed.
fn end(mut receiver: Child) -> anyhow::Result<usize> {
    let pid = receiver.id().to_string();
    std::process::Command::new("kill").args(["-TERM", &pid]).status().context("kill")?;
    let mut printed = String::new();
    if let Some(mut stdout) = receiver.stdout.take() {
        stdout.read_to_string(&mut printed)?;
    }
    let status = receiver.wait()?;
    print!("{printed}");
    if !status.success() {
        bail!("the receiver: {status}");
    }
    Ok(printed.lines().count())
}
