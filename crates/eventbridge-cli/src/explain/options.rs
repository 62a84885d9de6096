//! The command line.

use std::{
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use clap::{Args, ValueEnum};
use http::HeaderValue;
use tower_eventbridge::{certificate::Certificate, signature::BodyEnding};

use super::{
    head_file::{self, Head},
    near_miss,
    replay::{Capture, Setup, Tokens},
};
use crate::{
    arguments::{endpoints, lines},
    dev::{self, DevKey},
    usage::{UsageError, missing, read, together},
};

/// Replays a captured push of Alibaba Cloud EventBridge offline, stage by stage.
///
/// Exit code 0: accepted, 1: rejected, 2: bad usage. Options are also read from
/// EVENTBRIDGE_<OPTION>, lists with one value per line, and from the file of --config; those that
/// weaken a check are not read from the environment. A variable that is empty, or of white space
/// only, is not given.
#[derive(Args)]
#[command(after_help = near_miss::help())]
pub struct Options {
    /// Explain what `eventbridge receive --dev` captured: trust the key and the token of this
    /// user's own, and without --endpoint the URL that `push --dev` signs
    #[arg(long)]
    dev: bool,
    /// The request head: `name: value` lines, a request line may precede
    #[arg(long, value_name = "FILE")]
    head: PathBuf,
    /// The request body, byte for byte
    #[arg(long, value_name = "FILE")]
    body: PathBuf,
    /// A URL that EventBridge pushes to: with a path, even /, exactly that URL; without one every
    /// path of that origin
    #[arg(
        long,
        value_name = "URL",
        num_args = 1..,
        required_unless_present = "dev",
        value_delimiter = '\n',
    )]
    endpoint: Vec<String>,
    /// A token of the target
    #[arg(
        long,
        value_name = "TOKEN",
        num_args = 1..,
        value_delimiter = '\n',
        hide_env_values = true,
    )]
    token: Vec<String>,
    /// Accept pushes of any EventBridge customer, v1 too
    #[arg(long)]
    any_tenant: bool,
    /// A region whose certificates are trusted; their bytes still come from --certificate only
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = '\n')]
    region: Vec<String>,
    /// A region that is not on the list
    #[arg(long, value_name = "ID", num_args = 1..)]
    unlisted_region: Vec<String>,
    /// Trust the host of each region's bucket on the cloud's own network too,
    /// oss-<region>-internal.aliyuncs.com, for networks without a way out; it is the same bucket
    #[arg(long)]
    internal_oss_host: bool,
    /// The certificate at a URL, which is trusted
    #[arg(long, value_name = "URL=FILE", num_args = 1.., value_delimiter = '\n')]
    certificate: Vec<String>,
    /// Now, in milliseconds since 1970; default: the push's own timestamp, so that its age is not
    /// judged
    #[arg(long, value_name = "MILLIS", allow_negative_numbers = true)]
    at: Option<i64>,
    /// Accept v2 only
    #[arg(long)]
    require_v2: bool,
    /// The form of the string to sign
    #[arg(long, value_enum, default_value_t = FormArg::Any)]
    form: FormArg,
    /// The path and query that arrive where an exact URL was signed, for a proxy that rewrites
    /// them: PATH where exactly one --endpoint has a path, URL=PATH for that endpoint among
    /// several; its own path is not met then
    #[arg(long, value_name = "[URL=]PATH", num_args = 1.., value_delimiter = '\n')]
    seen_as: Vec<String>,
    /// Accept any path and query where an exact URL was signed
    #[arg(long)]
    seen_anywhere: bool,
    /// Print one JSON object
    #[arg(long)]
    pub json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormArg {
    Any,
    Reference,
    Documented,
}

impl Options {
    /// Rejects options that trust nobody, and names all that misses.
    pub fn check_missing(&self) -> Result<(), UsageError> {
        if self.dev {
            return Ok(());
        }
        let token = !self.token.is_empty() || self.any_tenant;
        let certificate = !self.region.is_empty()
            || !self.unlisted_region.is_empty()
            || !self.certificate.is_empty();
        let cure = "give at least one, or --certificate URL=FILE";
        missing(&[
            ("--token", !token, "give at least one, or --any-tenant"),
            ("--region", !certificate, cure),
        ])
    }

    /// Reads the key of `--dev`. Rejects options that trust somebody else.
    pub fn dev_key(&self) -> Result<Option<DevKey>, UsageError> {
        if !self.dev {
            return Ok(None);
        }
        together(
            "--dev",
            "which trusts this user's own key alone",
            &[
                ("--token", !self.token.is_empty()),
                ("--any-tenant", self.any_tenant),
                ("--region", !self.region.is_empty()),
                ("--unlisted-region", !self.unlisted_region.is_empty()),
                ("--internal-oss-host", self.internal_oss_host),
                ("--certificate", !self.certificate.is_empty()),
            ],
        )?;
        DevKey::load().map(Some)
    }

