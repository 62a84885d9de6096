//! Any HTTP service as a function of Alibaba Cloud Function Compute: the contract of its custom runtime around an inner
//! service (docs/wire-facts.md section 4.3; how to deploy one: docs/function-compute.md).
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use tower_eventbridge::custom_runtime::{self, CustomRuntime};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let api = Router::new().route("/users/{id}", get(async |id: axum::extract::Path<String>| id.0));
//!     custom_runtime::run(CustomRuntime::new(api)).await
//! }
//! ```
//!
//! | the platform calls | who answers |
//! |---|---|
//! | a function that was invoked with an event: `POST /invoke` | the inner service, where API Gateway or an HTTP trigger enclosed a request in the event; else the handler of [`CustomRuntime::on_event`] |
//! | a function that was called over HTTP: the request itself | the inner service |
//! | `POST /initialize`, `GET /pre-freeze`, `GET /pre-stop` | the hooks, if there are any |
//!
//! The header `x-fc-control-path` says which; without it (a test by hand) method and path do. Headers that begin with `x-fc-`
//! never reach the inner service: they carry credentials, and are a [`FunctionContext`] among the request's extensions.
//!
//! What goes wrong is written to the function's log, between the two lines that the platform looks for. An event that failed is
//! a function error (status 404 with `x-fc-status: 404`); but a request of API Gateway is answered in the gateway's format all
//! the same: a handler that fails, panics or hangs is a 500 of its own there. Over HTTP it is a 500 with `x-fc-status: 404`.
//!
//! **Only the platform may reach the port:** whoever reaches it can play the platform.

mod body;
mod context;
mod function_error;
mod handler;
mod platform_log;

mod guard;

mod gateway;

mod runtime;
mod service;

mod serve;

pub use body::{AnswerBody, InvocationBody};
pub use context::FunctionContext;
pub use handler::{FunctionEvent, FunctionOutput, Json};
pub use runtime::{CustomRuntime, NoService};
pub use serve::{listen, run, serve, stop_signal};
pub use service::RuntimeFuture;

#[cfg(doctest)]
#[doc = include_str!("../../docs/function-compute.md")]
struct Page;
