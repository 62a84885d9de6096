//! Handlers of events that are no requests.

use std::{convert::Infallible, io};

use aliyun_fc_runtime::{
    CustomRuntime, FunctionContext, FunctionEvent, FunctionOutput, Json,
    envelope::{ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeError},
};
use axum::{Router, body::Bytes, routing::get};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    gateway::sample,
    platform::{Instance, Log, platform_request},
};

#[derive(Deserialize)]
struct Timer {
    #[serde(rename = "triggerName")]
    trigger_name: String,
}

#[derive(Serialize)]
struct Done {
    cleaned: u32,
}

async fn invoked<E, O>(event: impl Into<Bytes>, handle: fn(E) -> O) -> String
where
    E: FunctionEvent + Send + 'static,
    O: FunctionOutput + Send + 'static,
{
    let function = CustomRuntime::of_events(move |event: E, _: FunctionContext| async move {
        Ok::<_, Infallible>(handle(event))
    });
    let instance = Instance::start(function.log_to(|_| {})).await;
    let invoked = instance.invoke(event).await;
    assert!(invoked.succeeded(), "{invoked:?}");
    String::from_utf8(invoked.body.to_vec()).unwrap()
}

#[tokio::test]
async fn events_of_any_type_and_outputs_of_any_type() {
    let kind = |event: CloudEvent| event.attributes().event_type().to_owned();
    let answer = invoked(sample("alibaba-oss-postobject"), kind).await;
    assert_eq!(answer, "oss:ObjectCreated:PostObject");
    let count = |batch: CloudEventBatch| Json(batch.events().len());
    assert_eq!(invoked(sample("alibaba-mns-batch-array"), count).await, "2");
    let path = |request: ApiGatewayRequest| request.path;
    assert_eq!(invoked(sample("fc-apigateway-form"), path).await, "/api/321");
    let timer = |Json(timer): Json<Timer>| timer.trigger_name.into_bytes();
    assert_eq!(invoked(r#"{"triggerName":"nightly"}"#, timer).await, "nightly");
    let done = |_: Bytes| Json(Done { cleaned: 7 });
    assert_eq!(invoked(&b"\xff\x00"[..], done).await, r#"{"cleaned":7}"#);
    assert_eq!(invoked("", |bytes: Bytes| bytes).await, "");
    assert_eq!(invoked("x", |_: Bytes| ()).await, "");
    assert_eq!(invoked("x", |_: Bytes| "text").await, "text");
    assert_eq!(invoked("text", |text: String| text).await, "text");
    assert_eq!(invoked("bytes", |bytes: Vec<u8>| bytes).await, "bytes");
    assert_eq!(invoked(r#"{"a":[1]}"#, |value: Value| value["a"].clone()).await, "[1]");
}

#[tokio::test]
async fn what_goes_wrong_is_a_function_error_and_its_text_stays_in_the_log() {
    #[derive(Debug)]
    struct Unwritable;
    impl Serialize for Unwritable {
        fn serialize<S: serde::Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            Err(serde::ser::Error::custom("secret-9"))
        }
    }
    async fn handle(
        Json(case): Json<String>,
        _: FunctionContext,
    ) -> Result<Json<Option<Unwritable>>, io::Error> {
        match case.as_str() {
            "fail" => Err(io::Error::other("secret-9")),
            "panic" => panic!("secret-9"),
            "unwritable" => Ok(Json(Some(Unwritable))),
            _ => Ok(Json(None)),
        }
    }
    let log = Log::default();
    let function = CustomRuntime::of_events(handle).max_response_bytes(3).log_to(log.writer());
    let instance = Instance::start(function).await;
    for (event, error_type, reason) in [
        (json!("fail"), "HandlerFailed", "the handler failed: secret-9"),
        (json!("panic"), "HandlerPanicked", "the handler panicked: secret-9"),
        (json!("unwritable"), "HandlerFailed", "the handler failed: secret-9"),
        (json!("long"), "ResponseTooLarge", "the answer is longer than 3 bytes"),
        (
            json!(1),
            "EventUnreadable",
            "the event cannot be read: the envelope does not fit the type",
        ),
    ] {
        let before = log.lines().len();
        let invoked = instance.invoke(event.to_string()).await;
        assert_eq!(invoked.function_error(), error_type);
        assert!(!String::from_utf8_lossy(&invoked.body).contains("secret-9"));
        assert!(log.lines()[before + 1].contains(reason), "{:?}", log.lines());
    }
    assert_eq!(instance.invoke("no JSON").await.function_error(), "EventUnreadable");
    let texts =
        CustomRuntime::of_events(async |_: String, _: FunctionContext| Ok::<_, Infallible>(()));
    let instance = Instance::start(texts.log_to(|_| {})).await;
    assert_eq!(instance.invoke(&b"\xff"[..]).await.function_error(), "EventUnreadable");
}

#[tokio::test]
async fn the_typed_error_is_in_the_responses_extensions() {
    use tower::ServiceExt;
    let function =
        CustomRuntime::of_events(async |_: CloudEvent, _: FunctionContext| Ok::<_, Infallible>(()));
    let request = platform_request("POST", "/invoke", "/invoke", "1", "{}");
    let response = function.log_to(|_| {}).oneshot(request).await.unwrap();
    let error = response.extensions().get::<EnvelopeError>().unwrap();
    assert_eq!(error.field(), "specversion");
}

#[tokio::test]
async fn a_function_has_events_and_http_side_by_side() {
    let app = Router::new().route("/health", get(async || "well")).route("/", get(async || "home"));
    let function = CustomRuntime::new(app)
        .on_event(async |event: CloudEvent<Value>, context: FunctionContext| {
            Ok::<_, Infallible>(format!("{} {:?}", event.attributes().source(), context.region()))
        })
        .log_to(|_| {});
    let instance = Instance::start(function).await;
    let invoked = instance.invoke(sample("alibaba-oss-postobject")).await;
    assert_eq!(invoked.body, r#"acs.oss Some("cn-hangzhou")"#);
    let request = platform_request("GET", "/health", "/http-invoke", "1", "");
    assert_eq!(instance.call(request).await.body(), "well");
    // What API Gateway sends still goes to the service, and what it sends wrongly to nobody.
    let invoked = instance.invoke(sample("fc-apigateway-get-empty-body")).await;
    assert_eq!(invoked.through_the_gateway().body(), "home");
    let half = r#"{"httpMethod": "GET", "isBase64Encoded": false}"#;
    assert_eq!(instance.invoke(half).await.function_error(), "EventUnreadable");
    let rejected = r#"{"httpMethod": "GET", "isBase64Encoded": false, "path": "//x"}"#;
    assert_eq!(instance.invoke(rejected).await.through_the_gateway().status(), 400);
    let only_events =
        CustomRuntime::of_events(async |_: Bytes, _: FunctionContext| Ok::<_, Infallible>(()));
    let instance = Instance::start(only_events.log_to(|_| {})).await;
    let request = platform_request("GET", "/health", "/http-invoke", "1", "");
    assert_eq!(instance.call(request).await.status(), 404);
}

#[test]
fn a_handler_can_be_tested_with_a_context_of_its_own() {
    let request = platform_request("POST", "/invoke", "/invoke", "id-1", "");
    let context = FunctionContext::from_headers(request.headers());
    assert_eq!((context.request_id(), context.header("host")), (Some("id-1"), None));
}
