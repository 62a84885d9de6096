//! The parts of an envelope that are extensions of its `http::Request`.

use crate::{json::JsonText, values::ValueMap};

/// Holds the parameters that the gateway took out of the path. It is an extension of the
/// `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathParameters(pub(crate) ValueMap);

/// Holds the variables of the gateway's stage. It is an extension of the `http::Request`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StageVariables(pub(crate) ValueMap);

/// Holds the gateway's request context. It is an extension of the `http::Request`.
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
