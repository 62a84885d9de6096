//! The headers in which the platform describes an invocation.

use std::{fmt, sync::Arc};

use http::{HeaderMap, HeaderName, Method, Request};

/// Holds the headers of Function Compute about an invocation (docs/wire-facts.md section 4.3).
///
/// It is an extension of the inner request, and an argument of a handler of events. Every part may
/// be missing, as in a call by hand. Its `Debug` shows no credentials. It is cheap to clone.
#[derive(Clone, Default)]
pub struct FunctionContext {
    headers: Arc<HeaderMap>,
}

macro_rules! parts {
    ($($(#[$documentation:meta])* $part:ident = $header:literal;)*) => {
        impl FunctionContext {
            $($(#[$documentation])*
            #[doc = concat!("\n\nThe header `", $header, "`.")]
            #[must_use]
            pub fn $part(&self) -> Option<&str> {
                self.header($header)
            })*
        }

        impl fmt::Debug for FunctionContext {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut shown = formatter.debug_struct("FunctionContext");
                // One by one: an unknown header may be a credential.
                $(match ($header, self.$part()) {
                    (_, None) => {}
                    (header, Some(_)) if CREDENTIALS.contains(&header) => {
                        shown.field(stringify!($part), &"<redacted>");
                    }
                    (_, Some(text)) => {
                        shown.field(stringify!($part), &text);
                    }
                })*
                shown.finish_non_exhaustive()
            }
        }
    };
}

parts! {
    /// The id of the invocation, as in the function's log.
    request_id = "x-fc-request-id";
    /// The function's name.
    function_name = "x-fc-function-name";
    /// The handler that is configured. A custom runtime does not use it.
    function_handler = "x-fc-function-handler";
    /// The memory that the function may use, in MB.
    function_memory = "x-fc-function-memory";
    /// The service that the function belongs to (Function Compute 2.0).
    service_name = "x-fc-service-name";
    /// The region's id.
    region = "x-fc-region";
    /// The id of the account that owns the function.
    account_id = "x-fc-account-id";
    /// The version or alias that was invoked.
    qualifier = "x-fc-qualifier";
    /// The version that was invoked.
    version_id = "x-fc-version-id";
    /// The log project.
    log_project = "x-fc-service-logproject";
    /// The log store.
    log_store = "x-fc-service-logstore";
    /// The call of the platform: `/invoke`, `/http-invoke`, `/initialize`, `/pre-freeze` or
    /// `/pre-stop`.
    control_path = "x-fc-control-path";
    /// The id of the temporary access key of the function's role. Newer runtimes have the
    /// credentials in the environment instead (`ALIBABA_CLOUD_ACCESS_KEY_ID` and so on).
    access_key_id = "x-fc-access-key-id";
    /// The secret of the temporary access key. **Never log it.**
    access_key_secret = "x-fc-access-key-secret";
    /// The token that goes with the temporary access key. **Never log it.**
    security_token = "x-fc-security-token";
}

impl FunctionContext {
    /// Returns any header of the platform, by its whole name in lower case, if it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Takes the platform's headers of a map, to test a handler with.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        Self::taken_from(&mut headers.clone())
    }

    /// Moves the platform's headers out of a request.
    pub(crate) fn taken_from(headers: &mut HeaderMap) -> Self {
        let names = platform_names(headers);
        let mut taken = HeaderMap::with_capacity(names.len());
        for name in names {
            if let Some(mut value) = headers.remove(&name) {
                value.set_sensitive(true);
                taken.insert(name, value);
            }
        }
        Self { headers: Arc::new(taken) }
    }
}

/// Removes the headers that only the platform may set, in either direction.
pub(crate) fn remove_platform_headers(headers: &mut HeaderMap) {
    for name in platform_names(headers) {
        headers.remove(name);
    }
}

fn platform_names(headers: &HeaderMap) -> Vec<HeaderName> {
    headers.keys().filter(|name| name.as_str().starts_with(PREFIX)).cloned().collect()
}

/// The calls of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Event,
    Http,
    Initialize,
    PreFreeze,
    PreStop,
}

impl Call {
    /// Returns the call that the control header names. Without that header, as in a test by hand,
    /// method and path tell.
    ///
    /// A client over HTTP can send any headers. So a platform header that is there twice is
    /// rejected, and so is a control header that path or method contradict.
    pub(crate) fn of<B>(request: &Request<B>) -> Result<Self, ContradictoryCall> {
        let headers = request.headers();
        let is_doubled = |name: &&HeaderName| headers.get_all(*name).iter().nth(1).is_some();
        let platform_names = headers.keys().filter(|name| name.as_str().starts_with(PREFIX));
        if let Some(name) = platform_names.into_iter().find(is_doubled) {
            return Err(ContradictoryCall::Doubled(name.clone()));
        }
        let by_path = |path: &str| match path {
            "/invoke" => Self::Event,
            "/initialize" => Self::Initialize,
            "/pre-freeze" => Self::PreFreeze,
            "/pre-stop" => Self::PreStop,
            _ => Self::Http,
        };
        let requested = by_path(request.uri().path());
        let has_its_method = match requested {
            Self::Event | Self::Initialize => request.method() == Method::POST,
            Self::PreFreeze | Self::PreStop => {
                [Method::POST, Method::GET].contains(request.method())
            }
            Self::Http => true,
        };
        let Some(control) = headers.get(CONTROL_PATH) else {
            return Ok(if has_its_method { requested } else { Self::Http });
        };
        let call = control.to_str().map_or(Self::Http, by_path);
        // Over HTTP a client may ask for any path.
        if call == Self::Http || (call == requested && has_its_method) {
            return Ok(call);
        }
        Err(ContradictoryCall::OtherRequest(call))
    }

    const fn control_path(self) -> &'static str {
        match self {
            Self::Event => "/invoke",
            Self::Http => "/http-invoke",
            Self::Initialize => "/initialize",
            Self::PreFreeze => "/pre-freeze",
            Self::PreStop => "/pre-stop",
        }
    }

    /// Returns the name in the platform's log lines.
    pub(crate) const fn log_name(self) -> &'static str {
        match self {
            Self::Event | Self::Http => "Invoke",
            Self::Initialize => "Initialize",
            Self::PreFreeze => "PreFreeze",
            Self::PreStop => "PreStop",
        }
    }
}

/// A call that the platform does not make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ContradictoryCall {
    /// A header of the platform is there more than once.
    Doubled(HeaderName),
    /// Path or method are not those of the call that the control header names.
    OtherRequest(Call),
}

impl fmt::Display for ContradictoryCall {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Doubled(name) => write!(
                formatter,
                "the header {name} is there more than once, and the platform sends it once: the \
                 request is rejected"
            ),
            Self::OtherRequest(call) => write!(
                formatter,
                "{CONTROL_PATH} names the call {}, and method or path of the request are not its \
                 own: the request is rejected",
                call.control_path()
            ),
        }
    }
}

const CONTROL_PATH: &str = "x-fc-control-path";
const PREFIX: &str = "x-fc-";
const CREDENTIALS: [&str; 3] =
    ["x-fc-access-key-id", "x-fc-access-key-secret", "x-fc-security-token"];
