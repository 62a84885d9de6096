//! Transforms.

mod error;

mod path;

mod select;

mod render;

mod template;

mod compiled;

mod parameter;

pub use compiled::{Transform, TransformLimits};
pub use error::{TransformError, TransformErrorKind};
pub use parameter::{Form, TargetParameter};
pub use render::MAX_VALUE_DEPTH;
