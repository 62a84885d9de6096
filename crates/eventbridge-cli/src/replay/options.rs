//! The command line.

use std::path::PathBuf;

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
    /// message: a file with an event as JSON
    #[arg(value_name = "CAPTURE", required = true)]
    captures: Vec<PathBuf>,
    /// Where to send, http or https; on this machine unless --as-forwarded is given
    #[arg(long, value_name = "URL")]
    pub to: String,
    /// Send as `receive --forward` does: without EventBridge's signature, with the facts as headers
    /// named eventbridge-*
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

/// How a capture becomes a request.
pub enum Requests {
    Signed { key: Box<DevKey>, url: String },
    Forwarded(Box<Forwarded>),
}

impl Options {
    /// Returns what is sent, in order, and how many captures are left out.
    pub fn captures(&self) -> Result<(Vec<Capture>, usize), UsageError> {
        let mut all = Vec::new();
        for path in &self.captures {
            all.extend(captures::found_at(path)?);
        }
        let found = all.len();
        all.retain(|capture| {
            let failed = !self.only_failed || capture.failed();
            failed && self.filter.as_ref().is_none_or(|wanted| capture.types.contains(wanted))
        });
        let left_out = found.saturating_sub(all.len());
        Ok((all, left_out))
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