    /// Reads what was captured. `key` is that of `--dev`.
    pub fn capture(&self, key: Option<&DevKey>) -> Result<Capture, UsageError> {
        let mut head = head_file::parse(&read("--head", &self.head)?).map_err(|problem| {
            UsageError::new("--head", format_args!("{}: {problem}", self.head.display()))
        })?;
        fill_in_token(&mut head, &self.tokens(key))?;
        Ok(Capture { head, body: read("--body", &self.body)?.into() })
    }

    fn tokens(&self, key: Option<&DevKey>) -> Vec<String> {
        key.map_or_else(|| lines(&self.token), |key| vec![key.token.clone()])
    }

    fn endpoint_urls(&self) -> Vec<String> {
        match self.endpoint.is_empty() {
            true => vec![dev::ORIGIN.to_owned()],
            false => lines(&self.endpoint),
        }
    }

    /// Reads what the receiver is said to trust. `key` is that of `--dev`.
    pub fn setup(&self, capture: &Capture, key: Option<&DevKey>) -> Result<Setup, UsageError> {
        let tokens = match (self.any_tenant, self.token.is_empty()) {
            (true, true) => Tokens::AnyTenant,
            (true, false) => {
                return Err(UsageError::new(
                    "--any-tenant",
                    "cannot be used together with --token or EVENTBRIDGE_TOKEN",
                ));
            }
            (false, _) => Tokens::Known(self.tokens(key)),
        };
        let age_judged = self.at.is_some();
        let now = match self.at {
            Some(at) => {
                from_millis(at).ok_or_else(|| UsageError::new("--at", "is out of range"))?
            }
            None => own_timestamp(capture),
        };
        Ok(Setup {
            endpoints: endpoints(&self.endpoint_urls(), &lines(&self.seen_as), self.seen_anywhere)?,
            tokens,
            regions: lines(&self.region),
            unlisted_regions: self.unlisted_region.clone(),
            internal_oss_host: self.internal_oss_host,
            certificates: self.certificates(key)?,
            substitute: None,
            require_v2: self.require_v2,
            form: match self.form {
                FormArg::Any => None,
                FormArg::Reference => Some(BodyEnding::Reference),
                FormArg::Documented => Some(BodyEnding::Documented),
            },
            now,
            age_judged,
        })
    }

    fn certificates(&self, key: Option<&DevKey>) -> Result<Vec<(String, Certificate)>, UsageError> {
        if let Some(DevKey { signer, .. }) = key {
            let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes())
                .map_err(|error| UsageError::new("--dev", error))?;
            return Ok(vec![(signer.certificate_url().to_owned(), certificate)]);
        }
        let given = |argument: &String| {
            let invalid = |reason: String| UsageError::new("--certificate", reason);
            let (url, file) = argument
                .split_once('=')
                .ok_or_else(|| invalid(format!("{argument:?} is not URL=FILE")))?;
            let bytes = read("--certificate", Path::new(file))?;
            let certificate = Certificate::from_pem_or_der(&bytes)
                .map_err(|error| invalid(format!("{file}: {error}")))?;
            Ok((url.to_owned(), certificate))
        };
        lines(&self.certificate).iter().map(given).collect()
    }
}

/// A head that the receiver captured names a token by its place: `<redacted:INDEX>`.
fn fill_in_token(head: &mut Head, tokens: &[String]) -> Result<(), UsageError> {
    let Some(value) = head.headers.get_mut("x-eventbridge-signature-token") else {
        return Ok(());
    };
    let index = value.to_str().ok().and_then(|text| text.strip_prefix("<redacted:"));
    let index = index.and_then(|text| text.strip_suffix('>')).and_then(|text| text.parse().ok());
    let Some(index) = index else { return Ok(()) };
    let token = tokens.get::<usize>(index).and_then(|token| HeaderValue::from_str(token).ok());
    *value = token.ok_or_else(|| {
        let reason =
            format_args!("the head was captured with token {index}, counted from 0: give it too")
                .to_string();
        UsageError::new("--token", reason)
    })?;
    Ok(())
}

/// The push's own timestamp; 1970 where there is none, which no later check gets to see.
fn own_timestamp(capture: &Capture) -> SystemTime {
    let value = capture.head.headers.get("x-eventbridge-signature-timestamp");
    let millis =
        value.map(HeaderValue::to_str).and_then(Result::ok).and_then(|text| text.parse().ok());
    millis.and_then(from_millis).unwrap_or(UNIX_EPOCH)
}

pub fn from_millis(millis: i64) -> Option<SystemTime> {
    let distance = Duration::from_millis(millis.unsigned_abs());
    if millis < 0 { UNIX_EPOCH.checked_sub(distance) } else { UNIX_EPOCH.checked_add(distance) }
}
