//! The command line.

use std::{net::SocketAddr, path::Path};

use clap::{Parser, ValueEnum};
use tower_eventbridge::{Verifier, VerifyLayer};

use crate::{
    arguments::{endpoints, lines},
    config_error::{Labels, of_config_error},
    usage::{UsageError, read},
};

/// Serves one router directly, as a verified receiver of EventBridge pushes, or as a function of Function Compute.
///
/// Options are also read from EVENTBRIDGE_<OPTION>, lists with one value per line; an empty variable is not given.
///
/// Exit code 0: stopped by SIGTERM or SIGINT, 1: could not listen, 2: bad usage.
#[derive(Parser)]
#[command(name = "custom_runtime", version)]
pub struct Options {
    /// How the router is served; a function and a server also receive pushes if --endpoint is given
    #[arg(long, value_enum, default_value_t = RunAs::Server, env = "EVENTBRIDGE_RUN_AS")]
    pub run_as: RunAs,
    /// Where a server or receiver listens; a function listens on 0.0.0.0 at FC_SERVER_PORT (9000)
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", env = "EVENTBRIDGE_LISTEN")]
    pub listen: SocketAddr,
    /// A URL that EventBridge pushes to: with a path exactly that URL, without one every path of that origin
    #[arg(long, value_name = "URL", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_ENDPOINT")]
    endpoint: Vec<String>,
    /// The path and query that arrive where an exact URL was signed, for a proxy that rewrites them: PATH where exactly one
    /// --endpoint has a path, URL=PATH for that endpoint among several; its own path is not met then
    #[arg(long, value_name = "[URL=]PATH", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_SEEN_AS")]
    seen_as: Vec<String>,
    /// A token of the target
    #[arg(long, value_name = "TOKEN", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_TOKEN", hide_env_values = true)]
    token: Vec<String>,
    /// A region whose certificates are trusted
    #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_REGION")]
    region: Vec<String>,
    /// The certificate at a URL, which is trusted: nothing is fetched
    #[arg(long, value_name = "URL=FILE", num_args = 1.., value_delimiter = '\n', env = "EVENTBRIDGE_CERTIFICATE")]
    certificate: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RunAs {
    /// Directly, over HTTP
    Server,
    /// Directly, and pushes are verified: --endpoint, --token and --region are needed
    Receiver,
    /// As a function behind API Gateway, an HTTP trigger or both
    Function,
}

impl Options {
    /// What verifies pushes, if there is an endpoint for them.
    pub fn layer(&self) -> Result<Option<VerifyLayer>, UsageError> {
        if self.endpoint.is_empty() {
            if self.run_as == RunAs::Receiver {
                return Err(UsageError::new("--endpoint", "give at least one"));
            }
            for (option, given) in [
                ("--seen-as", &self.seen_as),
                ("--token", &self.token),
                ("--region", &self.region),
                ("--certificate", &self.certificate),
            ] {
                if !given.is_empty() {
                    return Err(UsageError::new(option, "is for pushes to an --endpoint"));
                }
            }
            return Ok(None);
        }
        let labels = Labels { token: "--token", certificate_url: "--certificate" };
        let mut builder = Verifier::builder();
        for endpoint in endpoints(&lines(&self.endpoint), &lines(&self.seen_as), false)? {
            builder = builder.endpoint(endpoint.endpoint());
        }
        for token in lines(&self.token) {
            builder = builder.token(token);
        }
        for region in lines(&self.region) {
            builder = builder.region(region);
        }
        for argument in lines(&self.certificate) {
            let (url, file) = argument.split_once('=').ok_or_else(|| {
                UsageError::new("--certificate", format_args!("{argument:?} is not URL=FILE"))
            })?;
            builder = builder.certificate(url, read("--certificate", Path::new(file))?);
        }
        let layer = builder.build().and_then(VerifyLayer::new);
        layer.map(Some).map_err(|error| of_config_error(&error, &labels))
    }
}
