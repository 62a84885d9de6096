//! Transforms.

mod error;
mod parameter;
mod template;

mod path;

mod select;

mod render;

mod compiled;

pub use compiled::{Transform, TransformLimits};
pub use error::{TransformError, TransformErrorKind};
pub use parameter::{Form, TargetParameter};
pub use render::MAX_VALUE_DEPTH;
