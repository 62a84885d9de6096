//! Replays a captured push offline, stage by stage, and says what would have matched if it does
//! not.
//!
//! ```text
//! cargo run -- explain --head fixtures/signature/real-push/head \
//!     --body fixtures/signature/real-push/body \
//!     --endpoint http://127.0.0.1:8080/cloudevents --any-tenant --certificate \
//!     https://cn-hangzhou-eventbridge.oss-cn-hangzhou.aliyuncs.com/x509_public_certificate_2021012101.pem=fixtures/keys/x509_public_certificate_2021012101.pem
//! ```
//!
//! Exit code 0: accepted, 1: rejected, 2: bad usage. Nothing is fetched.

pub mod head_file;

mod replay;

mod options;

mod near_miss;

mod report;

use std::process::ExitCode;

pub use options::Options;

use crate::{config_error, terminal, usage::UsageError};

pub fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let key = options.dev_key()?;
    let capture = options.capture(key.as_ref())?;
    let setup = options.setup(&capture, key.as_ref())?;
    options.check_missing()?;
    let outcome = replay::replay(&setup, &capture)
        .map_err(|error| config_error::of_config_error(&error, &LABELS))?;
    let found = near_miss::find(&setup, &capture, &outcome);
    let report = report::Report::new(&setup, &capture, &outcome, found);
    let text = if options.json { report.to_json() } else { report.to_text() };
    terminal::print(&text);
    Ok(if outcome.verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

const LABELS: config_error::Labels =
    config_error::Labels { token: "--token", certificate_url: "--certificate" };
