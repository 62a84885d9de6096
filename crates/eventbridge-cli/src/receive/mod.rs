//! Receives the pushes of Alibaba Cloud EventBridge, proves each, and prints one JSON line for each
//! event.
//!
//! ```text
//! cargo run --release -- receive --listen 0.0.0.0:8080 \
//!     --endpoint https://hooks.example.com/eventbridge --token-file token --region cn-hangzhou
//! ```
//!
//! With `--dev` it needs no other option: see docs/develop.md.
//!
//! Exit code 0: drained after SIGTERM or SIGINT, 1: could not listen, a second signal, or the demo
//! went wrong, 2: bad usage.

mod events;
mod request_id;
mod room;
mod tee;
mod workers;

mod capture;
mod watch;

mod answer;
pub mod forward;
mod printer;

mod connection;

mod pages;
mod serve;

mod demo;
mod options;

mod check;

use std::{
    process::ExitCode,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use anstream::{AutoStream, ColorChoice};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use options::LogFormat;
use tokio::net::TcpListener;

pub use self::{
    demo::run as demo,
    options::{Options, Secrets},
};
use crate::{
    origins::take_warnings,
    usage::{UsageError, bind_problem, program},
};

pub async fn run(mut options: Options) -> Result<ExitCode, UsageError> {
    if options.demo {
        return Ok(demo::run().await);
    }
    options.check()?;
    options.load_keys()?;
    if options.check {
        return check(&options);
    }
    // A reader of the log that stalls loses lines; it does not stop the receiver.
    let (stderr, _flushed_at_the_end) = tracing_appender::non_blocking(std::io::stderr());
    let log = tracing_subscriber::fmt()
        .with_max_level(options.log_level())
        .with_writer(stderr)
        .with_ansi(AutoStream::choice(&std::io::stderr()) != ColorChoice::Never);
    match options.log_format {
        LogFormat::Json => log.json().init(),
        LogFormat::Text => log.init(),
    }
    let address = options.listen()?;
    let mut steps = options.steps()?;
    // Each connection is an open file, and many systems give a program 1,024 unless it asks.
    let limits = options.limits(rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024))?;
    // Bad usage is told before a port is taken. Port 0 makes URLs of `--local` known only then.
    if address.port() != 0 {
        let _judged = options.layer()?;
    }
    let Some(listener) = listen("--listen", address).await else {
        return Ok(ExitCode::FAILURE);
    };
    options.bound(&listener);
    let (layer, certificates) = options.layer()?;
    let page = match options.page.ui {
        None => None,
        Some(address) => match listen("--ui", address).await {
            None => return Ok(ExitCode::FAILURE),
            Some(listener) => Some((listener, options.verdicts(certificates)?)),
        },
    };
    let admin = match options.admin_listen {
        None => None,
        Some(address) => match listen("--admin-listen", address).await {
            None => return Ok(ExitCode::FAILURE),
            Some(listener) => Some((listener, measured()?)),
        },
    };
    let signals = serve::StopSignals::new().and_then(|one| Ok((one, serve::StopSignals::new()?)));
    let (mut signals, mut again) = match signals {
        Ok(signals) => signals,
        Err(error) => {
            eprintln!("{}: SIGTERM and SIGINT cannot be waited for: {error}", program());
            return Ok(ExitCode::FAILURE);
        }
    };
    let stopping = Arc::new(AtomicBool::new(false));
    announce("listening on", &listener);
    if let Some(lines) = listener.local_addr().ok().and_then(|address| options.dev_lines(address)) {
        eprint!("{lines}");
    }
    if let Some(lines) = listener.local_addr().ok().and_then(|one| options.local_lines(one)) {
        eprint!("{lines}");
    }
    if let Some((admin, metrics)) = admin {
        announce("admin listening on", &admin);
        tokio::spawn(serve::admin(admin, layer.clone(), metrics, Arc::clone(&stopping)));
    }
    if let Some((listener, verdicts)) = page {
        if let Ok(address) = listener.local_addr() {
            eprintln!("page: http://{address}/ui/");
        }
        steps.watch = Some(watch::Watch::new(verdicts.clone()));
        tokio::spawn(pages::serve(listener, verdicts.pages()));
    }
    take_warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
    options.warnings().for_each(|warning| tracing::warn!("{warning}"));
    tracing::info!("certificates are trusted from: {}", options.trusted());
    if !options.fetches() && !layer.is_ready() {
        tracing::warn!("--certificate: one is outside its validity, and its pushes are rejected");
    }
    layer.spawn_refresh();
    let stop = async {
        signals.received().await;
        tracing::info!("stopping: what was accepted is finished");
        stopping.store(true, Ordering::Relaxed);
    };
    let second_signal = async {
        again.received().await;
        again.received().await;
    };
    Ok(tokio::select! {
        () = serve::serve(listener, layer, steps, limits, stop) => ExitCode::SUCCESS,
        () = second_signal => {
            tracing::warn!("a second signal: what was under way is cut off, and comes again");
            ExitCode::FAILURE
        }
    })
}

/// Makes everything of the options but what listens, fetches or writes.
fn check(options: &Options) -> Result<ExitCode, UsageError> {
    options.listen()?;
    options.steps()?;
    let _layer = options.layer()?;
    let limits = options.limits(rlimit::increase_nofile_limit(u64::MAX).unwrap_or(1024))?;
    let mut warnings = take_warnings();
    warnings.extend(options.warnings().map(str::to_owned));
    check::print(options, &options.would_do()?, limits, &warnings);
    Ok(ExitCode::SUCCESS)
}

/// What the library measures, as Prometheus reads it. Where nobody can, nothing is measured.
fn measured() -> Result<PrometheusHandle, UsageError> {
    let metrics = recorder().map_err(|error| UsageError::new("--admin-listen", error))?;
    // Samples wait until they are read, and nobody may ever come to read them.
    let upkeep = metrics.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(UPKEEP).await;
            upkeep.run_upkeep();
        }
    });
    Ok(metrics)
}

fn recorder() -> Result<PrometheusHandle, BuildError> {
    let age = [-60.0, -10.0, -1.0, 0.0, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0];
    let seconds = [0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Full("eventbridge_push_age_seconds".to_owned()), &age)?
        .set_buckets(&seconds)?
        .install_recorder()
}

async fn listen(option: &str, address: std::net::SocketAddr) -> Option<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Some(listener),
        Err(error) => {
            eprintln!("{}", bind_problem(option, address, &error));
            None
        }
    }
}

/// A bare line in every log format, for whoever waits for it.
fn announce(words: &str, listener: &TcpListener) {
    if let Ok(address) = listener.local_addr() {
        eprintln!("{words} {address}");
    }
}

const UPKEEP: std::time::Duration = std::time::Duration::from_secs(5);
