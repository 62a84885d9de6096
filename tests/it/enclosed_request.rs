//! The path of an enclosed request: what cargo-mutants found that no other test asked.

#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

use http::Method;
use tower_eventbridge::envelope::{ApiGatewayRequest, Dialect, EnvelopeErrorKind};

/// The crate `http` refuses such a path too, but tells the operator another reason.
#[test]
fn a_path_that_does_not_begin_with_a_slash_is_named_as_such() {
    for path in ["users", "", "users/1", "?a=1"] {
        let request = ApiGatewayRequest::new(Dialect::FcHttp, Method::GET, path);
        let error = request.path_and_query().unwrap_err();
        assert_eq!(error.kind(), EnvelopeErrorKind::MalformedField, "{path}");
        assert_eq!(error.dialect(), Some(Dialect::FcHttp), "{path}");
        assert!(error.to_string().contains("does not begin with /"), "{path}: {error}");
    }
}
