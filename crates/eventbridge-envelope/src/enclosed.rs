//! The parts of an enclosed request as an event has them, and the checked request that they make.

use http::Method;

use crate::{
    attributes::EventAttributes,
    body::Body,
    dialect::Dialect,
    error::EnvelopeError,
    http_parts::{Encoding, body_bytes, header_map, join_cookies},
    json::JsonText,
    request::ApiGatewayRequest,
    values::ValueMap,
};

/// The paths of the fields that hold the parts of a request, for errors.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FieldNames {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: &'static str,
    pub(crate) body: &'static str,
}

/// The parts that a dialect has, not yet checked.
pub(crate) struct Enclosed {
    pub(crate) dialect: Dialect,
    pub(crate) names: FieldNames,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: ValueMap,
    pub(crate) headers: ValueMap,
    pub(crate) body: Body,
    pub(crate) encoding: Encoding,
    pub(crate) path_parameters: ValueMap,
    pub(crate) stage_variables: ValueMap,
    pub(crate) context: Option<JsonText>,
    pub(crate) event: Option<EventAttributes>,
}

impl Enclosed {
    /// Checks the parts and makes the request.
    pub(crate) fn into_request(self) -> Result<ApiGatewayRequest, EnvelopeError> {
        let dialect = self.dialect;
        self.checked().map_err(|error| error.in_dialect(dialect))
    }

    fn checked(self) -> Result<ApiGatewayRequest, EnvelopeError> {
        let names = self.names;
        let method = Method::from_bytes(self.method.as_bytes()).map_err(|error| {
            EnvelopeError::malformed(names.method, "is not an HTTP method").with_source(error)
        })?;
        check_path(&self.path, names)?;
        let mut headers = header_map(self.headers).map_err(|error| error.below(names.headers))?;
        join_cookies(&mut headers);
        // Gateways pass credentials on, and users name the headers.
        headers.values_mut().for_each(|value| value.set_sensitive(true));
        let body = body_bytes(self.body, self.encoding).map_err(|error| error.below(names.body))?;
        Ok(ApiGatewayRequest {
            dialect: self.dialect,
            method,
            path: self.path,
            query: self.query,
            headers,
            body,
            path_parameters: self.path_parameters,
            stage_variables: self.stage_variables,
            context: self.context,
            event: self.event,
        })
    }
}

/// Rejects a path that does not begin with `/`.
pub(crate) fn check_path(path: &str, names: FieldNames) -> Result<(), EnvelopeError> {
    match path.starts_with('/') {
        true => Ok(()),
        false => Err(EnvelopeError::malformed(names.path, "does not begin with /")),
    }
}
