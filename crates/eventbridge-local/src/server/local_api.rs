//! This server's own API, JSON below `/local/`: dead letters, targets, what happened.

use axum::{
    Json, Router,
    extract::{Path, Query, State},
    middleware,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::guard::guard;
use crate::{fault::Fault, handle::Handle, observe::Destination};

/// A page of dead letters has this many at most.
const MOST_LETTERS: usize = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    queue: Option<String>,
    #[serde(default)]
    after: u64,
    limit: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Target {
    bus: String,
    rule: String,
    target: String,
}

struct Failed(StatusCode, String);

impl From<Fault> for Failed {
    fn from(fault: Fault) -> Self {
        let status = StatusCode::from_u16(fault.status);
        Self(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), fault.message)
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (self.0, Json(json!({"error": self.1}))).into_response()
    }
}

fn no_letter(number: u64) -> Failed {
    Failed(StatusCode::NOT_FOUND, format!("there is no dead letter {number}"))
}

/// Returns the routes below `/local`.
pub(super) fn routes(handle: Handle) -> Router {
    Router::new()
        .route("/status", get(async |State(handle): State<Handle>| Json(handle.status())))
        .route("/rules", get(async |State(handle): State<Handle>| Json(handle.rules())))
        .route("/observations", get(observations))
        .route("/dead-letters", get(letters))
        .route("/dead-letters/redrive", post(redrive_all))
        .route("/dead-letters/{number}", get(letter).delete(delete))
        .route("/dead-letters/{number}/redrive", post(redrive))
        .route("/targets/unblock", post(unblock))
        .fallback(async || Failed(StatusCode::NOT_FOUND, "there is no such path".to_owned()))
        .layer(middleware::from_fn(guard))
        .with_state(handle)
}

async fn observations(State(handle): State<Handle>) -> Json<Value> {
    let recent = handle.observer().recent();
    Json(json!({"observations": recent}))
}

async fn letters(State(handle): State<Handle>, Query(wanted): Query<Wanted>) -> Json<Value> {
    let most = wanted.limit.unwrap_or(MOST_LETTERS).clamp(1, MOST_LETTERS);
    let letters = handle.dead_letters(wanted.after, wanted.queue.as_deref(), most);
    let next = if letters.len() == most { letters.last().map(|last| last.number) } else { None };
    Json(json!({"dead_letters": letters, "next_after": next}))
}

async fn letter(
    State(handle): State<Handle>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, Failed> {
    let letter = handle.dead_letter(number).ok_or_else(|| no_letter(number))?;
    Ok(Json(json!(letter)))
}

async fn delete(
    State(handle): State<Handle>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, Failed> {
    match handle.delete_dead_letter(number).await? {
        true => Ok(Json(json!({"deleted": number}))),
        false => Err(no_letter(number)),
    }
}

async fn redrive(
    State(handle): State<Handle>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, Failed> {
    match handle.redrive(number).await? {
        true => Ok(Json(json!({"redriven": 1}))),
        false => Err(no_letter(number)),
    }
}

async fn redrive_all(
    State(handle): State<Handle>,
    Query(wanted): Query<Wanted>,
) -> Result<Json<Value>, Failed> {
    let redriven = handle.redrive_all(wanted.queue.as_deref()).await?;
    Ok(Json(json!({"redriven": redriven})))
}

async fn unblock(
    State(handle): State<Handle>,
    Json(target): Json<Target>,
) -> Result<Json<Value>, Failed> {
    let Target { bus, rule, target } = target;
    handle.unblock(&Destination { bus, rule, target })?;
    Ok(Json(json!({"unblocked": true})))
}
