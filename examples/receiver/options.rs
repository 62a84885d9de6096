//! The command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{ArgAction, Parser, ValueEnum, builder::BoolishValueParser, value_parser};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    certificate::{HttpsSource, HttpsSourceErrorKind},
    idempotency::{IdempotencyLayer, MemoryStore, RedisStore, RejectReplaysLayer},
    signature::BodyEnding,
};

use crate::{
    arguments::{endpoints, lines},
    capture::CaptureDir,
    config_error::{Labels, chain, of_config_error},
    room::RoomLimits,
    serve::{Limits, Steps},
    upstream::Upstream,
    usage::{UsageError, read},
};

/// Receives the pushes of Alibaba Cloud EventBridge, proves each, and prints one JSON line for each event.
///
/// Options are also read from EVENTBRIDGE_<OPTION>, lists with one value per line; but not --any-tenant, --tolerance,
/// --ca-certificate, --resolve, --seen-anywhere, --unlisted-region and --demo. A variable that is empty, or of white space
/// only, is not given.
///
/// Exit code 0: drained after SIGTERM or SIGINT, 1: could not listen, or the demo went wrong, 2: bad usage.
#[derive(Parser)]
#[command(name = "receiver", version)]
pub struct Options {
    /// Where to listen
    #[arg(long, value_name = "ADDR", env = "EVENTBRIDGE_LISTEN")]
    listen: Option<SocketAddr>,
    /// A URL that EventBridge pushes to: with a path, even /, exactly that URL; without one every path of that origin
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_ENDPOINT")]
    endpoint: Vec<String>,
    /// A token of the target
    #[arg(long, value_name = "TOKEN", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_TOKEN", hide_env_values = true)]
    token: Vec<String>,
    /// A file with one token on each line
    #[arg(long, value_name = "FILE", env = "EVENTBRIDGE_TOKEN_FILE")]
    token_file: Option<PathBuf>,
    /// Accept v2 pushes of any EventBridge customer
    #[arg(long)]
    any_tenant: bool,
    /// A region whose certificates are trusted
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_REGION")]
    region: Vec<String>,
    /// A region that is not on the list
    #[arg(long, value_name = "ID", num_args = 1..)]
    unlisted_region: Vec<String>,
    /// Trust the host of each region's bucket on the cloud's own network too, oss-<region>-internal.aliyuncs.com, for
    /// networks without a way out; it is the same bucket
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new(), env = "EVENTBRIDGE_INTERNAL_OSS_HOST")]
    internal_oss_host: bool,
    /// A certificate URL that is trusted, fetched at start and kept fresh
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_CERTIFICATE_URL")]
    certificate_url: Vec<String>,
    /// The certificate at a URL, which is trusted: nothing is fetched
    #[arg(long, value_name = "URL=FILE", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_CERTIFICATE")]
    certificate: Vec<String>,
    /// TLS roots in addition to the system's, for fetching certificates only
    #[arg(long, value_name = "FILE", num_args = 1..)]
    ca_certificate: Vec<PathBuf>,
    /// The address of a host, for fetching certificates only
    #[arg(long, value_name = "HOST=IP:PORT", num_args = 1..)]
    resolve: Vec<String>,
    /// The proxy through which certificates are fetched
    #[arg(long, value_name = "URL", env = "EVENTBRIDGE_FETCH_PROXY", hide_env_values = true)]
    fetch_proxy: Option<String>,
    /// Accept v2 only
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new(), env = "EVENTBRIDGE_REQUIRE_V2")]
    require_v2: bool,
    /// The form of the string to sign
    #[arg(long, value_enum, default_value_t = FormArg::Any, env = "EVENTBRIDGE_FORM")]
    form: FormArg,
    /// How many seconds a timestamp may be off, past and future
    #[arg(long, value_name = "SECONDS", default_value_t = 60, allow_negative_numbers = true)]
    tolerance: u64,
    /// The most bytes that a body may have
    #[arg(long, value_name = "BYTES", default_value_t = 1024 * 1024, value_parser = value_parser!(u64).range(1..), env = "EVENTBRIDGE_MAX_BODY")]
    max_body: u64,
    /// The most memory, in bytes, that the bodies of all requests may hold
    #[arg(long, value_name = "BYTES", default_value_t = 64 * 1024 * 1024, env = "EVENTBRIDGE_MAX_BODY_IN_FLIGHT")]
    max_body_in_flight: u64,
    /// The path and query that arrive where an exact URL was signed, for a proxy that rewrites them: PATH where exactly one
    /// --endpoint has a path, URL=PATH for that endpoint among several; its own path is not met then
    #[arg(long, value_name = "[URL=]PATH", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_SEEN_AS")]
    seen_as: Vec<String>,
    /// Accept any path and query where an exact URL was signed
    #[arg(long)]
    seen_anywhere: bool,
    /// Send the HTTP requests that are enclosed in events to this server, before the events are printed. An event that
    /// encloses none is printed whole; one that cannot be read is answered 422. A batch of which one event fails comes
    /// again, and with --dedupe only that event is sent again
    #[arg(long, value_name = "URL", env = "EVENTBRIDGE_FORWARD")]
    forward: Option<String>,
    /// Handle each event once: none; memory, which this process shares with no other; or Redis or Valkey, which several
    /// share: redis://HOST:PORT, redis+cluster://HOST:PORT,HOST:PORT or redis+sentinel://HOST:PORT,HOST:PORT/SERVICE;
    /// over TLS rediss://, rediss+cluster:// or rediss+sentinel://
    #[arg(
        long,
        value_name = "none|memory|redis://…",
        default_value = "none",
        env = "EVENTBRIDGE_DEDUPE",
        hide_env_values = true
    )]
    dedupe: String,
    /// Refuse the same signed push a second time (409)
    #[arg(long, action = ArgAction::SetTrue, value_parser = BoolishValueParser::new(), env = "EVENTBRIDGE_REPLAY_PROTECTION")]
    replay_protection: bool,
    /// The most connections; beyond, the one that has been idle longest goes [default: 1280, or as many as open files allow]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=1_000_000), env = "EVENTBRIDGE_MAX_CONNECTIONS")]
    max_connections: Option<u64>,
    /// The most connections of one address (of IPv6: one /64); a load balancer is one [default: 1024]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..=1_000_000), env = "EVENTBRIDGE_MAX_CONNECTIONS_PER_PEER")]
    max_connections_per_peer: Option<u64>,
    /// The most requests at a time, of all connections; more are refused, and EventBridge brings them again
    #[arg(long, value_name = "N", default_value_t = 4096, value_parser = value_parser!(u64).range(1..=1_000_000), env = "EVENTBRIDGE_MAX_REQUESTS")]
    max_requests: u64,
    /// Where to answer /healthz, /readyz and /metrics
    #[arg(long, value_name = "ADDR", env = "EVENTBRIDGE_ADMIN_LISTEN")]
    pub admin_listen: Option<SocketAddr>,
    /// How many seconds an event may take to be forwarded and printed; then 503, and EventBridge brings it again
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = value_parser!(u64).range(1..=86_400), env = "EVENTBRIDGE_HANDLER_TIMEOUT")]
    handler_timeout: u64,
    /// How many seconds requests may take to end after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 30, env = "EVENTBRIDGE_DRAIN_TIMEOUT")]
    drain_timeout: u64,
    /// Write refused pushes here, as explain reads them, ten of each kind; bodies and signatures among them
    #[arg(long, value_name = "DIR", env = "EVENTBRIDGE_CAPTURE_DIR")]
    capture_dir: Option<PathBuf>,
    /// How it is logged on stderr
    #[arg(long, value_enum, default_value_t = LogFormat::Text, env = "EVENTBRIDGE_LOG_FORMAT")]
    pub log_format: LogFormat,
    /// What is logged on stderr
    #[arg(long, value_enum, default_value_t = LogLevel::Info, env = "EVENTBRIDGE_LOG_LEVEL")]
    log_level: LogLevel,
    /// Push good and forged events to itself, print the verdicts, and end
    #[arg(long)]
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
        if self.endpoint.is_empty() {
            return Err(UsageError::new("--endpoint", "give at least one"));
        }
        let sources = [!self.token.is_empty(), self.token_file.is_some(), self.any_tenant];
        if sources.iter().filter(|given| **given).count() > 1 {
            let reason = "--token or EVENTBRIDGE_TOKEN, --token-file and --any-tenant cannot be used together";
            return Err(UsageError::new("--token", reason));
        }
        Ok(())
    }

    /// What weakens a check and is easily forgotten.
    pub fn warnings(&self) -> impl Iterator<Item = &'static str> {
        let any_tenant = "--any-tenant: every EventBridge customer can push here, with any body";
        let other_root = "--ca-certificate: whoever holds a key of that root can stand in for the certificate host";
        let other_address = "--resolve: certificates are not fetched from where the name leads";
        let captures =
            "--capture-dir: refused pushes are written to files, bodies and signatures among them";
        [
            (self.any_tenant, any_tenant),
            (!self.ca_certificate.is_empty(), other_root),
            (!self.resolve.is_empty(), other_address),
            (self.capture_dir.is_some(), captures),
        ]
        .into_iter()
        .filter_map(|(given, warning)| given.then_some(warning))
    }

    /// Whether certificates are fetched.
    pub fn fetches(&self) -> bool {
        !(self.region.is_empty()
            && self.unlisted_region.is_empty()
            && self.certificate_url.is_empty())
    }

    /// Where trusted certificates come from, for the log.
    pub fn trusted(&self) -> String {
        let given = self.certificate.iter().filter_map(|argument| argument.split_once('='));
        let urls =
            lines(&self.certificate_url).into_iter().chain(given.map(|(url, _)| url.to_owned()));
        // Without what may be a credential.
        let urls = urls.map(|url| url.split(['?', '#']).next().unwrap_or_default().to_owned());
        let regions = self.region.iter().chain(&self.unlisted_region);
        let all: Vec<_> = regions.map(|region| format!("region {region}")).chain(urls).collect();
        all.join(", ")
    }

    pub fn listen(&self) -> Result<SocketAddr, UsageError> {
        self.listen.ok_or_else(|| UsageError::new("--listen", "give the address to listen on"))
    }

    /// `open_files` is how many the system allows.
    pub fn limits(&self, open_files: u64) -> Result<Limits, UsageError> {
        // A push that is forwarded takes a second one.
        let each = if self.forward.is_some() { 2 } else { 1 };
        let allowed = open_files.saturating_sub(OTHER_FILES) / each;
        let connections = self.max_connections.unwrap_or_else(|| DEFAULT_CONNECTIONS.min(allowed));
        if connections > allowed || connections == 0 {
            let reason = format!("must be {allowed} at most: {open_files} files may be open");
            return Err(UsageError::new("--max-connections", reason));
        }
        let of_peer = self.max_connections_per_peer.unwrap_or(DEFAULT_CONNECTIONS_PER_PEER);
        let number = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Limits {
            handler_timeout: Duration::from_secs(self.handler_timeout),
            drain_timeout: Duration::from_secs(self.drain_timeout),
            room: RoomLimits {
                connections: number(connections),
                connections_per_peer: number(of_peer),
                requests: number(self.max_requests),
            },
        })
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

    /// What stands between a verified push and its handling.
    pub fn steps(&self) -> Result<Steps, UsageError> {
        // The handler has its own limit; these only have to be longer.
        let limit =
            Duration::from_secs(self.handler_timeout).saturating_add(Duration::from_secs(5));
        // Where several processes share which events are done, they share which pushes were sent.
        let redis = |prefix: &str| {
            let store =
                RedisStore::builder(&self.dedupe).and_then(|store| store.prefix(prefix).build());
            store.map_err(|error| UsageError::new("--dedupe", error))
        };
        // Around a whole batch, whose events have their own limits: cut off, it would begin again at its first event.
        let outer = Duration::from_secs(24 * 60 * 60);
        // Longer than a push is accepted.
        let keep = Duration::from_secs(2 * self.tolerance + 60);
        let (dedupe, once) = match self.dedupe.as_str() {
            "none" => (None, RejectReplaysLayer::new(many())),
            "memory" => {
                (Some(IdempotencyLayer::new(MemoryStore::new())), RejectReplaysLayer::new(many()))
            }
            url if is_redis(url) => (
                Some(IdempotencyLayer::new(redis("tower-eventbridge:")?)),
                RejectReplaysLayer::new(redis("tower-eventbridge-replay:")?),
            ),
            _ => {
                return Err(UsageError::new(
                    "--dedupe",
                    "is none, memory, or a URL: redis://…, redis+cluster://…, redis+sentinel://…, or rediss for TLS",
                ));
            }
        };
        let capture = match &self.capture_dir {
            Some(folder) => Some(CaptureDir::new(folder, self.tokens()?, self.max_body)?),
            None => None,
        };
        Ok(Steps {
            capture,
            upstream: self.forward.as_deref().map(Upstream::new).transpose()?,
            dedupe: dedupe.map(|dedupe| dedupe.handler_timeout(limit)),
            replay_protection: self
                .replay_protection
                .then(|| once.handler_timeout(outer).keep(keep)),
        })
    }

    pub fn layer(&self) -> Result<VerifyLayer, UsageError> {
        let verifier = self.verifier()?;
        let fetches = verifier.fetches_certificates();
        let mut builder =
            VerifyLayer::builder(verifier).max_body_in_flight(self.max_body_in_flight);
        if fetches {
            builder = builder.source(self.source()?);
        }
        builder.build().map_err(|error| of_config_error(&error, &self.labels()))
    }

    fn labels(&self) -> Labels {
        Labels {
            token: if self.token_file.is_some() { "--token-file" } else { "--token" },
            certificate_url: match (self.certificate_url.is_empty(), self.certificate.is_empty()) {
                (true, _) => "--certificate",
                (false, true) => "--certificate-url",
                (false, false) => "--certificate-url or --certificate",
            },
        }
    }

    fn verifier(&self) -> Result<Verifier, UsageError> {
        let tolerance = Duration::from_secs(self.tolerance);
        let mut builder = Verifier::builder()
            .max_age(tolerance)
            .max_future(tolerance)
            .max_body_bytes(self.max_body);
        for endpoint in
            endpoints(&lines(&self.endpoint), &lines(&self.seen_as), self.seen_anywhere)?
        {
            builder = builder.endpoint(endpoint.endpoint());
        }
        for token in self.tokens()? {
            builder = builder.token(token);
        }
        if self.any_tenant {
            builder = builder.dangerous_accept_any_tenant();
        }
        if self.require_v2 {
            builder = builder.require_v2();
        }
        builder = match self.form {
            FormArg::Any => builder,
            FormArg::Reference => builder.body_ending(BodyEnding::Reference),
            FormArg::Documented => builder.body_ending(BodyEnding::Documented),
        };
        for region in lines(&self.region) {
            builder = builder.region(region);
        }
        for region in &self.unlisted_region {
            builder = builder.unlisted_region(region);
        }
        if self.internal_oss_host {
            builder = builder.internal_oss_host();
        }
        for url in lines(&self.certificate_url) {
            builder = builder.certificate_url(url);
        }
        for argument in lines(&self.certificate) {
            let (url, file) = argument.split_once('=').ok_or_else(|| {
                UsageError::new("--certificate", format_args!("{argument:?} is not URL=FILE"))
            })?;
            builder = builder.certificate(url, read("--certificate", Path::new(file))?);
        }
        builder.build().map_err(|error| of_config_error(&error, &self.labels()))
    }

    fn tokens(&self) -> Result<Vec<String>, UsageError> {
        let Some(file) = &self.token_file else { return Ok(lines(&self.token)) };
        let text = String::from_utf8(read("--token-file", file)?)
            .map_err(|_| UsageError::new("--token-file", "is not text"))?;
        Ok(text.lines().map(str::to_owned).collect())
    }

    fn resolves_to_loopback(&self) -> bool {
        let to_loopback = |argument: &String| {
            resolved(argument).is_some_and(|(_, address)| address.ip().is_loopback())
        };
        !self.resolve.is_empty() && self.resolve.iter().all(to_loopback)
    }

    fn source(&self) -> Result<HttpsSource, UsageError> {
        let mut builder = HttpsSource::builder();
        for file in &self.ca_certificate {
            let root = read("--ca-certificate", file)?;
            if holds_test_root(&root) && !self.resolves_to_loopback() {
                let reason = "is the test root of push, whose key is public: it needs a --resolve to this machine";
                return Err(UsageError::new("--ca-certificate", reason));
            }
            builder = builder.root_certificates(root);
        }
        for argument in &self.resolve {
            let (host, address) = resolved(argument).ok_or_else(|| {
                UsageError::new("--resolve", format_args!("{argument:?} is not HOST=IP:PORT"))
            })?;
            builder = builder.resolve(host, address);
        }
        if let Some(proxy) = &self.fetch_proxy {
            builder = builder.proxy(proxy);
        }
        builder.build().map_err(|error| match error.kind() {
            HttpsSourceErrorKind::Proxy => UsageError::new("--fetch-proxy", chain(&error)),
            HttpsSourceErrorKind::NoClient => UsageError::new(
                "--ca-certificate",
                "no HTTPS client can be made; if the system has no TLS roots, install its package ca-certificates or give \
                 roots with this option",
            ),
            _ => UsageError::new("--ca-certificate", chain(&error)),
        })
    }
}

