//! The command line.

mod missing;
mod shown;

mod dev_mode;
mod forwarding;
mod local_mode;
mod page;
mod source;
mod steps;
mod verdicts;
mod verifier;
mod would_do;

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, ValueEnum, value_parser};
use eventbridge_local::{CERTIFICATE_URL, TlsRoot};
use forwarding::Forwarding;
pub use forwarding::Secrets;
use page::PageOptions;
pub use shown::public_part;
pub use would_do::WouldDo;

use crate::{
    arguments::lines,
    dev::{self, DevKey},
    receive::capture::Captured,
    usage::{UsageError, read},
};

/// Receives the pushes of Alibaba Cloud EventBridge, proves each, and prints one JSON line for each
/// event.
///
/// Options are also read from EVENTBRIDGE_<OPTION>, lists with one value per line, and from the
/// file of --config; those that weaken a check are not read from the environment. A variable that
/// is empty, or of white space only, is not given.
///
/// Exit code 0: drained after SIGTERM or SIGINT, 1: could not listen, 2: bad usage.
#[derive(Args)]
pub struct Options {
    /// Receive the pushes of `eventbridge push --dev` on this machine alone, signed by a key of
    /// this user's own, which is made if there is none: no other option is needed
    #[arg(long)]
    dev: bool,
    #[arg(skip)]
    dev_key: Option<DevKey>,
    /// Receive the pushes of `eventbridge local` at ADDR on this machine alone: its certificate is
    /// trusted, which is fetched under the TLS root of this user's own, and nothing else. Without a
    /// token it takes v2 pushes without one [default of ADDR: 127.0.0.1:8766]
    #[arg(
        long,
        value_name = "ADDR",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = LOCAL,
    )]
    local: Option<SocketAddr>,
    #[arg(skip)]
    local_root: Option<(PathBuf, TlsRoot)>,
    /// Where to listen [default with --dev and --local: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// A URL that EventBridge pushes to: with a path, even /, exactly that URL; without one every
    /// path of that origin
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = '\n')]
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
    /// A file with one token on each line
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Accept v2 pushes of any EventBridge customer
    #[arg(long)]
    any_tenant: bool,
    /// A region whose certificates are trusted
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = '\n')]
    region: Vec<String>,
    /// A region that is not on the list
    #[arg(long, value_name = "ID", num_args = 1..)]
    unlisted_region: Vec<String>,
    /// Trust the host of each region's bucket on the cloud's own network too,
    /// oss-<region>-internal.aliyuncs.com, for networks without a way out; it is the same bucket
    #[arg(long)]
    internal_oss_host: bool,
    /// A certificate URL that is trusted, fetched at start and kept fresh
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = '\n')]
    certificate_url: Vec<String>,
    /// The certificate at a URL, which is trusted: nothing is fetched
    #[arg(long, value_name = "URL=FILE", num_args = 1.., value_delimiter = '\n')]
    certificate: Vec<String>,
    /// TLS roots in addition to the system's, for fetching certificates only
    #[arg(long, value_name = "FILE", num_args = 1..)]
    ca_certificate: Vec<PathBuf>,
    /// The address of a host, for fetching certificates only
    #[arg(long, value_name = "HOST=IP:PORT", num_args = 1..)]
    resolve: Vec<String>,
    /// The proxy through which certificates are fetched
    #[arg(long, value_name = "URL", hide_env_values = true)]
    fetch_proxy: Option<String>,
    /// Accept v2 only
    #[arg(long)]
    require_v2: bool,
    /// The form of the string to sign
    #[arg(long, value_enum, default_value_t = FormArg::Any)]
    form: FormArg,
    /// How many seconds a timestamp may be off, past and future
    #[arg(long, value_name = "SECONDS", default_value_t = 60, allow_negative_numbers = true)]
    tolerance: u64,
    /// The most bytes that a body may have
    #[arg(
        long,
        value_name = "BYTES",
        default_value_t = 1024 * 1024,
        value_parser = value_parser!(u64).range(1..),
    )]
    max_body: u64,
    /// The most memory, in bytes, that the bodies of all requests may hold
    #[arg(long, value_name = "BYTES", default_value_t = 64 * 1024 * 1024)]
    max_body_in_flight: u64,
    /// The path and query that arrive where an exact URL was signed, for a proxy that rewrites
    /// them: PATH where exactly one --endpoint has a path, URL=PATH for that endpoint among
    /// several; its own path is not met then
    #[arg(long, value_name = "[URL=]PATH", num_args = 1.., value_delimiter = '\n')]
    seen_as: Vec<String>,
    /// Accept any path and query where an exact URL was signed
    #[arg(long)]
    seen_anywhere: bool,
    #[command(flatten)]
    forwarding: Forwarding,
    /// Handle each event once: none; memory, which this process shares with no other; or Redis or
    /// Valkey, which several share: redis://HOST:PORT, redis+cluster://HOST:PORT,HOST:PORT or
    /// redis+sentinel://HOST:PORT,HOST:PORT/SERVICE; over TLS rediss://, rediss+cluster:// or
    /// rediss+sentinel://
    #[arg(
        long,
        value_name = "none|memory|redis://…",
        default_value = "none",
        hide_env_values = true
    )]
    dedupe: String,
    /// Reject the same signed push a second time (409)
    #[arg(long)]
    replay_protection: bool,
    /// The most connections; beyond, the one that has been idle longest goes
    /// [default: 1280, or as many as open files allow]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=1_000_000))]
    max_connections: Option<u64>,
    /// The most connections of one address (of IPv6: one /64); a load balancer is one
    /// [default: 1024]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=1_000_000))]
    max_connections_per_peer: Option<u64>,
    /// The most requests at a time, of all connections; more are refused, and EventBridge brings
    /// them again
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4096,
        value_parser = value_parser!(u64).range(1..=1_000_000),
    )]
    max_requests: u64,
    /// Where to answer /healthz, /readyz and /metrics
    #[arg(long, value_name = "ADDR")]
    pub admin_listen: Option<SocketAddr>,
    #[command(flatten)]
    pub page: PageOptions,
    /// How many seconds an event may take to be forwarded and printed; then 503, and EventBridge
    /// brings it again
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = value_parser!(u64).range(1..=86_400),
    )]
    handler_timeout: u64,
    /// How many seconds requests may take to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    drain_timeout: u64,
    /// Which pushes are written to --capture-dir [default: refused]
    #[arg(long, value_enum)]
    capture: Option<Captured>,
    /// Write pushes here, as explain and replay read them, ten of each kind; bodies and signatures
    /// among them. An accepted push is of the kind accepted, or failed if its handler did not
    /// answer 2xx
    #[arg(long, value_name = "DIR")]
    capture_dir: Option<PathBuf>,
    /// How it is logged on stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// What is logged on stderr
    #[arg(long, value_enum, default_value_t = LogLevel::Info)]
    log_level: LogLevel,
    /// Read every option and file, say what would be done, and end: 0, or 2 with the mistake.
    /// Nothing listens, and nothing is fetched, written or made
    #[arg(long)]
    pub check: bool,
    /// With --check: print one JSON object. Events and pushes are JSON lines anyway
    #[arg(long)]
    json: bool,
    /// As `eventbridge demo`
    #[arg(long, hide = true)]
    pub demo: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FormArg {
    Any,
    Reference,
    Documented,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    Json,
    Text,
}

