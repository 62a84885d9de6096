//! The command line.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::{Args, value_parser};
use eventbridge_local::{Bounds, Builder, LocalEventBridge};

use super::description::Description;
use crate::{
    dev::LocalKeys,
    signing::{FormArg, SchemeArg},
    usage::{UsageError, read},
};

/// Runs EventBridge on this machine: the vendor's SDKs publish and make rules here, and targets get
/// signed pushes.
///
/// SDKs need the endpoint 127.0.0.1:8766, the protocol http, and the AccessKey id and secret
/// `local`. `eventbridge receive --local` verifies the pushes.
///
/// Exit code 0: stopped after SIGTERM or SIGINT, 1: could not listen or use its state, 2: bad
/// usage.
#[derive(Args)]
pub struct Options {
    /// Where to listen: an address of this machine
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8766")]
    pub listen: SocketAddr,
    /// AccessKeys, buses, rules with targets, connections and API destinations, as TOML
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// Keep the state in this file, which is made if there is none: what was acknowledged survives
    /// a crash. Default: in memory
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Which signatures a push carries
    #[arg(long, value_enum, default_value_t = SchemeArg::V2)]
    scheme: SchemeArg,
    /// The form of the string to sign
    #[arg(long, value_enum, default_value_t = FormArg::Reference)]
    form: FormArg,
    /// How many times faster than EventBridge's the schedule of tries runs
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, allow_negative_numbers = true)]
    time_scale: f64,
    /// How many seconds a target has to answer a push
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = value_parser!(u64).range(1..=3_600)
    )]
    target_timeout: u64,
    /// TLS roots of targets in addition to the system's
    #[arg(
        long,
        value_name = "FILE",
        num_args = 1..,
        value_delimiter = '\n'
    )]
    target_ca_certificate: Vec<PathBuf>,
    /// Print what happens on stdout, one JSON line each: events, tries, dead letters
    #[arg(long)]
    pub observe: bool,
}

impl Options {
    /// The server that the options ask for.
    pub fn builder(&self) -> Result<Builder, UsageError> {
        if !(0.001..=1_000_000.0).contains(&self.time_scale) {
            return Err(UsageError::new("--time-scale", "must be 0.001 to 1000000"));
        }
        let mut bounds = Bounds::default();
        bounds.target_timeout = Duration::from_secs(self.target_timeout);
        let mut builder = LocalEventBridge::builder()
            .listen(self.listen)
            .time_scale(self.time_scale)
            .bounds(bounds)
            .sign_with(self.scheme.sign_with())
            .body_ending(self.form.body_ending());
        if let Some(file) = &self.state {
            builder = builder.state(file);
        }
        for file in &self.target_ca_certificate {
            builder = builder.target_roots(read("--target-ca-certificate", file)?);
        }
        if let Some(file) = &self.rules {
            builder = Description::read(file)?.add_to(builder)?;
        }
        let LocalKeys { signer, root, .. } = LocalKeys::load("local")?;
        Ok(builder.signer(signer).root(root))
    }

    /// The lines that tell how it is used.
    pub fn lines(&self, bound: SocketAddr) -> String {
        let keys = match &self.rules {
            None => "AccessKey id and secret `local`",
            Some(_) => "the AccessKeys of --rules, or id and secret `local`",
        };
        let state = match &self.state {
            None => "nothing is kept: --state FILE keeps the state".to_owned(),
            Some(file) => format!("the state is kept in {}", file.display()),
        };
        let sdks = format!("SDKs: endpoint {bound}, protocol http, {keys}");
        format!("page: http://{bound}/ui/\n{sdks}\n{state}\n")
    }
}
