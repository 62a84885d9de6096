//! Publishes events of files, standard input and samples to an event bus.
//!
//! Files are read twice: all is checked before anything is sent. What can be read once only is sent
//! as it comes. Memory is bounded, however many events there are.
//!
//! Exit code 0: the service has every event, 1: it does not, 2: bad usage, and nothing was sent.

mod event;
mod inputs;
mod lines;
mod options;
mod send;

use std::process::ExitCode;

pub use event::event;
pub use options::Options;

use crate::usage::{UsageError, program};

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let publisher = options.publisher()?;
    let inputs = options.inputs()?;
    let checked = inputs.check(&publisher)?;
    if options.dry_run {
        eprintln!("{}: checked {checked} events: all can be sent", program());
        return Ok(ExitCode::SUCCESS);
    }
    let reading = inputs.read()?;
    Ok(send::send_all(publisher, reading, options.keep_going).await)
}
