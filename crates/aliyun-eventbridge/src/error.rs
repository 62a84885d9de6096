//! What goes wrong with a call, told apart by kind and by the service's code.

use std::{error::Error, fmt, sync::Arc, time::Duration};

use crate::{
    credentials::CredentialsError, field::InvalidField, http::HttpError, random::RandomError,
};

open_enum! {
    /// Names a reason of the service. Unknown codes are kept.
    ///
    /// The list is that of the vendor's pages, of its open-source server, and of guides in
    /// circulation.
    pub enum ErrorCode {
        /// The service failed: try again.
        InternalError = "InternalError",
        /// The service is not available: try again.
        ServiceUnavailable = "ServiceUnavailable",
        /// Too many requests: slow down.
        TooManyRequests = "TooManyRequests",
        /// Too many requests: slow down.
        Throttling = "Throttling",
        /// Too many requests of this user: slow down.
        ThrottlingUser = "Throttling.User",
        /// EventBridge is not activated in this account: activate it.
        ServiceNotEnable = "ServiceNotEnable",
        /// The AccessKey does not exist: check the credentials.
        InvalidAccessKeyId = "InvalidAccessKeyId",
        /// The temporary AccessKey does not exist or is expired: refresh the credentials.
        InvalidStsAccessKeyId = "InvalidStsAccessKeyId",
        /// The account of the endpoint does not exist: check the account id.
        AccountIdNotExist = "AccountIdNotExist",
        /// The AccessKey may not do this: check its RAM policy.
        AccessDenied = "AccessDenied",
        /// The AccessKey may not do this: check its RAM policy.
        AccessDeniedByPreCheck = "AccessDeniedByPreCheck",
        /// A parameter is missing.
        MissingParameter = "MissingParameter",
        /// A parameter is wrong, its name most often.
        RequestParameterInvalid = "RequestParameterInvalid",
        /// A parameter is wrong or missing.
        RequestParameterException = "RequestParameterException",
        /// A JSON text is malformed.
        JsonAttributeInvalid = "JsonAttributeInvalid",
        /// The page size is out of range.
        LimitSizeInvalid = "LimitSizeInvalid",
        /// The page token is not one of the service.
        NextTokenInvalid = "NextTokenInvalid",
        /// The bus does not exist: create it first.
        EventBusNotExist = "EventBusNotExist",
        /// The name of the bus is not allowed.
        EventBusNameInvalid = "EventBusNameInvalid",
        /// The bus exists already.
        EventBusAlreadyExist = "EventBusAlreadyExist",
        /// The account has as many buses as it may.
        EventBusCountExceedLimit = "EventBusCountExceedLimit",
        /// The bus has rules: delete them first.
        EventBusRuleNotEmptyForDelete = "EventBusRuleNotEmptyForDelete",
        /// Events of one request name several buses.
        PutEventsRequestMoreThanOneEventBus = "PutEventsRequestMoreThanOneEventBus",
        /// The rule does not exist.
        EventRuleNotExist = "EventRuleNotExist",
        /// The rule does not exist, as the 2020-04-01 API spells it.
        EventRuleNotExisted = "EventRuleNotExisted",
        /// The name of the rule is not allowed.
        EventRuleNameInvalid = "EventRuleNameInvalid",
        /// The rule exists already.
        EventRuleAlreadyExist = "EventRuleAlreadyExist",
        /// The bus has as many rules as it may.
        EventRuleCountExceedLimit = "EventRuleCountExceedLimit",
        /// The target does not exist.
        EventTargetNotExist = "EventTargetNotExist",
        /// The target exists already.
        EventTargetAlreadyExist = "EventTargetAlreadyExist",
        /// The name of the API destination is not allowed.
        ApiDestinationNameInvalid = "ApiDestinationNameInvalid",
        /// The API destination exists already.
        ApiDestinationAlreadyExist = "ApiDestinationAlreadyExist",
        /// The API destination does not exist.
        ApiDestinationNotExist = "ApiDestinationNotExist",
        /// The account has as many API destinations as it may.
        ApiDestinationCountExceedLimit = "ApiDestinationCountExceedLimit",
        /// The connection does not exist: create it first.
        ConnectionNotExist = "ConnectionNotExist",
        /// An API destination uses the connection: delete that first.
        ConnectionBoundApiDestination = "ConnectionBoundApiDestination",
        /// `HttpApiParameters` is missing.
        HttpApiParametersIsNull = "HttpApiParametersIsNull",
        /// The endpoint of the API destination is blank.
        EndpointIsBlank = "EndpointIsBlank",
        /// The endpoint of the API destination is too long.
        EndpointLengthExceed = "EndpointLengthExceed",
        /// The method of the API destination is blank. The service's code is this one word.
        MethodIsBlank = "Method",
    }
}

