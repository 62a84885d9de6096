//! EventBridge on this machine: publish, match, sign, push, try again, dead-letter.
//!
//! docs/local.md shows it in three commands.
//!
//! Exit code 0: stopped after SIGTERM or SIGINT, 1: could not listen or use its state, 2: bad
//! usage.

mod members;

mod description;

mod options;

use std::{
    error::Error as _,
    io::{self, Write as _},
    process::ExitCode,
};

use eventbridge_local::{
    StartErrorKind,
    observe::{Observer, Seen},
};

pub use options::Options;

use crate::{
    stop_signal::StopSignal,
    ui,
    usage::{UsageError, bind_problem, print_warnings, program},
};

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let mut stop = StopSignal::new();
    // Each push is an open file, and many systems give a program 1,024 unless it asks.
    let _ = rlimit::increase_nofile_limit(u64::MAX);
    let bridge = match options.builder()?.pages(ui::local::pages).start().await {
        Ok(bridge) => bridge,
        Err(error) => {
            let option = match error.kind() {
                StartErrorKind::Listen => {
                    let cause = error.source().and_then(|cause| cause.downcast_ref());
                    eprintln!(
                        "{}",
                        match cause {
                            Some(cause) => bind_problem("--listen", options.listen, cause),
                            None => format!("{}: --listen: {error}", program()),
                        }
                    );
                    return Ok(ExitCode::FAILURE);
                }
                StartErrorKind::State => {
                    eprintln!("{}: --state: {error}", program());
                    return Ok(ExitCode::FAILURE);
                }
                StartErrorKind::TargetRoots => "--target-ca-certificate",
                StartErrorKind::Resource => "--rules",
                StartErrorKind::Setting | _ => "options that do not fit together",
            };
            return Err(UsageError::new(option, error));
        }
    };
    eprintln!("listening on {}", bridge.address());
    eprint!("{}", options.lines(bridge.address()));
    print_warnings();
    if options.observe {
        tokio::spawn(print(bridge.observer()));
    }
    stop.asked().await;
    bridge.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Prints what happens, one JSON line each. A reader that is too slow is told what it missed.
async fn print(observer: Observer) {
    let mut seen = observer.subscribe();
    while let Some(seen) = seen.next().await {
        let line = match seen {
            Seen::Observation(observation) => serde_json::to_string(&*observation),
            Seen::Missed(number) => Ok(format!(r#"{{"kind":"missed","number":{number}}}"#)),
            _ => continue,
        };
        // Whoever stopped reading wants no more lines.
        if line.is_ok_and(|line| writeln!(io::stdout(), "{line}").is_err()) {
            return;
        }
    }
}