#[derive(Clone, Copy, ValueEnum)]
enum LogLevel {
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

impl Options {
    /// What clap cannot say.
    pub fn check(&self) -> Result<(), UsageError> {
        if self.tolerance > 24 * 60 * 60 {
            return Err(UsageError::new("--tolerance", "must be 86400 seconds at most"));
        }
        self.check_dev()?;
        self.check_local()?;
        self.page.check()?;
        if self.endpoint.is_empty() && !self.dev && self.local.is_none() {
            self.check_missing()?;
        }
        let sources = [!self.token.is_empty(), self.token_file.is_some(), self.any_tenant];
        if sources.iter().filter(|given| **given).count() > 1 {
            let reason = "--token or EVENTBRIDGE_TOKEN, --token-file and --any-tenant cannot be \
                 used together";
            return Err(UsageError::new("--token", reason));
        }
        if self.capture.is_some() && self.capture_dir.is_none() {
            return Err(UsageError::new("--capture", "needs --capture-dir"));
        }
        self.forwarding.check()
    }

    /// What weakens a check and is easily forgotten.
    pub fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let any_tenant = "--any-tenant: every EventBridge customer can push here, with any body";
        let other_root = "--ca-certificate: whoever holds a key of that root can stand in for the \
             certificate host";
        let other_address = "--resolve: certificates are not fetched from where the name leads";
        let captures = match self.capture {
            None | Some(Captured::Refused) => CAPTURES_REJECTED,
            Some(Captured::Accepted) => CAPTURES_ACCEPTED,
            Some(Captured::All) => CAPTURES_ALL,
        };
        [
            (self.any_tenant, any_tenant),
            (!self.ca_certificate.is_empty(), other_root),
            (!self.resolve.is_empty(), other_address),
            (self.capture_dir.is_some(), captures),
            (self.shows_pushes_of_others(), SHOWS_PUSHES),
        ]
        .into_iter()
        .filter_map(|(given, warning)| given.then_some(warning))
    }

