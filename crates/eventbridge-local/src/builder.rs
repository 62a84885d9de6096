//! Settings of a local EventBridge, and its start.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicU64, AtomicUsize},
    },
};

use aliyun_eventbridge::{
    buses::CreateEventBus,
    clock::{Clock, SystemClock},
    connections::CreateConnection,
    credentials::Credentials,
    destinations::CreateApiDestination,
    error::ErrorCode,
    rules::CreateRule,
};
use axum::Router;
use bytes::Bytes;
use tokio::{net::TcpListener, sync::watch};
use tokio_rustls::TlsAcceptor;
use tower_eventbridge::{
    signature::BodyEnding,
    signer::{SignWith, Signer},
};

use crate::{
    core::Core,
    dead_letters::DeadLetters,
    fault::Fault,
    handle::Handle,
    journal::{Journal, Recovered},
    limits::{Bounds, Quotas},
    local::LocalEventBridge,
    observe::Observer,
    root::TlsRoot,
    send::{Client, Sender, Signing},
    server::{Front, routes, serve},
    shared::{Counts, Shared},
};

/// Names the URL at which the certificate is said to be: an OSS host of no region.
pub const CERTIFICATE_URL: &str =
    "https://local-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";
/// Names the subject of the root under which the certificate host serves.
pub const ROOT_NAME: &str = "eventbridge local: root of this user";

/// Says why the server did not start.
#[derive(Debug)]
pub struct StartError {
    kind: StartErrorKind,
    reason: String,
    cause: Option<io::Error>,
}

/// Names the kinds of [`StartError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// The address cannot be listened on. If the system refused it,
    /// [`source`](std::error::Error::source) is its [`io::Error`].
    Listen,
    /// The state file cannot be used.
    State,
    /// A TLS root of targets cannot be read.
    TargetRoots,
    /// A bus, rule, API destination or connection is wrong.
    Resource,
    /// A setting is wrong, or a key or certificate cannot be made.
    Setting,
}

impl StartError {
    fn new(kind: StartErrorKind, reason: impl fmt::Display) -> Self {
        Self { kind, reason: reason.to_string(), cause: None }
    }

    /// Makes the error of an address, whose reason names the cause too.
    fn listen(address: SocketAddr, cause: io::Error) -> Self {
        let reason = format!("{address}: {cause}");
        Self { kind: StartErrorKind::Listen, reason, cause: Some(cause) }
    }

    /// Returns the kind.
    #[must_use]
    pub const fn kind(&self) -> StartErrorKind {
        self.kind
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let cause = self.cause.as_ref()?;
        Some(cause)
    }
}

type Pages = Box<dyn FnOnce(&Handle) -> Router + Send>;

/// Configures a [`LocalEventBridge`]. Every setting has a default.
#[must_use]
pub struct Builder {
    listen: SocketAddr,
    keys: Vec<Credentials>,
    account: String,
    region: String,
    signer: Option<Signer>,
    root: Option<TlsRoot>,
    with: SignWith,
    ending: BodyEnding,
    time_scale: f64,
    clock: Arc<dyn Clock>,
    state: Option<PathBuf>,
    quotas: Quotas,
    bounds: Bounds,
    target_roots: Vec<Vec<u8>>,
    resources: Vec<Wanted>,
    pages: Option<Pages>,
}

