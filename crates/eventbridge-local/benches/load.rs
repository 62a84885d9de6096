//! Load: events published over HTTP to 100 rules and one receiver, each push signed.
//!
//! ```text
//! cargo bench -p eventbridge-local --bench load
//! LOAD_PER_SECOND=5000 LOAD_SECONDS=60 LOAD_SCHEME=v2 LOAD_STATE=/tmp/load.redb cargo bench …
//! ```
//!
//! It ends with an error if an event is lost, if the first tries of a rule arrive in another order
//! than they were published, or if an event's tries do.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench"
)]

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use aliyun_eventbridge::{
    call::Client,
    credentials::Credentials,
    operation::Protocol,
    publish::{Event, Publisher},
    rules::CreateRule,
    sinks::HttpsTarget,
    targets::ConcurrentConfig,
};
use axum::{Router, body::Bytes, extract::State};
use eventbridge_local::{LocalEventBridge, Quotas};
use http::StatusCode;
use serde_json::Value;
use tokio::{net::TcpListener, time::MissedTickBehavior};
use tower_eventbridge::signer::SignWith;

const RULES: u64 = 100;
const BATCH: u64 = 16;
/// One event of so many is refused at its first try.
const REFUSED: u64 = 500;

#[derive(Default)]
struct Receiver {
    /// The last number whose first try arrived, by rule.
    last: Mutex<HashMap<u64, u64>>,
    refused: Mutex<HashMap<u64, Instant>>,
    arrived: AtomicU64,
    out_of_order: AtomicU64,
}

async fn receive(State(receiver): State<Arc<Receiver>>, body: Bytes) -> StatusCode {
    let event: Value = serde_json::from_slice(&body).unwrap();
    let number = event["data"]["n"].as_u64().unwrap();
    if receiver.refused.lock().unwrap().remove(&number).is_some() {
        receiver.arrived.fetch_add(1, Ordering::Relaxed);
        return StatusCode::OK;
    }
    let before = receiver.last.lock().unwrap().insert(number % RULES, number);
    if before.is_some_and(|before| before >= number) {
        receiver.out_of_order.fetch_add(1, Ordering::Relaxed);
    }
    if number.is_multiple_of(REFUSED) {
        receiver.refused.lock().unwrap().insert(number, Instant::now());
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    receiver.arrived.fetch_add(1, Ordering::Relaxed);
    StatusCode::OK
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn resident_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0_u64) / 1024
}

#[tokio::main]
async fn main() {
    // `cargo test --benches` runs it for a moment only.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let per_second = setting("LOAD_PER_SECOND", 5_000);
    let seconds = setting("LOAD_SECONDS", if measured { 60 } else { 1 });
    let with = match std::env::var("LOAD_SCHEME").as_deref() {
        Ok("v1") => SignWith::V1,
        Ok("both") => SignWith::Both,
        _ => SignWith::V2,
    };
    let receiver = Arc::new(Receiver::default());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let routes = Router::new().fallback(receive).with_state(Arc::clone(&receiver));
    tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });

    let mut quotas = Quotas::default();
    quotas.rules_per_bus = 100;
    quotas.default_bus_events_per_second = u64::MAX;
    let mut builder = LocalEventBridge::builder().quotas(quotas).sign_with(with).time_scale(100.0);
    if let Ok(file) = std::env::var("LOAD_STATE") {
        let _ = std::fs::remove_file(&file);
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
    let key = Credentials::new("local", "local").unwrap();
    let client = Client::builder(Protocol::OpenApi, bridge.endpoint().unwrap(), key);
    let publisher = Publisher::new(client.build().unwrap()).deadline(Duration::from_secs(60));

    let begun = Instant::now();
    let mut ticks =
        tokio::time::interval(Duration::from_secs_f64(BATCH as f64 / per_second as f64));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let total = per_second * seconds / BATCH * BATCH;
    let mut next = 0;
    let mut shown = Instant::now();
    println!("   s  published  delivered  open  MiB");
    let show = |next: u64| {
        let status = bridge.status();
        let open: usize = status.targets.iter().map(|one| one.open).sum();
        let (at, delivered) = (begun.elapsed().as_secs(), status.counts.delivered);
        println!("{at:4} {next:10} {delivered:10} {open:5} {:4}", resident_mib());
    };
    // One request after the other, so that the order of publishing is known.
    while next < total {
        ticks.tick().await;
        let events = (next..next + BATCH).map(|number| {
            Event::new(format!("app-{}", number % RULES), "demo:Load").id(number.to_string()).data(
                format!(r#"{{"n":{number},"text":"{}"}}"#, "x".repeat(200)),
                "application/json",
            )
        });
        let report = publisher.put_events(events).await;
        assert!(report.all_accepted(), "{:?}", report.failed().next());
        next += BATCH;
        if shown.elapsed() >= Duration::from_secs(5) {
            shown = Instant::now();
            show(next);
        }
    }
    let published = begun.elapsed();
    bridge.wait_for(|counts| counts.delivered + counts.dead_lettered >= total).await;
    let ended = begun.elapsed();
    show(next);
    let counts = bridge.counts();
    println!(
        "published {total} events in {:.1} s ({:.0} a second), all delivered after {:.1} s ({:.0} \
         a \
         second); {} tries, {} dead letters, {} out of order",
        published.as_secs_f64(),
        total as f64 / published.as_secs_f64(),
        ended.as_secs_f64(),
        total as f64 / ended.as_secs_f64(),
        counts.tries,
        counts.dead_lettered,
        receiver.out_of_order.load(Ordering::Relaxed),
    );
    assert_eq!(receiver.arrived.load(Ordering::Relaxed), total, "an event is lost or came twice");
    assert_eq!(receiver.out_of_order.load(Ordering::Relaxed), 0);
    assert_eq!(counts.dead_lettered, 0);
    assert_eq!(counts.tries, total + total.div_ceil(REFUSED));
}