    /// Whether certificates are fetched.
    pub fn fetches(&self) -> bool {
        !(self.region.is_empty()
            && self.unlisted_region.is_empty()
            && self.certificate_url.is_empty()
            && self.local.is_none())
    }

    /// Where trusted certificates come from, for the log.
    pub fn trusted(&self) -> String {
        let given = self.certificate.iter().filter_map(|argument| argument.split_once('='));
        let urls =
            lines(&self.certificate_url).into_iter().chain(given.map(|(url, _)| url.to_owned()));
        // Without what may be a credential.
        let dev = self.dev_key.iter().map(|key| key.signer.certificate_url().to_owned());
        let local = self.local.map(|address| {
            format!("`eventbridge local` on {address}, by the name {CERTIFICATE_URL}")
        });
        let urls = urls.chain(dev).chain(local);
        let urls = urls.map(|url| url.split(['?', '#']).next().unwrap_or_default().to_owned());
        let regions = self.region.iter().chain(&self.unlisted_region);
        let all: Vec<_> = regions.map(|region| format!("region {region}")).chain(urls).collect();
        all.join(", ")
    }

    pub fn json(&self) -> bool {
        self.json
    }

    pub fn listen(&self) -> Result<SocketAddr, UsageError> {
        let here = self.dev || self.local.is_some();
        let listen = self.listen.or_else(|| here.then_some(dev::LISTEN)?.parse().ok());
        match listen {
            Some(listen) => Ok(listen),
            None => {
                self.check_missing()?;
                Err(UsageError::new("--listen", "give the address to listen on"))
            }
        }
    }

    pub fn log_level(&self) -> tracing::Level {
        match self.log_level {
            LogLevel::Error => tracing::Level::ERROR,
            LogLevel::Warn => tracing::Level::WARN,
            LogLevel::Info => tracing::Level::INFO,
            LogLevel::Debug => tracing::Level::DEBUG,
            LogLevel::Trace => tracing::Level::TRACE,
        }
    }

    fn tokens(&self) -> Result<Vec<String>, UsageError> {
        if let Some(key) = &self.dev_key {
            return Ok(vec![key.token.clone()]);
        }
        let Some(file) = &self.token_file else { return Ok(lines(&self.token)) };
        let text = String::from_utf8(read("--token-file", file)?)
            .map_err(|_| UsageError::new("--token-file", "is not text"))?;
        Ok(text.lines().map(str::to_owned).collect())
    }
}

const SHOWS_PUSHES: &str =
    "--ui: every user of this machine can read what is pushed here, bodies among it";
/// Where `eventbridge local` listens.
const LOCAL: &str = "127.0.0.1:8766";
const CAPTURES_REJECTED: &str =
    "--capture-dir: rejected pushes are written to files, bodies and signatures among them";
const CAPTURES_ACCEPTED: &str =
    "--capture-dir: accepted pushes are written to files, bodies and signatures among them";
const CAPTURES_ALL: &str =
    "--capture-dir: all pushes are written to files, bodies and signatures among them";