/// A resource that is created at the start.
enum Wanted {
    Bus(CreateEventBus),
    Rule(CreateRule),
    Connection(CreateConnection),
    ApiDestination(CreateApiDestination),
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            keys: Vec::new(),
            account: "123456789098".to_owned(),
            region: "cn-hangzhou".to_owned(),
            signer: None,
            root: None,
            with: SignWith::V2,
            ending: BodyEnding::Reference,
            time_scale: 1.0,
            clock: Arc::new(SystemClock::new()),
            state: None,
            quotas: Quotas::default(),
            bounds: Bounds::default(),
            target_roots: Vec::new(),
            resources: Vec::new(),
            pages: None,
        }
    }

    /// Sets where to listen: an address of this machine. Default: 127.0.0.1 and a free port.
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Adds an AccessKey that may ask. Default, if none is added: id `local`, secret `local`.
    pub fn access_key(mut self, key: Credentials) -> Self {
        self.keys.push(key);
        self
    }

    /// Sets the account id in resource names and events. Default: `123456789098`.
    pub fn account(mut self, id: impl Into<String>) -> Self {
        self.account = id.into();
        self
    }

    /// Sets the region id in resource names and events. Default: `cn-hangzhou`.
    pub fn region(mut self, id: impl Into<String>) -> Self {
        self.region = id.into();
        self
    }

    /// Sets who signs pushes. Its certificate URL is the one that is served. Default: a new key and
    /// [`CERTIFICATE_URL`].
    pub fn signer(mut self, signer: Signer) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Sets the root under which the certificate host serves. Default: a new one.
    pub fn root(mut self, root: TlsRoot) -> Self {
        self.root = Some(root);
        self
    }

    /// Sets which signatures pushes carry. Default: v2.
    pub fn sign_with(mut self, with: SignWith) -> Self {
        self.with = with;
        self
    }

    /// Sets the ending of strings to sign. Default: [`BodyEnding::Reference`].
    pub fn body_ending(mut self, ending: BodyEnding) -> Self {
        self.ending = ending;
        self
    }

    /// Sets how many times faster than EventBridge's the schedule of tries runs, 0.001 to
    /// 1,000,000. Default: 1.
    pub fn time_scale(mut self, factor: f64) -> Self {
        self.time_scale = factor;
        self
    }

    /// Sets the wall clock of timestamps. Default: the system's.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Keeps the state in this file, so that it survives a crash. Default: in memory only.
    pub fn state(mut self, file: impl Into<PathBuf>) -> Self {
        self.state = Some(file.into());
        self
    }

    /// Sets the quotas.
    pub fn quotas(mut self, quotas: Quotas) -> Self {
        self.quotas = quotas;
        self
    }

    /// Sets how much the server holds.
    pub fn bounds(mut self, bounds: Bounds) -> Self {
        self.bounds = bounds;
        self
    }

    /// Trusts these TLS roots of HTTPS targets, PEM blocks among any text, in addition to the
    /// system's.
    pub fn target_roots(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.target_roots.push(pem.into());
        self
    }

    /// Creates a bus at the start. One that exists in the state file stays as it is.
    pub fn event_bus(mut self, bus: CreateEventBus) -> Self {
        self.resources.push(Wanted::Bus(bus));
        self
    }

    /// Creates a rule at the start, after buses that were added before. One that exists in the
    /// state file stays as it is.
    pub fn rule(mut self, rule: CreateRule) -> Self {
        self.resources.push(Wanted::Rule(rule));
        self
    }

    /// Creates a connection at the start. One that exists in the state file stays as it is.
    pub fn connection(mut self, connection: CreateConnection) -> Self {
        self.resources.push(Wanted::Connection(connection));
        self
    }

    /// Creates an API destination at the start, after its connection. One that exists in the state
    /// file stays as it is.
    pub fn api_destination(mut self, destination: CreateApiDestination) -> Self {
        self.resources.push(Wanted::ApiDestination(destination));
        self
    }

    /// Adds routes of pages, which get what is not one of the server's own paths. Check requests of
    /// browsers by [`from_this_machine`](crate::from_this_machine).
    pub fn pages(mut self, pages: impl FnOnce(&Handle) -> Router + Send + 'static) -> Self {
        self.pages = Some(Box::new(pages));
        self
    }

    /// Starts the server on the running tokio runtime.
    ///
    /// # Errors
    ///
    /// Fails if the address, the state file or a setting cannot be used.
    pub async fn start(self) -> Result<LocalEventBridge, StartError> {
        let setting = |reason: &dyn fmt::Display| StartError::new(StartErrorKind::Setting, reason);
        if !self.listen.ip().to_canonical().is_loopback() {
            let reason = format!(
                "{} can be reached from other machines: give 127.0.0.1:{}",
                self.listen,
                self.listen.port()
            );
            return Err(StartError::new(StartErrorKind::Listen, reason));
        }
        if !(0.001..=1_000_000.0).contains(&self.time_scale) {
            return Err(setting(&"the time scale is not between 0.001 and 1,000,000"));
        }
        let keys = match self.keys.is_empty() {
            true => vec![Credentials::new("local", "local").map_err(|error| setting(&error))?],
            false => self.keys,
        };
        let signer = match self.signer {
            Some(signer) => signer,
            None => Signer::generate()
                .map_err(|error| setting(&error))?
                .with_certificate_url(CERTIFICATE_URL),
        };
        let url: http::Uri = signer.certificate_url().parse().map_err(|error| setting(&error))?;
        let host = url.host().unwrap_or_default().to_owned();
        let root = match self.root {
            Some(root) => root,
            None => TlsRoot::generate(ROOT_NAME).map_err(|error| setting(&error))?,
        };
        let tls = root.server(&[&host, "localhost", "127.0.0.1", "::1"]);
        let tls = TlsAcceptor::from(Arc::new(tls.map_err(|error| setting(&error))?));
        let root_pem = root.pem().map_err(|error| setting(&error))?;
        let client = Client::new(&self.target_roots, &self.bounds)
            .map_err(|error| StartError::new(StartErrorKind::TargetRoots, error))?;
        let (journal, recovered) = match &self.state {
            None => (Journal::Memory, Recovered::default()),
            Some(file) => {
                let failed = |error| {
                    let reason = format!("{}: {error}", file.display());
                    StartError::new(StartErrorKind::State, reason)
                };
                Journal::open(file).map_err(failed)?
            }
        };
        let listener = TcpListener::bind(self.listen).await;
        let failed = |error| StartError::listen(self.listen, error);
        let listener = listener.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;

        let signing = Signing { signer: signer.clone(), with: self.with, ending: self.ending };
        let resources = Arc::new(RwLock::default());
        let clock = Arc::clone(&self.clock);
        let sender = Sender::new(client, signing, clock, Arc::clone(&resources), &self.bounds);
        let (stopping, stopped) = watch::channel(false);
        let shared = Shared {
            attempt: Box::new(sender),
            journal,
            observer: Observer::new(),
            clock: self.clock,
            time_scale: self.time_scale,
            bounds: self.bounds,
            quotas: self.quotas,
            account: self.account,
            region: self.region,
            dead: Mutex::new(DeadLetters::default()),
            counts: watch::Sender::new(Counts::default()),
            held: Arc::new(AtomicUsize::new(0)),
            last: AtomicU64::new(0),
            stopping,
        };
        let handle = Handle { core: Arc::new(Core::new(shared, resources)) };
        let recovered = handle.core.recover(recovered).await;
        recovered.map_err(|fault| StartError::new(StartErrorKind::State, fault))?;
        for wanted in self.resources {
            create(&handle, wanted).await?;
        }
        let front = Front {
            handle: handle.clone(),
            credentials: keys.into(),
            certificate_path: url.path().to_owned(),
            certificate_pem: Bytes::from(signer.certificate_pem().to_owned()),
            timeout: self.bounds.request_timeout,
        };
        let pages = self.pages.map_or_else(Router::new, |pages| pages(&handle));
        let routes = routes(front, pages);
        let task = tokio::spawn(serve(listener, tls, routes, self.bounds, stopped));
        Ok(LocalEventBridge { handle, address, signer, root_pem, task: Some(task) })
    }
}

async fn create(handle: &Handle, wanted: Wanted) -> Result<(), StartError> {
    let created = match wanted {
        Wanted::Bus(bus) => handle.create_event_bus(bus).await,
        Wanted::Rule(rule) => handle.create_rule(rule).await,
        Wanted::Connection(connection) => handle.create_connection(connection).await,
        Wanted::ApiDestination(one) => handle.create_api_destination(one).await,
    };
    match created {
        // The state file has it already, perhaps changed since.
        Err(Fault { code, .. }) if ErrorCode::is_already_there(&code) => Ok(()),
        Err(fault) => Err(StartError::new(StartErrorKind::Resource, fault)),
        Ok(()) => Ok(()),
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("listen", &self.listen).finish_non_exhaustive()
    }
}
