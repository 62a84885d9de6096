//! The command line.

use std::{collections::BTreeSet, path::PathBuf};

use bytes::Bytes;
use clap::Args;
use http::{HeaderMap, header};
use tower_eventbridge::clock::{Clock, SystemClock};

use super::{
    captures::{self, Capture},
    forwarded::Forwarded,
};
use crate::{
    dev::{self, DevKey},
    receive::Secrets,
    usage::UsageError,
};

/// Sends captured pushes again: to `receive --dev`, signed by the same key, or as the proxy sends
/// them on.
///
/// Prints one line for each. Exit code 0: all were answered 2xx, 1: one was not, 2: bad usage.
/// Options are also read from EVENTBRIDGE_<OPTION> and from the file of --config. A variable that
/// is empty, or of white space only, is not given.
#[derive(Args)]
pub struct Options {
    /// What `receive --capture-dir` wrote: a folder, whose captures are sent in the order in which
    /// they arrived, or one capture, by its name or by one of its two files. Or a dead-letter
    /// message: a file with an event as JSON, or what `eventbridge local` answers for
    /// /local/dead-letters
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,
    /// Where to send, http or https; on this machine unless --as-forwarded is given
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// Send as `receive --forward` does: without EventBridge's signature, with the facts as headers
    /// named eventbridge-*. A capture of a push that was rejected is left out
    #[arg(long)]
    as_forwarded: bool,
    #[command(flatten)]
    secrets: Secrets,
    /// Only pushes with an event of this type
    #[arg(long, value_name = "TYPE")]
    filter: Option<String>,
    /// Only captures of which the handler failed, and dead-letter messages
    #[arg(long)]
    only_failed: bool,
    /// The URL that is signed; default: the one that `receive --dev` accepts; with --as-forwarded
    /// the one of the capture, or of --to if the capture names none
    #[arg(long, value_name = "URL")]
    sign_as: Option<String>,
}

/// What of the captures is sent.
#[derive(Default)]
pub struct Chosen {
    pub captures: Vec<Capture>,
    /// How many are not sent, for whatever reason.
    pub left_out: usize,
    /// How many are not sent because they were rejected when they were captured.
    pub rejected: usize,
    /// The types of events that could be asked for.
    types: BTreeSet<String>,
}

impl Chosen {
    /// Tells why less is sent than was given, in a line each.
    pub fn remarks(&self, options: &Options) -> Vec<String> {
        let mut remarks = Vec::new();
        if self.rejected > 0 {
            remarks.push(format!("{} left out: {REJECTED}", self.rejected));
        }
        if let Some(wanted) = options.filter.as_ref().filter(|wanted| !self.types.contains(*wanted))
        {
            let types: Vec<_> = self.types.iter().take(TYPES_SHOWN).map(String::as_str).collect();
            let found = if types.is_empty() { "none".to_owned() } else { types.join(", ") };
            remarks.push(format!("--filter: no event has the type {wanted:?}; found: {found}"));
        }
        remarks
    }
}

/// How a capture becomes a request.
pub enum Requests {
    Signed { key: Box<DevKey>, url: String },
    Forwarded(Box<Forwarded>),
}

impl Options {
    /// Returns what is sent, in order.
    pub fn captures(&self) -> Result<Chosen, UsageError> {
        let mut chosen = Chosen::default();
        for path in &self.captures {
            let found = captures::found_at(path)?;
            if self.as_forwarded && !path.is_dir() && found.iter().any(Capture::is_rejected) {
                return Err(UsageError::new(
                    "CAPTURE",
                    format_args!("{}: {REJECTED}", path.display()),
                ));
            }
            chosen.captures.extend(found);
        }
        let found = chosen.captures.len();
        if self.as_forwarded {
            chosen.captures.retain(|capture| !capture.is_rejected());
            chosen.rejected = found.saturating_sub(chosen.captures.len());
        }
        for event_type in chosen.captures.iter().flat_map(|capture| &capture.types) {
            chosen.types.insert(event_type.clone());
        }
        chosen.captures.retain(|capture| {
            let failed = !self.only_failed || capture.failed();
            failed && self.filter.as_ref().is_none_or(|wanted| capture.types.contains(wanted))
        });
        chosen.left_out = found.saturating_sub(chosen.captures.len());
        Ok(chosen)
    }

    /// Reads the key and the secrets.
    pub fn requests(&self) -> Result<Requests, UsageError> {
        if self.as_forwarded {
            let secrets = self.secrets.read()?;
            let url = self.sign_as.clone();
            let forwarded = Forwarded::new(DevKey::load()?, secrets, url, self.to.clone());
            return Ok(Requests::Forwarded(Box::new(forwarded)));
        }
        if let Some(option) = self.secrets.given() {
            return Err(UsageError::new(option, "needs --as-forwarded"));
        }
        let accepted = dev::signed_url(&self.to)?;
        let url = self.sign_as.clone().unwrap_or(accepted);
        Ok(Requests::Signed { key: Box::new(DevKey::load()?), url })
    }
}

impl Requests {
    /// Says what to do about a refused connection.
    pub fn if_nobody_listens(&self) -> String {
        let what = match self {
            Self::Signed { .. } => "start `eventbridge receive --dev`",
            Self::Forwarded(_) => "start the service",
        };
        format!("nobody listens there: {what}, or give its URL by --to")
    }

    /// Makes the request of a capture.
    pub fn of(&self, capture: &Capture) -> Result<(HeaderMap, Bytes), UsageError> {
        let body = capture.body()?;
        let (key, url) = match self {
            Self::Forwarded(forwarded) => return forwarded.request(capture, body),
            Self::Signed { key, url } => (key, url),
        };
        let push = key.signer.push(url).token(&key.token).body(body);
        let request = push
            .sign(SystemClock::new().now())
            .map_err(|error| UsageError::new("--sign-as", error))?;
        let (mut parts, body) = request.into_parts();
        if let Some(content_type) = capture.content_type() {
            parts.headers.insert(header::CONTENT_TYPE, content_type.clone());
        }
        Ok((parts.headers, body))
    }
}

const REJECTED: &str = "was rejected when it arrived, so --as-forwarded does not vouch for it: \
    without --as-forwarded a receiver on this machine gets it";
/// The most types that a remark lists.
const TYPES_SHOWN: usize = 8;
