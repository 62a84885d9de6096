//! The command line.

use std::{net::SocketAddr, path::PathBuf};

use clap::{ArgAction, Args, ValueEnum, value_parser};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signature::BodyEnding,
    signer::{Forgery, SignWith, Signer},
};

use super::{
    schedule::{Retries, Schedule},
    send::Sender,
};
use crate::usage::{UsageError, read};

/// Signs events as Alibaba Cloud EventBridge does and pushes them to a receiver.
///
/// Prints one line for each push. Exit code 0: all were answered 2xx, 1: one was not, 2: bad usage. Options are also read
/// from EVENTBRIDGE_<OPTION>, but not --no-token and --tamper. A variable that is empty, or of white space only, is not given.
#[derive(Args)]
pub struct Options {
    /// Where to push, http or https
    #[arg(long, value_name = "URL", env = "EVENTBRIDGE_TO")]
    to: String,
    /// The URL that is signed; default: the one of --to, as it stands
    #[arg(long, value_name = "URL", env = "EVENTBRIDGE_SIGN_AS")]
    sign_as: Option<String>,
    /// The token of the target
    #[arg(long, value_name = "TOKEN", env = "EVENTBRIDGE_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Push without a token
    #[arg(long)]
    no_token: bool,
    /// Which signatures a push carries
    #[arg(long, value_enum, default_value_t = SchemeArg::V2, env = "EVENTBRIDGE_SCHEME")]
    scheme: SchemeArg,
    /// The form of the string to sign
    #[arg(long, value_enum, default_value_t = FormArg::Reference, env = "EVENTBRIDGE_FORM")]
    form: FormArg,
    /// The private RSA key that signs, in PEM (PKCS#1 or PKCS#8)
    #[arg(long, value_name = "PEM", env = "EVENTBRIDGE_KEY")]
    key: PathBuf,
    /// Where the key's certificate is said to be
    #[arg(long, value_name = "URL", env = "EVENTBRIDGE_CERTIFICATE_URL")]
    certificate_url: String,
    /// The event, byte for byte; default: a sample, with a new id each
    #[arg(long, value_name = "FILE", env = "EVENTBRIDGE_EVENT")]
    event: Option<PathBuf>,
    /// How many pushes
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..), env = "EVENTBRIDGE_COUNT")]
    count: u32,
    /// How many pushes are under way at once
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u16).range(1..), env = "EVENTBRIDGE_CONCURRENCY")]
    concurrency: u16,
    /// On what schedule a push that is not answered 2xx is tried again, signed anew
    #[arg(long, value_enum, default_value_t = RetryArg::None, env = "EVENTBRIDGE_RETRY")]
    retry: RetryArg,
    /// How many times faster than EventBridge's the schedule runs
    #[arg(
        long,
        value_name = "FACTOR",
        default_value_t = 1.0,
        allow_negative_numbers = true,
        env = "EVENTBRIDGE_TIME_SCALE"
    )]
    time_scale: f64,
    /// Spoil each push in one way
    #[arg(long, value_enum)]
    tamper: Option<Tamper>,
    /// Serve the key's certificate here, over TLS for the host of --certificate-url, under the test root
    /// crates/eventbridge-cli/test_root.pem, until all is pushed
    #[arg(long, value_name = "ADDR", action = ArgAction::Set, env = "EVENTBRIDGE_SERVE_CERTIFICATE")]
    pub serve_certificate: Option<SocketAddr>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum SchemeArg {
    V1,
    V2,
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormArg {
    Reference,
    Documented,
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
        match (&self.token, self.no_token) {
            (Some(_), true) => {
                return Err(UsageError::new(
                    "--no-token",
                    "cannot be used together with --token or EVENTBRIDGE_TOKEN",
                ));
            }
            (None, false) => return Err(UsageError::new("--token", "give one, or --no-token")),
            _ => {}
        }
        if !(self.time_scale.is_finite() && self.time_scale >= 0.001) {
            return Err(UsageError::new("--time-scale", "must be 0.001 or more"));
        }
        if self.tamper == Some(Tamper::Secret) && self.scheme != SchemeArg::V1 {
            let reason = "a secret is judged under v1 alone: use --scheme v1";
            return Err(UsageError::new("--tamper", reason));
        }
        if self.token.as_deref().is_some_and(|token| !is_header_value(token)) {
            return Err(UsageError::new("--token", "cannot stand in a header"));
        }
        if self.sign_as.as_ref().is_some_and(|url| !is_url(url, &["http", "https"])) {
            return Err(UsageError::new("--sign-as", "is no http or https URL"));
        }
        if !is_url(&self.certificate_url, &["https"]) {
            return Err(UsageError::new("--certificate-url", "is no https URL"));
        }
        if self.tamper == Some(Tamper::Token) && self.no_token {
            return Err(UsageError::new("--tamper", "there is no token to tamper with"));
        }
        Ok(())
    }

    pub fn signer(&self) -> Result<Signer, UsageError> {
        let key = String::from_utf8(read("--key", &self.key)?)
            .map_err(|_| UsageError::new("--key", "is no PEM"))?;
        let signer = Signer::from_private_key_pem(&key).map_err(|error| {
            UsageError::new("--key", format_args!("{}: {error}", self.key.display()))
        })?;
        Ok(signer.with_certificate_url(&self.certificate_url))
    }

    pub fn sender(&self, signer: &'static Signer) -> Result<Sender, UsageError> {
        let signed_url = self.sign_as.as_ref().unwrap_or(&self.to);
        let mut push = signer.push(signed_url).with(match self.scheme {
            SchemeArg::V1 => SignWith::V1,
            SchemeArg::V2 => SignWith::V2,
            SchemeArg::Both => SignWith::Both,
        });
        push = push.body_ending(match self.form {
            FormArg::Reference => BodyEnding::Reference,
            FormArg::Documented => BodyEnding::Documented,
        });
        if let Some(token) = &self.token {
            push = push.token(token);
        }
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
        let event = self.event.as_deref().map(|file| read("--event", file)).transpose()?;
        let schedule = Schedule {
            retries: match self.retry {
                RetryArg::Backoff => Retries::Backoff,
                RetryArg::Exponential => Retries::Exponential,
                RetryArg::None => Retries::None,
            },
            time_scale: self.time_scale,
        };
        let sender = Sender::new(
            push,
            &self.to,
            event,
            self.count,
            usize::from(self.concurrency),
            schedule,
        )?;
        // What cannot be signed is known before anything is sent.
        sender
            .request(1, SystemClock::new().now())
            .map_err(|error| UsageError::new("--sign-as", error))?;
        Ok(sender)
    }
}

fn is_header_value(text: &str) -> bool {
    http::HeaderValue::from_str(text).is_ok()
}

fn is_url(text: &str, schemes: &[&str]) -> bool {
    text.parse::<http::Uri>().is_ok_and(|url| {
        url.scheme_str().is_some_and(|scheme| schemes.contains(&scheme)) && url.host().is_some()
    })
}
