//! The server, as a process of its own.

use std::{
    io::Read as _,
    process::Stdio,
    time::{Duration, Instant},
};

use aliyun_eventbridge::{rules::CreateRule, sinks::HttpsTarget, targets::ConcurrentConfig};
use eventbridge_local::{LocalEventBridge, Quotas};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
    time::sleep,
};
use tower_eventbridge::signer::SignWith;

use super::scale::RULES;

/// Where pushes go. Set for the server only.
pub(crate) const TARGET: &str = "LOAD_TARGET";
/// The state file.
pub(crate) const STATE: &str = "LOAD_STATE";

/// Everything has an end within this time, or is lost.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Is the server: until its standard input is closed.
pub(crate) async fn run() {
    let url = std::env::var(TARGET).unwrap();
    let with = match std::env::var("LOAD_SCHEME").as_deref() {
        Ok("v1") => SignWith::V1,
        Ok("both") => SignWith::Both,
        _ => SignWith::V2,
    };
    let mut quotas = Quotas::default();
    quotas.rules_per_bus = 100;
    quotas.default_bus_events_per_second = u64::MAX;
    let mut builder = LocalEventBridge::builder().quotas(quotas).sign_with(with).time_scale(100.0);
    if let Ok(file) = std::env::var(STATE) {
        builder = builder.state(file);
    }
    for rule in 0..RULES {
        let target =
            HttpsTarget::new(&url).token("token-of-this-bench").into_target("hook").unwrap();
        let target = target.concurrent_config(ConcurrentConfig::from(1));
        let pattern =
            format!(r#"{{"source":["app-{rule}"],"data":{{"n":[{{"numeric":[">=",0]}}]}}}}"#);
        builder =
            builder.rule(CreateRule::new("default", format!("r{rule}"), pattern).target(target));
    }
    let bridge = builder.start().await.unwrap();
    println!("{}", bridge.url());
    let ended = || std::io::stdin().read_to_end(&mut Vec::new());
    let _ = tokio::task::spawn_blocking(ended).await;
}

/// What happened, as the server tells it.
#[derive(Clone, Copy, Deserialize)]
pub(crate) struct Counts {
    pub(crate) tries: u64,
    pub(crate) dead_lettered: u64,
}

#[derive(Deserialize)]
struct Status {
    counts: Counts,
    pending_bytes: u64,
}

pub(crate) struct Server {
    pub(crate) url: String,
    process: Child,
}

impl Server {
    pub(crate) async fn start(target: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(TARGET, target).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.kill_on_drop(true).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = lines.next_line().await.unwrap().expect("the server starts");
        Self { url, process }
    }

    /// SIGKILL.
    pub(crate) async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    async fn status(&self) -> Status {
        let answer = reqwest::get(format!("{}/local/status", self.url)).await.unwrap();
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    pub(crate) async fn counts(&self) -> Counts {
        self.status().await.counts
    }

    /// Waits until nothing waits for delivery.
    pub(crate) async fn settle(&self) {
        let until = Instant::now() + PATIENCE;
        while self.status().await.pending_bytes > 0 {
            assert!(Instant::now() < until, "deliveries have no end");
            sleep(Duration::from_millis(20)).await;
        }
    }

    fn of_proc(&self, file: &str) -> String {
        let id = self.process.id().unwrap();
        std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap_or_default()
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        let status = self.of_proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
    }

    /// What it used since its start, in hundredths of a second as Linux counts.
    pub(crate) fn cpu_seconds(&self) -> f64 {
        let stat = self.of_proc("stat");
        let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
        let ticks = fields.split_whitespace().skip(11).take(2);
        ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
    }
}
