//! What the subcommands that call EventBridge share: options, errors with their cure, output.

mod cure;
mod from_file;
mod options;
mod output;

mod common;

pub use common::{Common, Named};
pub use cure::{Problem, ended, failed, with_cure};
pub use from_file::{checked_pattern, from_file, hidden_secret, key_and_value};
pub use options::{ApiOptions, ProtocolArg};
pub use output::{Output, visible, without_secrets};
