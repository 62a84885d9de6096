//! What must hold before a change lands, as named steps.

mod packages;

mod secrets;

mod readme_steps;

mod build_steps;

mod book;

mod deploy_steps;

mod steps;

use std::{path::Path, process::ExitCode, time::Duration};

use anyhow::bail;

use self::steps::{STEPS, Step};

/// Which steps run, and what happens where one cannot.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Steps to run, in the order of `--list`; all if none is named.
    #[arg(value_name = "STEP")]
    steps: Vec<String>,
    /// Lists the steps and what each needs, and runs none.
    #[arg(long)]
    list: bool,
    /// Skips steps whose tools are missing; without this they fail.
    #[arg(long)]
    skip_missing: bool,
    /// Runs the other steps after one has failed.
    #[arg(long)]
    keep_going: bool,
}

enum Outcome {
    Passed(Duration),
    Failed(Duration, String),
    Skipped(String),
    NotRun,
}

/// Runs the steps and prints a table of them.
///
/// # Errors
///
/// A step is named that does not exist.
pub(crate) fn run(root: &Path, options: &Options) -> anyhow::Result<ExitCode> {
    if options.list {
        for step in STEPS {
            let needs: Vec<_> = step.needs.iter().map(|tool| tool.name).collect();
            println!("{:<14} {} [{}]", step.name, step.shows, needs.join(", "));
        }
        return Ok(ExitCode::SUCCESS);
    }
    let known = |name: &str| STEPS.iter().any(|step| step.name == name);
    if let Some(unknown) = options.steps.iter().find(|name| !known(name)) {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        bail!("no step `{unknown}`; there are: {}", names.join(" "));
    }
    let chosen = STEPS.iter().filter(|step| {
        options.steps.is_empty() || options.steps.iter().any(|name| name == step.name)
    });
    let mut outcomes: Vec<(&Step, Outcome)> = Vec::new();
    let mut failed = false;
    for step in chosen {
        let outcome = match failed && !options.keep_going {
            true => Outcome::NotRun,
            false => attempt(root, step, options.skip_missing),
        };
        failed |= matches!(outcome, Outcome::Failed(..));
        outcomes.push((step, outcome));
    }
    println!("\n{}", table(&outcomes));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn attempt(root: &Path, step: &Step, skip_missing: bool) -> Outcome {
    println!("\n== {}: {}", step.name, step.shows);
    let missing: Vec<_> = step.needs.iter().filter(|tool| !tool.is_there()).collect();
    if !missing.is_empty() {
        let cures: Vec<_> = missing
            .iter()
            .map(|tool| format!("{} is missing: {}", tool.name, tool.how_to_get))
            .collect();
        let text = cures.join("; ");
        println!("{text}");
        return match skip_missing {
            true => Outcome::Skipped(text),
            false => Outcome::Failed(Duration::ZERO, text),
        };
    }
    let (result, took) = timed(|| (step.run)(root));
    match result {
        Ok(()) => {
            println!("== {}: {} s", step.name, took.as_secs());
            Outcome::Passed(took)
        }
        Err(error) => {
            println!("== {}: failed: {error:#}", step.name);
            Outcome::Failed(took, format!("{error:#}"))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the times of steps are real ones")]
fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = std::time::Instant::now();
    let result = work();
    (result, start.elapsed())
}

fn table(outcomes: &[(&Step, Outcome)]) -> String {
    let mut lines = Vec::new();
    let mut total = Duration::ZERO;
    for (step, outcome) in outcomes {
        let name = step.name;
        lines.push(match outcome {
            Outcome::Passed(took) => {
                total += *took;
                format!("{name:<14} {:>6} s  passed", took.as_secs())
            }
            Outcome::Failed(took, error) => {
                total += *took;
                format!("{name:<14} {:>6} s  FAILED: {error}", took.as_secs())
            }
            Outcome::Skipped(why) => format!("{name:<14}         skipped: {why}"),
            Outcome::NotRun => format!("{name:<14}         not run"),
        });
    }
    lines.push(format!("{:<14} {:>6} s", "total", total.as_secs()));
    lines.join("\n")
}
