//! Load: events published over HTTP to 100 rules and one receiver, each push signed.
//!
//! ```text
//! cargo bench -p eventbridge-local --bench load
//! LOAD_PER_SECOND=5000 LOAD_SECONDS=60 LOAD_SCHEME=v2 LOAD_STATE=/tmp/load.redb cargo bench …
//! ```
//!
//! The server is a process of its own, this program again. With `LOAD_STATE` it keeps its state in
//! that file; with `LOAD_KILL=1` too, it is killed in the middle and started again.
//!
//! It ends with an error if an acknowledged event is lost, if the memory of the server grows, if
//! the first tries of a rule arrive in another order than they were published, or if an event comes
//! twice without a kill. The speed is printed and judged by nobody.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench"
)]

mod scale;

mod receiver;
mod server;

mod publisher;

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use publisher::{Acknowledged, Pace, publish};
use receiver::Receiver;
use scale::{BATCH, PUBLISHERS};
use server::Server;
use tokio::{task::JoinSet, time::sleep};

/// The memory of the server may grow by this much after its first third.
const MOST_GROWTH_KIB: u64 = 4 * 1024;

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

#[tokio::main]
async fn main() {
    if std::env::var_os(server::TARGET).is_some() {
        return server::run().await;
    }
    // `cargo test --benches` runs it for a moment only.
    let measured = std::env::args().any(|argument| argument == "--bench");
    let per_second = setting("LOAD_PER_SECOND", 5_000);
    let seconds = setting("LOAD_SECONDS", if measured { 60 } else { 1 });
    let killed = setting("LOAD_KILL", 0) != 0;
    assert!(!killed || std::env::var_os(server::STATE).is_some(), "LOAD_KILL needs LOAD_STATE");
    if let Some(file) = std::env::var_os(server::STATE) {
        let _ = std::fs::remove_file(file);
    }
    let receiver = Receiver::start().await;
    let mut server = Server::start(&receiver.url).await;
    let (mut acknowledged, mut memory) = (Acknowledged::default(), Vec::new());
    let begun = Instant::now();
    println!("   s  acknowledged  arrived  KiB of the server");
    let parts = if killed { 2 } else { 1 };
    let each = per_second * seconds / parts / (PUBLISHERS * BATCH);
    for part in 0..parts {
        let pace = Arc::new(Pace::new(per_second, Arc::clone(&receiver)));
        let mut publishers = JoinSet::new();
        for number in 0..PUBLISHERS {
            let first = acknowledged.next_of(number);
            publishers.spawn(publish(server.url.clone(), number, first, each, Arc::clone(&pace)));
        }
        let half = pace.published_goal(each) / 2;
        let (mut shown, mut dead) = (Instant::now(), false);
        while !publishers.is_empty() {
            sleep(Duration::from_millis(100)).await;
            if killed && part == 0 && !dead && pace.published() >= half {
                server.kill().await;
                dead = true;
            }
            if !dead {
                memory.push(server.resident_kib());
            }
            if shown.elapsed() >= Duration::from_secs(5) {
                shown = Instant::now();
                let kib = memory.last().unwrap();
                let (at, arrived) = (begun.elapsed().as_secs(), receiver.arrived());
                println!("{at:4} {:13} {arrived:8} {kib}", acknowledged.len() + pace.published());
            }
            while let Some(ended) = publishers.try_join_next() {
                acknowledged.add(ended.unwrap(), dead);
            }
        }
        if dead {
            server = Server::start(&receiver.url).await;
        }
    }
    let published = begun.elapsed();
    server.settle().await;
    let ended = begun.elapsed();
    let (total, arrived) = (acknowledged.len(), receiver.arrived());
    println!(
        "acknowledged {total} events in {:.1} s ({:.0} a second), all delivered after {:.1} s \
         ({:.0} a second); {} tries, {} came again, {} out of order; {:.1} s of CPU in the server",
        published.as_secs_f64(),
        total as f64 / published.as_secs_f64(),
        ended.as_secs_f64(),
        total as f64 / ended.as_secs_f64(),
        receiver.tries.load(Ordering::Relaxed),
        receiver.again.load(Ordering::Relaxed),
        receiver.out_of_order.load(Ordering::Relaxed),
        server.cpu_seconds(),
    );
    let lost = acknowledged.numbers().filter(|number| !receiver.has(*number)).count();
    assert_eq!(lost, 0, "acknowledged events are lost");
    let counts = server.counts().await;
    assert_eq!(counts.dead_lettered, 0, "events became dead letters");
    if !killed {
        assert_eq!(arrived, total, "more events arrived than were acknowledged");
        assert_eq!(receiver.again.load(Ordering::Relaxed), 0, "events came twice");
        assert_eq!(counts.tries, receiver.tries.load(Ordering::Relaxed), "tries are lost");
        assert_eq!(receiver.out_of_order.load(Ordering::Relaxed), 0, "tries are out of order");
        flat(&memory);
    }
}

/// Compares the highest memory of the second third and of the last.
fn flat(memory: &[u64]) {
    let third = memory.len() / 3;
    let highest = |part: &[u64]| part.iter().copied().max().unwrap_or(0);
    let (middle, last) = (highest(&memory[third..2 * third]), highest(&memory[2 * third..]));
    println!("memory of the server at its highest: {middle} KiB in the middle, {last} KiB at last");
    if third < 20 {
        return println!("too short to judge memory: give LOAD_SECONDS=6 or more");
    }
    assert!(last <= middle + MOST_GROWTH_KIB, "the memory of the server grows");
}
