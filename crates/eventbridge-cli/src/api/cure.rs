//! Errors of calls, each with what to do about it.

use std::{fmt, process::ExitCode};

use aliyun_eventbridge::error::{CallError, CallErrorReason, ErrorCode};

use crate::{
    config_error::chain,
    dev, origins,
    usage::{UsageError, program},
};

/// Says on stderr that something failed, in one line.
pub fn failed(problem: impl fmt::Display) -> ExitCode {
    let text = problem.to_string();
    let words: Vec<_> = text.split_whitespace().collect();
    eprintln!("{}: {}", program(), words.join(" "));
    ExitCode::FAILURE
}

/// Why a command did not do what it was asked for.
pub enum Problem {
    Usage(UsageError),
    Call(Box<CallError>),
    Failed(String),
}

impl From<UsageError> for Problem {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

impl From<CallError> for Problem {
    fn from(error: CallError) -> Self {
        Self::Call(Box::new(error))
    }
}

/// Says on stderr why a command failed. What was never sent for its fields is bad usage.
pub fn ended(result: Result<(), Problem>) -> Result<ExitCode, UsageError> {
    match result {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(Problem::Usage(error)) => Err(error),
        Err(Problem::Failed(text)) => Ok(failed(text)),
        Err(Problem::Call(error)) => {
            if let CallErrorReason::Invalid(field) = error.reason() {
                let reason = format_args!("was not sent: {field}");
                return Err(UsageError::new(error.operation(), reason));
            }
            Ok(failed(with_cure(&error)))
        }
    }
}

/// Returns the error with its causes, and the cure.
pub fn with_cure(error: &CallError) -> String {
    let text = chain(error);
    let of_key = |code: &ErrorCode| *code == ErrorCode::InvalidAccessKeyId || is_wrong_secret(code);
    match cure(error) {
        Some(cure) if is_local() && error.code().is_some_and(of_key) => {
            format!("{text}: {cure}; {LOCAL_KEYS}")
        }
        Some(cure) => format!("{text}: {cure}"),
        None => text,
    }
}

fn cure(error: &CallError) -> Option<&'static str> {
    if let Some(code) = error.code() {
        if code.is_already_there() && error.attempts() > 1 {
            return Some("an attempt without an answer may have made it: compare it by get");
        }
        return of_code(code);
    }
    match error.reason() {
        CallErrorReason::Service(refused) if refused.is_throttling() => Some(SLOW_DOWN),
        CallErrorReason::Service(refused) if refused.status == 404 => Some(OTHER_SERVER),
        CallErrorReason::Service(refused) if matches!(refused.status, 401 | 403) => {
            Some("check the AccessKey and its RAM policy")
        }
        CallErrorReason::Unreadable(_) => Some(OTHER_SERVER),
        CallErrorReason::Http(_) if is_local() => {
            Some("start `eventbridge local`, or check --api-endpoint")
        }
        CallErrorReason::Http(_) => {
            Some("check --region, --account and --api-endpoint, and the way to the network")
        }
        CallErrorReason::Deadline { .. } => Some("try again, or give it more --call-timeout"),
        CallErrorReason::Service(_)
        | CallErrorReason::Invalid(_)
        | CallErrorReason::Credentials(_)
        | CallErrorReason::Random(_) => None,
        _ => None,
    }
}

/// Whether the endpoint is on this machine, where `eventbridge local` may run.
fn is_local() -> bool {
    let endpoint = origins::of("--api-endpoint").map(|endpoint| endpoint.values.iter());
    endpoint.into_iter().flatten().any(|url| dev::place_here(url).is_some())
}

fn is_wrong_secret(code: &ErrorCode) -> bool {
    code.as_str().starts_with("SignatureDoesNotMatch")
}

fn of_code(code: &ErrorCode) -> Option<&'static str> {
    if code.is_throttling() {
        return Some(SLOW_DOWN);
    }
    if is_wrong_secret(code) {
        return Some("check the AccessKey secret");
    }
    CURES.iter().find(|(of, _)| of == code).map(|(_, cure)| *cure)
}

/// Codes with what to do about them. Others have the service's own words.
const CURES: &[(ErrorCode, &str)] = &[
    (
        ErrorCode::InvalidAccessKeyId,
        "check the credentials: the AccessKey id is unknown, or temporary and expired",
    ),
    (
        ErrorCode::InvalidStsAccessKeyId,
        "check the credentials: the AccessKey id is unknown, or temporary and expired",
    ),
    (ErrorCode::AccessDenied, "allow the operation in the RAM policy of the AccessKey"),
    (ErrorCode::AccessDeniedByPreCheck, "allow the operation in the RAM policy of the AccessKey"),
    (ErrorCode::ServiceNotEnable, "activate EventBridge in the console of this account"),
    (ErrorCode::AccountIdNotExist, "check --account"),
    (ErrorCode::EventBusNotExist, "check --bus, or create it: eventbridge buses create"),
    (ErrorCode::EventBusAlreadyExist, "it is there already, which may be what you want"),
    (ErrorCode::EventBusCountExceedLimit, "delete a bus, or ask for a higher quota"),
    (ErrorCode::EventBusRuleNotEmptyForDelete, "delete its rules first"),
    (ErrorCode::EventRuleNotExist, "check the name of the rule and --bus: eventbridge rules list"),
    (
        ErrorCode::EventRuleNotExisted,
        "check the name of the rule and --bus: eventbridge rules list",
    ),
    (ErrorCode::EventRuleAlreadyExist, "change it by update, or take another name"),
    (ErrorCode::EventRuleCountExceedLimit, "delete a rule, or use another bus"),
    (ErrorCode::EventTargetNotExist, "check the id: eventbridge targets list"),
    (ErrorCode::EventTargetAlreadyExist, "change it by update, or take another id"),
    (ErrorCode::ApiDestinationAlreadyExist, "change it by update, or take another name"),
    (ErrorCode::ApiDestinationNotExist, "check the name: eventbridge destinations list"),
    (ErrorCode::ApiDestinationCountExceedLimit, "delete an API destination"),
    (
        ErrorCode::ConnectionNotExist,
        "check the name, or create it first: eventbridge connections create",
    ),
    (
        ErrorCode::ConnectionBoundApiDestination,
        "delete the API destinations that use it first: eventbridge destinations list",
    ),
    (ErrorCode::InternalError, "try again later; the request id helps the vendor's support"),
    (ErrorCode::ServiceUnavailable, "try again later; the request id helps the vendor's support"),
];

/// Unless its --rules names others.
pub const LOCAL_KEYS: &str = "for `eventbridge local` both keys are `local`: set \
     ALIBABA_CLOUD_ACCESS_KEY_ID=local and ALIBABA_CLOUD_ACCESS_KEY_SECRET=local, or the \
     access-key of its --rules";
const SLOW_DOWN: &str = "wait and try again: the service asks to slow down";
const OTHER_SERVER: &str = "check --api-endpoint and --protocol: this is not EventBridge's answer";
