//! The parts of an envelope that are extensions of its `http::Request`.

use crate::{json::JsonText, values::ValueMap};

/// The parameters that the gateway took out of the path: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathParameters(pub(crate) ValueMap);

/// The variables of the gateway's stage: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageVariables(pub(crate) ValueMap);

/// The gateway's request context: an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayContext(pub(crate) JsonText);

impl PathParameters {
    /// Returns the parameters.
    #[must_use]
    pub fn values(&self) -> &ValueMap {
        &self.0
    }
}

impl StageVariables {
    /// Returns the variables.
    #[must_use]
    pub fn values(&self) -> &ValueMap {
        &self.0
    }
}

impl GatewayContext {
    /// Returns the context, as it was written.
    #[must_use]
    pub fn json(&self) -> &JsonText {
        &self.0
    }
}
