//! The routes. They know nothing of who serves them.

use std::convert::Infallible;

use axum::{
    Router,
    body::Bytes,
    extract::Path,
    http::{HeaderMap, header},
    response::IntoResponse,
    routing::{get, post},
};
use tower::Layer;
use tower_eventbridge::{
    Authentic, VerifyLayer, custom_runtime::FunctionContext, envelope::CloudEvent, forward::Forward,
};

/// The API, and beside it the routes that EventBridge pushes to, if pushes can be verified.
pub fn app(verify: Option<&VerifyLayer>) -> Router {
    let api = api();
    let Some(verify) = verify else { return api };
    let events = Router::new().route("/events", post(on_event)).route_layer(verify.clone());
    Router::new()
        .route_service("/api-gateway", verify.layer(Forward::new(api.clone())))
        .merge(events)
        .merge(api)
}

fn api() -> Router {
    Router::new()
        .route("/", get(async || "hello\n"))
        .route("/test/eb/{id}", get(user))
        .route("/api/{id}", post(echo))
}

async fn user(Path(id): Path<u32>) -> String {
    format!("test {id}\n")
}

/// What was posted, as what it was posted.
async fn echo(Path(id): Path<u32>, headers: HeaderMap, body: Bytes) -> impl IntoResponse {
    let content_type = headers.get(header::CONTENT_TYPE).cloned();
    let id = [("x-id", id.to_string())];
    (id, content_type.map(|content_type| [(header::CONTENT_TYPE, content_type)]), body)
}

/// 2xx tells EventBridge that the event is safe: answer it only then.
async fn on_event(event: CloudEvent, authentic: Authentic) {
    let attributes = event.attributes();
    let worth = authentic.assurance();
    // Quoted: these lines are the log of a function, and a publisher chooses what stands here.
    println!("{:?} of {:?}, worth: {worth}", attributes.event_type(), attributes.source());
}

/// An event that reaches the function by a trigger. Who may send it is a matter of permissions, not of signatures.
pub async fn on_trigger(event: CloudEvent, context: FunctionContext) -> Result<(), Infallible> {
    let attributes = event.attributes();
    let region = context.region().unwrap_or("nowhere");
    println!("{:?} of {:?} in {region:?}", attributes.event_type(), attributes.source());
    Ok(())
}
