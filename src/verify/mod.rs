//! Tower glue: a layer that lets only authentic pushes through. It decides nothing: the verifier does.

mod body;
mod in_flight;
mod keys;
mod request_body;
mod response;

mod config;

mod refusal;

mod run;

mod future;

mod service;

mod layer;

pub use body::{ResponseBody, VerifiedBody, WholeBody};
pub use future::ResponseFuture;
pub use layer::{VerifyLayer, VerifyLayerBuilder};
pub use refusal::Refusal;
#[cfg(any(feature = "axum", feature = "envelope"))]
pub(crate) use response::answer;
pub use response::rejection_response;
pub use service::Verify;
