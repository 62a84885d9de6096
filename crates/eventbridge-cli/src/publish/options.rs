//! The command line.

use aliyun_eventbridge::publish::{PublishLimits, Publisher};
use clap::{Args, ValueEnum};

use super::inputs::Inputs;
use crate::{
    api::{ApiOptions, ProtocolArg},
    event_edit::{Change, EditError},
    usage::UsageError,
};

/// Publishes events to an event bus.
///
/// Prints a JSON object for each event: index, id, outcome, code. Outcomes are accepted, rejected,
/// invalid, unacknowledged and not_sent. Files are checked before anything is sent. Standard input
/// is sent as it comes: an event of it that breaks a limit has the outcome invalid.
///
/// Ctrl-C ends the reading, waits for the request under way, and says what was not sent.
///
/// Exit code 0: the service has every event, 1: it does not have one, 2: bad usage or a malformed
/// file; nothing was sent then.
#[derive(Args)]
pub struct Options {
    /// A file, - for standard input, text that begins with { or [, or the name of a sample of push
    /// --list. A file has one event, an array of events, or one event on each line
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// The bus; it takes the place of one that an event names [default: the one that the event
    /// names in aliyuneventbusname]
    #[arg(long, value_name = "NAME")]
    bus: Option<String>,
    /// Change a field of every event, data.x=1 for one; the value is JSON if it parses as JSON,
    /// else text. May be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Which of the vendor's size limits hold: smallest, 64 KiB an event and 256 KiB a request, or
    /// newest, 256 KiB and 1 MiB
    #[arg(long, value_enum, default_value_t = LimitsArg::Smallest)]
    limits: LimitsArg,
    /// Go on after a request of which no event was accepted
    #[arg(long)]
    pub keep_going: bool,
    /// Check files, options and credentials, and send nothing; standard input is checked to its end
    #[arg(long)]
    pub dry_run: bool,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Clone, Copy, ValueEnum)]
enum LimitsArg {
    Smallest,
    Newest,
}

impl Options {
    pub fn publisher(&self) -> Result<Publisher, UsageError> {
        let limits = match self.limits {
            LimitsArg::Smallest => PublishLimits::default(),
            LimitsArg::Newest => PublishLimits::newest(),
        };
        let client = self.api.client(ProtocolArg::Openapi)?;
        let publisher = Publisher::new(client).limits(limits).deadline(self.api.time());
        Ok(match &self.bus {
            Some(bus) => publisher.bus(bus),
            None => publisher,
        })
    }

    /// Finds the inputs, and reads the changes.
    pub fn inputs(&self) -> Result<Inputs, UsageError> {
        let wrong = |error: EditError| UsageError::new("--set", error);
        let changes = self.set.iter().map(|text| text.parse::<Change>().map_err(wrong));
        let changes = changes.collect::<Result<Vec<_>, _>>()?;
        Inputs::new(&self.files, changes, self.bus.is_some(), self.dry_run)
    }
}
