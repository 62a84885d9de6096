//! The rule and HTTPS target that a receiver needs: what would change, and the change.
//!
//! The description is the table `[provision]` of the receiver's own file.
//!
//! Exit code 0: planned or done, 1: failed, 2: bad usage; with --detailed-exitcode also 2: there
//! are changes.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
    process::ExitCode,
};

use aliyun_eventbridge::{
    provision::{self, Change, Line, Plan, ProvisionError, Wanted},
    secret::Secret,
};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    api::{ApiOptions, Problem, ProtocolArg, ended, with_cure},
    arguments::lines,
    config_error::chain,
    mistakes::{line_number, of_toml},
    origins::comes_before,
    usage::{UsageError, read},
};

/// Sets up the rule and target that push to a receiver of this program.
///
/// The table [provision] of the file says what is wanted. URL and token are those of the receiver,
/// its settings endpoint and token-file or token, unless the table has its own. Other rules, other
/// targets of the rule and members that this program does not know stay as they are.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Prints what would change, and changes nothing
    ///
    /// Exit code 0: planned, 1: a call failed, 2: bad usage. With --detailed-exitcode 2 says also
    /// that there are changes.
    Plan {
        #[command(flatten)]
        description: Description,
        /// Exit with 2 if there are changes, as terraform does
        #[arg(long)]
        detailed_exitcode: bool,
    },
    /// Makes it so, and prints what was changed; a second time nothing is left to do
    ///
    /// Exit code 0: all is as wanted, 1: a call failed, 2: bad usage.
    Apply {
        #[command(flatten)]
        description: Description,
    },
}

#[derive(Args)]
struct Description {
    /// The receiver's file, TOML, with a table [provision]
    #[arg(long, value_name = "FILE", env = "EVENTBRIDGE_CONFIG")]
    config: PathBuf,
    /// The URL of the receiver, as it is signed
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = '\n')]
    endpoint: Vec<String>,
    /// The token of the target; of several the first
    #[arg(
        long,
        value_name = "TOKEN",
        num_args = 1..,
        value_delimiter = '\n',
        hide_env_values = true,
    )]
    token: Vec<String>,
    /// A file with one token on each line; the first is the target's
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Print the changes as one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    api: ApiOptions,
}

/// What is read here of the receiver's file. Its other keys are options, and come as such.
#[derive(Deserialize)]
struct File {
    provision: Option<Wanted>,
}

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    match &options.action {
        Action::Apply { description } => ended(apply(description).await),
        Action::Plan { description, detailed_exitcode } => match plan(description).await {
            Err(problem) => ended(Err(problem)),
            Ok(true) if *detailed_exitcode => Ok(ExitCode::from(2)),
            Ok(_) => Ok(ExitCode::SUCCESS),
        },
    }
}

/// Prints the plan. Returns whether there are changes.
async fn plan(description: &Description) -> Result<bool, Problem> {
    let wanted = description.wanted()?;
    let client = description.api.client(ProtocolArg::Api20200401)?;
    let plan = provision::plan(&client, &wanted).await.map_err(problem)?;
    description.print(&plan, false);
    Ok(!plan.is_empty())
}

async fn apply(description: &Description) -> Result<(), Problem> {
    let wanted = description.wanted()?;
    let client = description.api.client(ProtocolArg::Api20200401)?;
    let plan = provision::plan(&client, &wanted).await.map_err(problem)?;
    if let Err(error) = provision::apply(&client, &plan).await {
        description.print(&plan, false);
        return Err(match problem(error) {
            Problem::Usage(error) => Problem::Usage(error),
            Problem::Call(error) => Problem::Failed(format!("{}; {REST}", with_cure(&error))),
            Problem::Failed(text) => Problem::Failed(format!("{text}; {REST}")),
        });
    }
    description.print(&plan, true);
    Ok(())
}