fn is_redis(url: &str) -> bool {
    let scheme = url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme.is_some_and(|scheme| {
        matches!(scheme.split('+').next(), Some("redis" | "rediss" | "valkey" | "valkeys"))
    })
}

/// More pushes than come while one is accepted.
fn many() -> MemoryStore {
    MemoryStore::builder().max_done(500_000).build()
}

fn resolved(argument: &str) -> Option<(&str, SocketAddr)> {
    let (host, address) = argument.split_once('=')?;
    Some((host, address.parse().ok()?))
}

/// As many as load balancers of a large site hold, and a host of its own beside them.
const DEFAULT_CONNECTIONS: u64 = 1280;
const DEFAULT_CONNECTIONS_PER_PEER: u64 = 1024;
/// Files other than connections: the admin's, certificates being fetched, captures.
const OTHER_FILES: u64 = 64;
/// However it is written: with text around it, say, or other line ends.
fn holds_test_root(pem: &[u8]) -> bool {
    let data = |pem: &[u8]| -> String {
        let text = String::from_utf8_lossy(pem);
        let lines = text.split(['\r', '\n']).map(str::trim).filter(|line| !line.contains("-----"));
        lines.flat_map(str::split_whitespace).collect()
    };
    data(pem).contains(&data(TEST_ROOT))
}

const TEST_ROOT: &[u8] = include_bytes!("../push/test_root.pem");