impl ErrorCode {
    /// Tells whether the service asks to slow down.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        *self == Self::TooManyRequests || self.as_str().starts_with("Throttling")
    }

    /// Tells whether the thing that was asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        let text = self.as_str();
        text.ends_with("NotExist") || text.ends_with("NotExisted")
    }

    /// Tells whether the thing that was to be created exists.
    #[must_use]
    pub fn is_already_there(&self) -> bool {
        let text = self.as_str();
        text.ends_with("AlreadyExist") || text.ends_with("AlreadyExisted")
    }

    /// Tells whether the same request is worth sending again. Unknown codes are not judged.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_throttling() || matches!(self, Self::InternalError | Self::ServiceUnavailable)
    }

    /// Tells whether the same event is refused each time. Unknown codes may be transient.
    pub(crate) fn refuses_event_for_good(&self) -> bool {
        self.is_not_found()
            || self.as_str().starts_with("AccessDenied")
            || matches!(
                self,
                Self::RequestParameterInvalid
                    | Self::RequestParameterException
                    | Self::MissingParameter
                    | Self::JsonAttributeInvalid
                    | Self::EventBusNameInvalid
                    | Self::PutEventsRequestMoreThanOneEventBus
                    | Self::ServiceNotEnable
            )
    }
}

/// Holds a failure that the service reports.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ServiceError {
    /// The HTTP status. 200 is possible: the answer then says that it failed.
    pub status: u16,
    /// The service's code, if the answer has one.
    pub code: Option<ErrorCode>,
    /// The service's words, cut at 512 characters.
    pub message: Option<String>,
    /// The id by which the vendor's support finds the request.
    pub request_id: Option<String>,
    /// How long the service asks to wait.
    pub retry_after: Option<Duration>,
}

impl ServiceError {
    /// Tells whether the service asks to slow down: by code, or by status 429.
    #[must_use]
    pub fn is_throttling(&self) -> bool {
        self.status == 429 || self.code.as_ref().is_some_and(ErrorCode::is_throttling)
    }

    /// Tells whether the same request is worth sending again.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        self.is_throttling()
            || self.status >= 500
            || self.status == 408
            || self.code.as_ref().is_some_and(ErrorCode::is_transient)
    }

    /// Tells whether credentials, account or permission are refused: no other request will fare
    /// better.
    pub(crate) fn refuses_caller(&self) -> bool {
        matches!(self.status, 401 | 403)
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the service refused it with status {}", self.status)?;
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, " (request id {id})")?;
        }
        Ok(())
    }
}

impl Error for ServiceError {}

/// Says that an answer with a status of success cannot be read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct UnreadableAnswer {
    /// The HTTP status.
    pub status: u16,
    /// The length of the body in bytes.
    pub length: usize,
    /// The media type that the answer names, cut at 64 characters.
    pub media_type: Option<String>,
    /// What is wrong with it.
    pub problem: String,
}

impl fmt::Display for UnreadableAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, length, problem, .. } = self;
        let media_type = self.media_type.as_deref().unwrap_or("no media type");
        write!(
            f,
            "the answer cannot be read (status {status}, {length} bytes, {media_type}): {problem}"
        )
    }
}

impl Error for UnreadableAnswer {}

