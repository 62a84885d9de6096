//! The keys of events that are a request.

use crate::json::Object;

/// Returns whether an object has the keys of Function Compute's HTTP trigger.
///
/// An object with those of a gateway too is the one that it can be read as.
pub(super) fn are_of_http_trigger(object: &Object<'_>) -> bool {
    let is_gateway = object.contains("httpMethod") && object.contains("path");
    object.contains("rawPath")
        && object.contains("version")
        && (object.contains("requestContext") || !is_gateway)
}

/// Returns whether an object has the keys of a gateway.
pub(super) fn are_of_gateway(object: &Object<'_>) -> bool {
    object.contains("httpMethod") && (object.contains("path") || !are_of_http_trigger(object))
}
