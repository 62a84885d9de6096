//! Options that the subcommands about resources share.

use clap::Args;

use super::{options::ApiOptions, output::Output};

/// What every call about resources takes.
#[derive(Args)]
pub struct Common {
    #[command(flatten)]
    pub output: Output,
    #[command(flatten)]
    pub api: ApiOptions,
}

/// One resource, by its name.
#[derive(Args)]
pub struct Named {
    #[arg(value_name = "NAME")]
    pub name: String,
    #[command(flatten)]
    pub common: Common,
}
