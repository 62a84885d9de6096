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

use std::process::ExitCode;

pub use options::Options;

use crate::{
    outgoing::Outgoing,
    terminal::{BAD, GOOD, print, progress, styled},
    usage::{UsageError, program},
};

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let requests = options.requests()?;
    let cure = requests.if_nobody_listens();
    let outgoing = Outgoing::new(&options.to)?.if_nobody_listens(Some(cure));
    let chosen = options.captures()?;
    let count = chosen.captures.len();
    let mut failed = 0_usize;
    let bar = progress(u64::try_from(count).unwrap_or_default());
    for (number, capture) in (1..).zip(&chosen.captures) {
        let (headers, body) = requests.of(capture)?;
        let line = match outgoing.post(headers, body).await {
            Ok(status) if status.is_success() => styled(GOOD, status),
            answer => {
                failed = failed.saturating_add(1);
                styled(
                    BAD,
                    answer.map_or_else(
                        |error| format!("failed: {error}"),
                        |status| status.to_string(),
                    ),
                )
            }
        };
        let line = format!("replay {number} of {count}: {}: {line}\n", capture.name);
        bar.suspend(|| print(&line));
        bar.inc(1);
    }
    bar.finish_and_clear();
    for remark in chosen.remarks(options) {
        eprintln!("{}: {remark}", program());
    }
    let left_out = chosen.left_out;
    eprintln!("{}: replayed {count}, failed {failed}, left out {left_out}", program());
    Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
