//! Headers of an enclosed request that grow when they are written out: a name stands once in the
//! event, and once for each of its values in the request.

use serde_json::json;
use tower_eventbridge::envelope::{ApiGatewayRequest, EnvelopeErrorKind};

const MIB: usize = 1024 * 1024;

/// The headers of a request in which a name of so many bytes has so many values of one byte.
fn read(name: usize, values: usize) -> Result<usize, String> {
    let name = "n".repeat(name);
    let event = json!({
        "specversion": "1.0", "source": "s", "type": "eventbridge:Events:ApiGateway",
        "data": {"method": "GET", "path": "/", "headers": {name: vec!["1"; values]}},
    });
    match ApiGatewayRequest::from_slice(event.to_string().as_bytes()) {
        Ok(request) => Ok(request.headers.len()),
        Err(error) => {
            assert_eq!(error.kind(), EnvelopeErrorKind::MalformedField, "{error}");
            assert_eq!(error.field(), "data.headers", "{error}");
            Err(error.to_string())
        }
    }
}

#[test]
fn names_and_values_of_all_headers_are_a_mebibyte_at_most() {
    assert_eq!(read(1_023, MIB / 1_024), Ok(MIB / 1_024));
    for (name, values) in [(1_023, MIB / 1_024 + 1), (1_024, MIB / 1_024), (60_000, 9_000)] {
        let error = read(name, values).unwrap_err();
        assert!(error.contains("1 MiB"), "{error}");
    }
}
