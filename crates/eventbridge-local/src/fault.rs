//! Why a request is not done, in the vendor's codes.

use std::{error::Error, fmt};

use aliyun_eventbridge::{
    error::ErrorCode,
    field::{FieldProblem, InvalidField},
};

/// Says why a request is not done: a status, a code of the vendor, and words.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// The HTTP status. The vendor's open-source server answers 409 to nearly everything.
    pub status: u16,
    /// The code.
    pub code: ErrorCode,
    /// The words. They hold no secret.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(status: u16, code: ErrorCode, message: impl fmt::Display) -> Self {
        Self { status, code, message: message.to_string() }
    }

    /// Returns a conflict: what is asked for does not fit what is there.
    pub(crate) fn conflict(code: ErrorCode, message: impl fmt::Display) -> Self {
        Self::new(409, code, message)
    }

    pub(crate) fn parameter(message: impl fmt::Display) -> Self {
        Self::conflict(ErrorCode::RequestParameterInvalid, message)
    }

    pub(crate) fn unavailable(message: impl fmt::Display) -> Self {
        Self::new(503, ErrorCode::ServiceUnavailable, message)
    }

    pub(crate) fn internal(message: impl fmt::Display) -> Self {
        Self::new(500, ErrorCode::InternalError, message)
    }
}

impl From<InvalidField> for Fault {
    fn from(field: InvalidField) -> Self {
        let missing = *field.problem() == FieldProblem::Missing;
        let code = match field.field() {
            "EventBusName" | "aliyuneventbusname" => ErrorCode::EventBusNameInvalid,
            "RuleName" => ErrorCode::EventRuleNameInvalid,
            "ApiDestinationName" => ErrorCode::ApiDestinationNameInvalid,
            "Limit" | "MaxResults" => ErrorCode::LimitSizeInvalid,
            "FilterPattern" | "EventPattern" | "Event" => ErrorCode::JsonAttributeInvalid,
            "HttpApiParameters.Endpoint" => match field.problem() {
                FieldProblem::Length { got: 0, .. } => ErrorCode::EndpointIsBlank,
                FieldProblem::Length { .. } => ErrorCode::EndpointLengthExceed,
                FieldProblem::Missing
                | FieldProblem::Range { .. }
                | FieldProblem::Character { .. }
                | FieldProblem::Rule(_)
                | _ => ErrorCode::RequestParameterInvalid,
            },
            _ if missing => ErrorCode::MissingParameter,
            _ => ErrorCode::RequestParameterInvalid,
        };
        Self::conflict(code, field)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl Error for Fault {}
