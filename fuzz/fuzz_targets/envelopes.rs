//! Bytes as events of every dialect: nothing panics, what is read is written and read again as the
//! same, and a request that is made of it has a path.

#![no_main]

use bytes::Bytes;
use http::Request;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use eventbridge_envelope::{
    ApiGatewayEvent, ApiGatewayRequest, CloudEvent, CloudEventBatch, EventAttributes,
    FcApiGatewayEvent, FcApiGatewayResponse, FcHttpEvent, HttpSourceEvent, TencentConnectorEvent,
    TencentScfEvent, TencentScfResponse, event_texts,
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
    let _ = EventAttributes::found_in(json);
    if let Ok(event) = <CloudEvent>::from_slice(json) {
        // What a value can hold is decoded alike on both ways, and JSON that it cannot is decoded
        // on one.
        let lossy = event.decode_lossy::<Value>();
        assert!(lossy.is_ok() || event.data_json().is_none());
        if let Ok(strict) = event.decode::<Value>() {
            assert_eq!(Some(strict), lossy.ok());
        }
        assert!(<CloudEvent>::from_slice_lossy(json).is_ok());
    }
    let _ = ApiGatewayRequest::from_slice_lossy(json);
    round_trip!(json: CloudEvent, ApiGatewayEvent, HttpSourceEvent, FcApiGatewayEvent, FcHttpEvent,
        TencentConnectorEvent, TencentScfEvent, FcApiGatewayResponse, TencentScfResponse);
    if let Ok(batch) = <CloudEventBatch>::from_slice(json) {
        let _ = format!("{batch:?}");
        assert!(<CloudEventBatch>::from_slice_lossy(json).is_ok());
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
