//! Bytes as events of every dialect: nothing panics, what is read is written and read again as the same, and a request that is
//! made of it has a path.

#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use tower_eventbridge::envelope::{
    ApiGatewayEvent, ApiGatewayRequest, CloudEvent, CloudEventBatch, FcApiGatewayEvent, FcApiGatewayResponse,
    FcHttpEvent, HttpSourceEvent, TencentConnectorEvent, TencentScfEvent, TencentScfResponse, event_texts,
    parse_event_time,
};

macro_rules! round_trip {
    ($json:ident: $($type:ty),*) => {$(
        if let Ok(event) = <$type>::from_slice($json) {
            let written = serde_json::to_vec(&event).unwrap();
            let read = <$type>::from_slice(&written).unwrap();
            assert_eq!(serde_json::to_vec(&read).unwrap(), written);
            let _ = format!("{event:?}");
        }
    )*};
}

fuzz_target!(|json: &[u8]| {
    let _ = event_texts(json);
    if let Ok(text) = std::str::from_utf8(json) {
        let _ = parse_event_time(text);
    }
    round_trip!(json: CloudEvent, ApiGatewayEvent, HttpSourceEvent, FcApiGatewayEvent, FcHttpEvent,
        TencentConnectorEvent, TencentScfEvent, FcApiGatewayResponse, TencentScfResponse);
    if let Ok(batch) = <CloudEventBatch>::from_slice(json) {
        let _ = format!("{batch:?}");
    }
    match ApiGatewayRequest::from_slice(json) {
        Ok(request) => {
            let _ = format!("{request:?}");
            if let Ok(request) = Request::<Bytes>::try_from(request) {
                assert!(request.uri().path().starts_with('/'));
            }
        }
        Err(error) => {
            let _ = format!("{error} {error:?}");
        }
    }
});
