//! Sends captured pushes again: signed by the key of `--dev`, or as the proxy would send them on.
//!
//! ```text
//! cargo run -- replay captures --only-failed --to http://127.0.0.1:8080/eventbridge
//! cargo run -- replay captures/failed-0 --as-forwarded --to http://127.0.0.1:3000/eventbridge
//! ```
//!
//! Exit code 0: every one was answered 2xx, 1: one was not, 2: bad usage.

mod captures;
mod forwarded;
mod options;

use std::{
    io::{self, Write},
    process::ExitCode,
};

pub use options::Options;

use crate::{
    outgoing::Outgoing,
    usage::{UsageError, program},
};

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let requests = options.requests()?;
    let outgoing = Outgoing::new(&options.to)?;
    let (captures, left_out) = options.captures()?;
    let count = captures.len();
    let mut failed = 0_usize;
    for (number, capture) in (1..).zip(&captures) {
        let (headers, body) = requests.of(capture)?;
        let line = match outgoing.post(headers, body).await {
            Ok(status) if status.is_success() => status.to_string(),
            answer => {
                failed = failed.saturating_add(1);
                answer.map_or_else(|error| format!("failed: {error}"), |status| status.to_string())
            }
        };
        // A reader that has seen enough does not stop the replays.
        let _ = writeln!(io::stdout(), "replay {number} of {count}: {}: {line}", capture.name);
    }
    eprintln!("{}: replayed {count}, failed {failed}, left out {left_out}", program());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