/// Says why a call has no result. It holds neither the URL nor the body of the request.
#[derive(Clone, Debug)]
pub struct CallError {
    operation: &'static str,
    attempts: u32,
    reason: CallErrorReason,
}

/// Holds the reason of a [`CallError`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum CallErrorReason {
    /// A field is invalid. Nothing was sent.
    Invalid(InvalidField),
    /// There are no credentials. Nothing was sent.
    Credentials(CredentialsError),
    /// There is no randomness. Nothing was sent.
    Random(RandomError),
    /// The service refused.
    Service(ServiceError),
    /// The answer is not one of this service.
    Unreadable(UnreadableAnswer),
    /// There is no whole answer.
    Http(HttpError),
    /// There was no answer in time. Holds the failure before that, if there was one.
    Deadline {
        /// The time that the call had, or its last attempt.
        allowed: Duration,
        /// The failure of the attempt before.
        last: Option<Arc<Self>>,
    },
}

impl CallError {
    pub(crate) const fn new(
        operation: &'static str,
        attempts: u32,
        reason: CallErrorReason,
    ) -> Self {
        Self { operation, attempts, reason }
    }

    pub(crate) const fn invalid(operation: &'static str, field: InvalidField) -> Self {
        Self::new(operation, 0, CallErrorReason::Invalid(field))
    }

    /// Returns the name of the operation, for example `PutEvents`.
    #[must_use]
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// Returns how often the request was sent.
    ///
    /// More than one attempt of a creation can end in "already exists" though the first one created
    /// it.
    #[must_use]
    pub const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Returns the reason.
    #[must_use]
    pub const fn reason(&self) -> &CallErrorReason {
        &self.reason
    }

    /// Returns the service's code, if the service refused and named one.
    #[must_use]
    pub fn code(&self) -> Option<&ErrorCode> {
        match self.reason.last() {
            CallErrorReason::Service(error) => error.code.as_ref(),
            CallErrorReason::Invalid(_)
            | CallErrorReason::Credentials(_)
            | CallErrorReason::Random(_)
            | CallErrorReason::Unreadable(_)
            | CallErrorReason::Http(_)
            | CallErrorReason::Deadline { .. } => None,
        }
    }

    /// Tells whether the thing that was asked for does not exist.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.code().is_some_and(ErrorCode::is_not_found)
    }
}

impl CallErrorReason {
    /// Tells whether the same request is worth sending again.
    pub(crate) fn is_transient(&self) -> bool {
        match self {
            Self::Invalid(_) | Self::Credentials(_) | Self::Random(_) => false,
            Self::Service(error) => error.is_transient(),
            Self::Unreadable(_) | Self::Http(_) | Self::Deadline { .. } => true,
        }
    }

    fn last(&self) -> &Self {
        match self {
            Self::Deadline { last: Some(last), .. } => last,
            Self::Deadline { last: None, .. }
            | Self::Invalid(_)
            | Self::Credentials(_)
            | Self::Random(_)
            | Self::Service(_)
            | Self::Unreadable(_)
            | Self::Http(_) => self,
        }
    }
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, attempts, .. } = self;
        match attempts {
            0 => write!(f, "{operation} was not sent"),
            1 => write!(f, "{operation} failed"),
            more => write!(f, "{operation} failed after {more} attempts"),
        }?;
        if let CallErrorReason::Deadline { allowed, .. } = &self.reason {
            // What is left of a deadline has nanoseconds, which say nothing.
            let millis = allowed.as_micros().saturating_add(500) / 1000;
            let shown = u64::try_from(millis).map_or(*allowed, Duration::from_millis);
            write!(f, ": no result within {shown:?}")?;
        }
        Ok(())
    }
}

impl Error for CallError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.reason.last() {
            CallErrorReason::Invalid(error) => Some(error),
            CallErrorReason::Credentials(error) => Some(error),
            CallErrorReason::Random(error) => Some(error),
            CallErrorReason::Service(error) => Some(error),
            CallErrorReason::Unreadable(error) => Some(error),
            CallErrorReason::Http(error) => Some(error),
            CallErrorReason::Deadline { .. } => None,
        }
    }
}