impl Description {
    fn wanted(&self) -> Result<Wanted, UsageError> {
        let file = self.read()?;
        let name = self.config.display();
        let wrong = |reason: String| UsageError::new(CONFIG, format_args!("{name}: {reason}"));
        let mut wanted = file.provision.ok_or_else(|| {
            wrong("has no table [provision]: give one with rule and pattern at least".to_owned())
        })?;
        if wanted.url.is_empty() {
            wanted.url = url(&lines(&self.endpoint)).map_err(wrong)?;
        }
        if wanted.token.expose().is_empty() {
            let tokens = match &self.token_file {
                Some(file) if self.token.is_empty() || comes_before("--token-file", "--token") => {
                    tokens_in(file)?
                }
                Some(_) | None => lines(&self.token),
            };
            let token = tokens.into_iter().find(|token| !token.is_empty()).ok_or_else(|| {
                wrong(
                    "has no token: give the receiver's token-file, or EVENTBRIDGE_TOKEN".to_owned(),
                )
            })?;
            wanted.token = Secret::from(token);
        }
        wanted.check().map_err(|error| wrong(format!("[provision]: {error}")))?;
        Ok(wanted)
    }

    fn read(&self) -> Result<File, UsageError> {
        let name = self.config.display();
        let wrong = |reason: String| UsageError::new(CONFIG, format_args!("{name}: {reason}"));
        let text = String::from_utf8(read(CONFIG, &self.config)?)
            .map_err(|_| wrong("is not UTF-8".to_owned()))?;
        toml::from_str(&text).map_err(|error| {
            // Its own text shows the line, which may hold a token.
            let start = error.span().map_or(0, |span| span.start);
            let (line, reason) =
                (line_number(&text, start), of_toml(&text, start, error.message()));
            wrong(format!("line {line}: {reason}"))
        })
    }

    fn print(&self, plan: &Plan, done: bool) {
        let text = if self.json {
            let changes: Vec<Value> = plan.changes().iter().map(change).collect();
            json!({"applied": done, "empty": plan.is_empty(), "changes": changes}).to_string()
        } else if done && !plan.is_empty() {
            format!("{plan}\ndone: {}", counted(plan.changes().len()))
        } else {
            plan.to_string()
        };
        // A reader that has seen enough is not an error.
        let _ = writeln!(io::stdout(), "{text}");
    }
}

fn counted(changes: usize) -> String {
    if changes == 1 { "1 change".to_owned() } else { format!("{changes} changes") }
}

/// The receiver's URL, if it has exactly one with a path.
fn url(endpoints: &[String]) -> Result<String, String> {
    match endpoints {
        [one] if one.split_once("://").is_some_and(|(_, rest)| rest.contains('/')) => {
            Ok(one.clone())
        }
        [one] => Err(format!("endpoint {one} is an origin: give the URL by [provision] url")),
        [] => Err("has no URL: give the receiver's endpoint, or [provision] url".to_owned()),
        _ => Err("has several endpoints: give the URL by [provision] url".to_owned()),
    }
}

fn tokens_in(file: &Path) -> Result<Vec<String>, UsageError> {
    let text = String::from_utf8(read("--token-file", file)?)
        .map_err(|_| UsageError::new("--token-file", "is not text"))?;
    Ok(text.lines().map(str::to_owned).collect())
}

fn change(change: &Change) -> Value {
    let (action, lines) = match change {
        Change::CreateBus => ("create_bus", &[][..]),
        Change::CreateRule(lines) => ("create_rule", lines.as_slice()),
        Change::UpdateRule(lines) => ("update_rule", lines.as_slice()),
        Change::CreateTarget(lines) => ("create_target", lines.as_slice()),
        Change::UpdateTarget(lines) => ("update_target", lines.as_slice()),
        _ => ("other", &[][..]),
    };
    let line = |line: &Line| json!({"name": line.name, "is": line.is, "wanted": line.wanted});
    json!({"action": action, "lines": lines.iter().map(line).collect::<Vec<_>>()})
}

fn problem(error: ProvisionError) -> Problem {
    let text = chain(&error);
    match error {
        ProvisionError::Invalid(field) => {
            Problem::Usage(UsageError::new(CONFIG, format_args!("[provision]: {field}")))
        }
        ProvisionError::Call(error) => Problem::from(error),
        ProvisionError::Target(_) | ProvisionError::NoRoom | ProvisionError::Quota(_) | _ => {
            Problem::Failed(text)
        }
    }
}

const CONFIG: &str = "--config";
const REST: &str = "`eventbridge provision plan` shows what is left to do";
