//! One router, served three ways: directly, as a verified receiver of EventBridge pushes, and as a function of Function
//! Compute. How to deploy it: docs/function-compute.md.
//!
//! ```text
//! cargo run --example custom_runtime -- --run-as server --listen 127.0.0.1:8080
//! cargo run --example custom_runtime -- --run-as receiver --listen 127.0.0.1:8080 \
//!     --endpoint https://hooks.example.com --token ... --region cn-hangzhou
//! FC_SERVER_PORT=9000 cargo run --example custom_runtime -- --run-as function
//! ```
//!
//! Exit code 0: stopped by SIGTERM or SIGINT, 1: could not listen, 2: bad usage.

#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

#[path = "../support/arguments.rs"]
mod arguments;
#[path = "../support/config_error.rs"]
mod config_error;
mod options;
mod router;
#[path = "../support/usage.rs"]
mod usage;

use std::{io, process::ExitCode};

use options::{Options, RunAs};
use tokio::net::TcpListener;
use tower_eventbridge::custom_runtime::{self, CustomRuntime};
use usage::UsageError;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => error.exit("custom_runtime"),
    }
}

async fn run() -> Result<ExitCode, UsageError> {
    let options: Options = usage::parse()?;
    let verify = options.layer()?;
    let app = router::app(verify.as_ref());
    tracing_subscriber::fmt().with_writer(io::stderr).with_ansi(false).init();
    let served = match options.run_as {
        RunAs::Function => function(app).await,
        RunAs::Server | RunAs::Receiver => directly(app, options.listen).await,
    };
    match served {
        Ok(()) => Ok(ExitCode::SUCCESS),
        Err(error) => {
            eprintln!("custom_runtime: {error}");
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The only lines that a function needs beyond what the router is.
async fn function(app: axum::Router) -> io::Result<()> {
    let stop = custom_runtime::stop_signal()?;
    let listener = custom_runtime::listen().await?;
    eprintln!("listening on {}", listener.local_addr()?);
    let function = CustomRuntime::new(app).on_event(router::on_trigger);
    custom_runtime::serve(listener, function, stop).await;
    Ok(())
}

async fn directly(app: axum::Router, address: std::net::SocketAddr) -> io::Result<()> {
    let stop = custom_runtime::stop_signal()?;
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("--listen: {address}: {error}")))?;
    eprintln!("listening on {}", listener.local_addr()?);
    axum::serve(listener, app).with_graceful_shutdown(stop).await
}
