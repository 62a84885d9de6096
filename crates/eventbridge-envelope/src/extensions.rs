//! What an `http::Request` carries of its envelope beside method, URI, headers and body.

use crate::{json::JsonText, values::ValueMap};

/// Parameters that the gateway took out of the path: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathParameters(pub(crate) ValueMap);

/// The variables of the gateway's stage: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageVariables(pub(crate) ValueMap);

/// The gateway's request context: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayContext(pub(crate) JsonText);

impl PathParameters {
    /// The parameters.
    #[must_use]
    pub fn values(&self) -> &ValueMap {
        &self.0
    }
}

impl StageVariables {
    /// The variables.
    #[must_use]
    pub fn values(&self) -> &ValueMap {
        &self.0
    }
}

impl GatewayContext {
    /// The context, as it was written.
    #[must_use]
    pub fn json(&self) -> &JsonText {
        &self.0
    }
}
