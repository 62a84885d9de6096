//! Options that say where verified pushes go.

use std::path::PathBuf;

use clap::Args;

use super::shown::public_part;
use crate::{
    arguments::lines,
    receive::{
        forward::{Pushes, Requests, Secret, Upstream},
        printer::Print,
    },
    usage::{UsageError, read},
};

/// Where verified pushes go.
#[derive(Args)]
pub struct Forwarding {
    /// Send every verified push to this URL as it arrived: method, body and Content-Type; its facts
    /// are headers named eventbridge-*. The status that comes back is the answer to EventBridge
    #[arg(long, value_name = "URL")]
    forward: Option<String>,
    /// Send each event of a batch alone. Without it a batch goes on as one body
    #[arg(long, requires = "forward")]
    forward_each: bool,
    #[command(flatten)]
    secrets: Secrets,
    /// Send the HTTP requests that are enclosed in events to this server. An event that cannot be
    /// read is answered 422. A batch of which one event fails comes again, and with --dedupe only
    /// that event is sent again
    #[arg(long, value_name = "URL")]
    forward_requests: Option<String>,
    /// TLS roots in addition to the system's, for --forward and --forward-requests
    #[arg(long, value_name = "FILE", value_delimiter = '\n')]
    forward_ca_certificate: Vec<PathBuf>,
    /// Which events are printed: auto prints an event whole unless it was forwarded, and else one
    /// line of its attributes; always prints every event whole; never prints none
    #[arg(long, value_enum, default_value_t = Print::Auto)]
    pub print: Print,
}

/// The secrets of the Standard Webhooks signature.
#[derive(Args)]
pub struct Secrets {
    /// Sign what goes on by the Standard Webhooks specification: whsec_ and base64. Several for
    /// rotation
    #[arg(
        long,
        value_name = "SECRET",
        value_delimiter = '\n',
        hide_env_values = true,
        conflicts_with = "forward_secret_file"
    )]
    forward_secret: Vec<String>,
    /// A file with one such secret on each line
    #[arg(long, value_name = "FILE")]
    forward_secret_file: Option<PathBuf>,
}

impl Forwarding {
    /// Checks the options that do not fit together.
    pub fn check(&self) -> Result<(), UsageError> {
        if self.print == Print::Never && self.forward.is_none() && self.forward_requests.is_none() {
            let reason = "never needs --forward or --forward-requests: events would be lost";
            return Err(UsageError::new("--print", reason));
        }
        match self.secrets.given() {
            Some(option) if self.forward.is_none() => {
                Err(UsageError::new(option, "needs --forward"))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Says where verified pushes and enclosed requests go.
    pub fn words(&self) -> Result<Vec<(&'static str, String)>, UsageError> {
        let mut words = Vec::new();
        if let Some(url) = &self.forward {
            let each = if self.forward_each { ", each event alone" } else { ", as they arrive" };
            let signed = match self.secrets.read()?.len() {
                0 => "not signed".to_owned(),
                1 => "signed with 1 secret".to_owned(),
                count => format!("signed with {count} secrets"),
            };
            words.push(("send pushes on to", format!("{}{each}, {signed}", public_part(url))));
        }
        if let Some(url) = &self.forward_requests {
            words.push(("send enclosed requests on to", public_part(url)));
        }
        Ok(words)
    }

    /// How many connections a push may take beside its own.
    pub fn connections(&self) -> u64 {
        u64::from(self.forward.is_some()) + u64::from(self.forward_requests.is_some())
    }

    /// Where pushes go whole, and where events go one by one.
    pub fn pushes(&self) -> Result<(Option<Pushes>, Option<Pushes>), UsageError> {
        let Some(url) = &self.forward else { return Ok((None, None)) };
        let upstream = Upstream::new("--forward", url, &self.forward_ca_certificate)?;
        let pushes = Some(Pushes::new(upstream, self.secrets.read()?));
        Ok(if self.forward_each { (None, pushes) } else { (pushes, None) })
    }

    /// Where enclosed requests go.
    pub fn requests(&self) -> Result<Option<Requests>, UsageError> {
        let Some(url) = &self.forward_requests else { return Ok(None) };
        let roots = &self.forward_ca_certificate;
        Upstream::new("--forward-requests", url, roots).and_then(Requests::new).map(Some)
    }
}

impl Secrets {
    /// Returns the option that is given.
    pub fn given(&self) -> Option<&'static str> {
        match (&self.forward_secret_file, self.forward_secret.is_empty()) {
            (Some(_), _) => Some("--forward-secret-file"),
            (None, false) => Some("--forward-secret"),
            (None, true) => None,
        }
    }

    /// Reads the secrets; none if no option is given.
    pub fn read(&self) -> Result<Vec<Secret>, UsageError> {
        let (option, given) = match &self.forward_secret_file {
            None => ("--forward-secret", lines(&self.forward_secret)),
            Some(file) => {
                const OPTION: &str = "--forward-secret-file";
                let text = String::from_utf8(read(OPTION, file)?)
                    .map_err(|_| UsageError::new(OPTION, "is not text"))?;
                let lines: Vec<_> = text.lines().map(str::to_owned).collect();
                if lines.is_empty() {
                    return Err(UsageError::new(OPTION, "holds no secret: give one on each line"));
                }
                (OPTION, lines)
            }
        };
        let secret = |(number, text): (usize, &String)| {
            text.parse().map_err(|error| match given.len() {
                1 => UsageError::new(option, error),
                _ => UsageError::new(option, format_args!("secret {}: {error}", number + 1)),
            })
        };
        given.iter().enumerate().map(secret).collect()
    }
}
