//! What the page of `eventbridge local` asks for, beside the API below `/local/`.

use aliyun_eventbridge::{JsonEvent, pattern::EventPattern};
use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Path, State},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use eventbridge_local::{
    Fault, Handle,
    observe::{Seen, Subscription},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    files::{self, Page},
    stream::{Source, Streams, Told},
};
use crate::{config_error::chain, publish, samples};

/// What the page sends has this many bytes at most, 1 MiB: far more than an event may have.
const MOST_BODY: usize = 1024 * 1024;

/// Returns the routes of the page.
pub fn pages(handle: &Handle) -> Router {
    let streams = Streams::new();
    let stream = async move |State(handle): State<Handle>| {
        streams.answer(Observed(handle.observer().subscribe()))
    };
    let asked = Router::new()
        .route("/samples", get(names))
        .route("/stream", get(stream))
        .route("/samples/{name}", get(sample))
        .route("/publish", post(publish_one))
        .route("/explain", post(explain))
        .route("/pattern", post(try_pattern))
        .layer(DefaultBodyLimit::max(MOST_BODY))
        .with_state(handle.clone());
    files::pages(Page::Local, asked)
}

struct Observed(Subscription);

impl Source for Observed {
    async fn next(&mut self) -> Option<Told> {
        loop {
            match self.0.next().await? {
                Seen::Observation(observation) => {
                    if let Ok(line) = serde_json::to_string(&*observation) {
                        return Some(Told::Line(line));
                    }
                }
                Seen::Missed(number) => return Some(Told::Missed(number)),
                // What a later version tells has no place on this page.
                _ => {}
            }
        }
    }
}

/// Why something was not done, in words.
struct Failed(StatusCode, String);

impl Failed {
    fn wrong(error: String) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, error)
    }
}

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        let status = StatusCode::from_u16(fault.status);
        Self(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), fault.to_string())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

type Answer = Result<Json<Value>, Failed>;

async fn names() -> Json<Value> {
    let samples: Vec<_> = samples::SAMPLES.iter().map(|sample| sample.name).collect();
    Json(json!({"samples": samples}))
}

async fn sample(Path(name): Path<String>) -> Answer {
    let sample = samples::find(&name).map_err(|nearest| {
        Failed(StatusCode::NOT_FOUND, format!("there is no such sample; near: {nearest:?}"))
    })?;
    Ok(Json(json!({"event": sample.json})))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OnBus {
    bus: String,
    event: String,
}

async fn publish_one(State(handle): State<Handle>, Json(wanted): Json<OnBus>) -> Answer {
    let event = publish::event(wanted.event.as_bytes(), true).map_err(Failed::wrong)?;
    let number = handle.publish(event.bus(wanted.bus)).await?;
    Ok(Json(json!({"published": number})))
}

async fn explain(State(handle): State<Handle>, Json(wanted): Json<OnBus>) -> Answer {
    Ok(Json(json!(handle.explain_json(&wanted.bus, &wanted.event)?)))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tried {
    pattern: String,
    event: String,
}

async fn try_pattern(Json(tried): Json<Tried>) -> Answer {
    let pattern: EventPattern =
        tried.pattern.parse().map_err(|error| Failed::wrong(format!("pattern: {error}")))?;
    let event = JsonEvent::parse(&tried.event)
        .map_err(|error| Failed::wrong(format!("event: {}", chain(&error))))?;
    let explanation = pattern.explain(&event);
    let why = explanation.to_string();
    Ok(Json(json!({"matches": explanation.matches, "why": why, "explanation": explanation})))
}
