//! Runs any HTTP service as a function of Alibaba Cloud Function Compute. It wraps the contract of
//! the custom runtime (docs/wire-facts.md section 4.3) around an inner service.
//! docs/function-compute.md tells how to deploy one.
//!
//! ```no_run
//! use aliyun_fc_runtime::CustomRuntime;
//! use axum::{Router, extract::Path, routing::get};
//!
//! #[tokio::main]
//! async fn main() -> std::io::Result<()> {
//!     let api = Router::new().route("/users/{id}", get(async |Path(id): Path<String>| id));
//!     aliyun_fc_runtime::run(CustomRuntime::new(api)).await
//! }
//! ```
//!
//! | the platform calls | answered by |
//! |---|---|
//! | `POST /invoke`, the event encloses a request of API Gateway or an HTTP trigger | the service |
//! | `POST /invoke`, any other event | the handler of [`CustomRuntime::on_event`] |
//! | any path, a request over HTTP | the service |
//! | `POST /initialize`, `GET /pre-freeze`, `GET /pre-stop` | the hooks |
//!
//! The header `x-fc-control-path` tells the call. Without it, as in a test by hand, method and path
//! do. Headers that begin with `x-fc-` never reach the inner service, because they carry
//! credentials: they are a [`FunctionContext`] among the request's extensions.
//!
//! Errors are written to the function's log, between the two lines that the platform looks for.
//!
//! | what fails | answer |
//! |---|---|
//! | an event | a function error: status 404 with `x-fc-status: 404` |
//! | the handler of a request of API Gateway | a 500 in the gateway's format |
//! | the handler of a request over HTTP | 500 with `x-fc-status: 404` |
//!
//! **Only the platform may reach the port.** Any other client could pose as the platform.

// A file imports only from files above its own.
mod error_chain;
mod own_response;

mod context;

mod platform_log;

mod body;
mod function_error;

mod call;
mod collect;
mod handler;

mod gateway;
mod runtime;

mod service;

mod serve;

pub use body::{AnswerBody, InvocationBody};
pub use context::FunctionContext;
#[doc(no_inline)]
pub use eventbridge_envelope as envelope;
pub use handler::{FunctionEvent, FunctionOutput, Json};
pub use runtime::{CustomRuntime, NoService};
pub use serve::{listen, run, serve, stop_signal};
pub use service::ResponseFuture;

/// Any error, boxed.
type BoxError = Box<dyn std::error::Error + Send + Sync>;

#[cfg(doctest)]
#[doc = include_str!("../../../docs/function-compute.md")]
struct Page;
