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

use tower_eventbridge::{ConfigError, Rejection};

pub use self::{
    options::{Options, from_millis},
    replay::{Accepted, Capture, Setup, Tokens},
    report::Report,
};
use crate::{config_error, terminal, usage::UsageError};

pub fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let key = options.dev_key()?;
    let capture = options.capture(key.as_ref())?;
    let setup = options.setup(&capture, key.as_ref())?;
    options.check_missing()?;
    let outcome = replay::replay(&setup, &capture)
        .map_err(|error| config_error::of_config_error(&error, &LABELS))?;
    let found = near_miss::find(&setup, &capture, &outcome);
    let report = Report::new(&setup, &capture, &outcome, found);
    let text = if options.json { report.to_json() } else { report.to_text() };
    terminal::print(&text);
    Ok(if outcome.verdict.is_ok() { ExitCode::SUCCESS } else { ExitCode::from(1) })
}

/// What can be said of a push beside its verdict.
pub struct Explained {
    pub report: Report,
    /// What was signed before the body, once for each URL that the push can be for.
    pub signed: Vec<Vec<u8>>,
    /// Whether the certificate is there that the push names: without one nothing matches.
    pub has_certificate: bool,
}

/// Explains a verdict that a receiver has given. Near misses need the whole body.
pub fn of_verdict(
    setup: &Setup,
    capture: &Capture,
    verdict: Result<Accepted, Rejection>,
    has_body: bool,
) -> Result<Explained, ConfigError> {
    let found_out = replay::replay(setup, capture)?;
    let outcome = replay::Outcome { verdict, ..found_out };
    let found = match has_body {
        true => near_miss::find(setup, capture, &outcome),
        false => near_miss::Found { near_misses: Vec::new(), complete: true },
    };
    let report = Report::new(setup, capture, &outcome, found);
    let signed = outcome.head.map(|head| head.signed).unwrap_or_default();
    Ok(Explained { report, signed, has_certificate: setup.names_certificate(capture) })
}

const LABELS: config_error::Labels =
    config_error::Labels { token: "--token", certificate_url: "--certificate" };
