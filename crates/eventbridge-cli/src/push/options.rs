//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::SystemTime};

use aliyun_eventbridge::targets::PushRetryStrategy;
use clap::{Args, ValueEnum, value_parser};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, Push},
};

use super::{
    bodies::{self, Bodies},
    schedule::Schedule,
    send::Sender,
};
use crate::{
    event_edit::{Change, EditError},
    outgoing::Outgoing,
    samples,
    signing::{FormArg, SchemeArg},
    usage::{UsageError, read},
};

/// Signs events as Alibaba Cloud EventBridge does and pushes them to a receiver.
///
/// Prints one line for each push. Exit code 0: all were answered 2xx, 1: one was not, 2: bad usage.
/// Options are also read from EVENTBRIDGE_<OPTION> and from the file of --config. A variable that
/// is empty, or of white space only, is not given.
#[derive(Args)]
pub struct Options {
    /// A sample event, by its name; its id and time are made new. --list shows all
    #[arg(value_name = "SAMPLE", conflicts_with = "event")]
    sample: Option<String>,
    /// Print the names of the samples and end
    #[arg(long)]
    pub list: bool,
    /// Push to `eventbridge receive --dev`, signed by the same key of this user's own: no other
    /// option is needed
    #[arg(long)]
    pub(super) dev: bool,
    /// Change a field of the event, data.x=1 for one; the value is JSON if it parses as JSON, else
    /// text. May be repeated
    #[arg(long, value_name = "PATH=VALUE")]
    set: Vec<String>,
    /// Where to push, http or https [default with --dev: http://127.0.0.1:8080/eventbridge]
    #[arg(long, value_name = "URL")]
    pub(super) to: Option<String>,
    /// The URL that is signed; default: the one of --to, as it stands; with --dev the one that its
    /// receiver accepts
    #[arg(long, value_name = "URL")]
    pub(super) sign_as: Option<String>,
    /// The token of the target
    #[arg(long, value_name = "TOKEN", hide_env_values = true)]
    pub(super) token: Option<String>,
    /// Push without a token
    #[arg(long)]
    pub(super) no_token: bool,
    /// Which signatures a push carries
    #[arg(long, value_enum, default_value_t = SchemeArg::V2)]
    scheme: SchemeArg,
    /// The form of the string to sign
    #[arg(long, value_enum, default_value_t = FormArg::Reference)]
    form: FormArg,
    /// The private RSA key that signs, in PEM (PKCS#1 or PKCS#8)
    #[arg(long, value_name = "PEM")]
    pub(super) key: Option<PathBuf>,
    /// Where the key's certificate is said to be
    #[arg(long, value_name = "URL")]
    pub(super) certificate_url: Option<String>,
    /// The event, byte for byte unless --set changes it; default: a small event, with a new id each
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// How many pushes
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = value_parser!(u32).range(1..),
    )]
    count: u32,
    /// How many pushes are under way at once
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = value_parser!(u16).range(1..),
    )]
    concurrency: u16,
    /// On what schedule a push that is not answered 2xx is tried again, signed anew
    #[arg(long, value_enum, default_value_t = RetryArg::None)]
    retry: RetryArg,
    /// How many times faster than EventBridge's the schedule runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true)]
    time_scale: f64,
    /// Spoil each push in one way
    #[arg(long, value_enum)]
    tamper: Option<Tamper>,
    /// Serve the key's certificate here, over TLS for the host of --certificate-url, under the test
    /// root crates/eventbridge-cli/test_root.pem, until all is pushed
    #[arg(long, value_name = "ADDR")]
    pub serve_certificate: Option<SocketAddr>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum RetryArg {
    /// Three times, 10 to 20 s apart: the default of EventBridge
    Backoff,
    /// 176 times over a day: after 1, 2, 4 … 512 s, then every 512 s
    Exponential,
    /// Not at all
    None,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Tamper {
    /// One bit of the body
    Body,
    /// One bit of the signature
    Signature,
    /// Another token, signed
    Token,
    /// Signed ten minutes ago
    Timestamp,
    /// v1 only: random octets for the wrapped secret
    Secret,
    /// Signed for another URL
    Url,
}

impl Options {
    /// What clap cannot say.
    pub fn check(&self) -> Result<(), UsageError> {
        self.check_identity()?;
        if !(self.time_scale.is_finite() && self.time_scale >= 0.001) {
            return Err(UsageError::new("--time-scale", "must be 0.001 or more"));
        }
        if self.tamper == Some(Tamper::Secret) && self.scheme != SchemeArg::V1 {
            let reason = "a secret is judged under v1 alone: use --scheme v1";
            return Err(UsageError::new("--tamper", reason));
        }
        if self.tamper == Some(Tamper::Token) && self.no_token && !self.dev {
            return Err(UsageError::new("--tamper", "there is no token to tamper with"));
        }
        Ok(())
    }

    /// Adds the other options to a push for the signed URL, with its token.
    /// `if_nobody_listens` says what to do about a refused connection.
    pub fn sender(
        &self,
        push: Push<'static>,
        to: &str,
        if_nobody_listens: Option<String>,
    ) -> Result<Sender, UsageError> {
        let mut push = push.with(self.scheme.sign_with());
        push = push.body_ending(self.form.body_ending());
        if let Some(tamper) = self.tamper {
            push = push.forgery(match tamper {
                Tamper::Body => Forgery::TamperedBody,
                Tamper::Signature => Forgery::TamperedSignature,
                Tamper::Token => Forgery::OtherToken,
                Tamper::Timestamp => Forgery::Stale,
                Tamper::Secret => Forgery::RandomSecret,
                Tamper::Url => Forgery::SignedForOtherUrl,
            });
        }
        let now = SystemClock::new().now();
        let bodies = self.bodies(now)?;
        let schedule = Schedule {
            retries: match self.retry {
                RetryArg::Backoff => Some(PushRetryStrategy::Backoff),
                RetryArg::Exponential => Some(PushRetryStrategy::ExponentialDecay),
                RetryArg::None => None,
            },
            time_scale: self.time_scale,
        };
        let sender = Sender {
            outgoing: Outgoing::new(to)?.if_nobody_listens(if_nobody_listens),
            push,
            bodies,
            count: self.count,
            concurrency: usize::from(self.concurrency),
            schedule,
        };
        // What cannot be signed is known before anything is sent.
        sender.request(1, now).map_err(|error| UsageError::new("--sign-as", error))?;
        Ok(sender)
    }

    fn bodies(&self, now: SystemTime) -> Result<Bodies, UsageError> {
        let wrong = |error: EditError| UsageError::new("--set", error);
        let changes = self.set.iter().map(|text| text.parse::<Change>().map_err(wrong));
        let changes = changes.collect::<Result<_, _>>()?;
        let from = match (&self.sample, &self.event) {
            (Some(name), _) => bodies::From::Sample(samples::find(name).map_err(|near| {
                let near = match near.as_slice() {
                    [] => String::new(),
                    names => format!("; near it: {}", names.join(", ")),
                };
                let reason = format!("there is no sample {name:?}{near}; see push --list");
                UsageError::new("SAMPLE", reason)
            })?),
            (None, Some(file)) => bodies::From::File(read("--event", file)?.into()),
            (None, None) => bodies::From::Default,
        };
        let bodies = Bodies::new(from, changes, now);
        // A path that is not there is known before anything is sent.
        bodies.body(1, now).map_err(wrong)?;
        Ok(bodies)
    }
}
