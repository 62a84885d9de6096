//! `eventbridge receive --forward` beside nginx as a plain reverse proxy, and `eventbridge receive`
//! beside a Node.js receiver that verifies with its own crypto. The same pushes, turn by turn.
//!
//! ```text
//! cargo bench -p eventbridge-cli --bench proxy
//! ```
//!
//! The proxies send on to one upstream, a minimal hyper server in a process of its own. Prints
//! medians of the turns, and then the ratios of requests/s, each within its round. A line of a turn
//! is `proxy <case> <who> <requests/s> <p50 µs> <p99 µs> <CPU µs for a request> <peak MiB> <CPU µs
//! of the driver for a request>`. The driver is a hyper client. nginx and node are left out where
//! they are not installed. `cargo test --bench proxy` makes a few requests of each. `-- --only
//! NAME,NAME` measures these alone, and `-- --rounds N` so many rounds.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::as_conversions,
    missing_docs,
    unreachable_pub,
    reason = "a bench, which times"
)]

mod process;

mod servers;

mod load;

use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::Request;
use load::Turn;
use servers::{Server, Setting, TOKEN, URL};
use tower_eventbridge::signer::{SignWith, Signer};

const BITS: [u32; 2] = [1024, 2048];
const SCHEMES: [(&str, SignWith); 2] = [("v2", SignWith::V2), ("v1", SignWith::V1)];

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let given = |name: &str| arguments.iter().any(|argument| argument == name);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    if given("--upstream") {
        return runtime.block_on(servers::upstream());
    }
    let value = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    let rounds = value("--rounds").map_or(7, |rounds| rounds.parse().unwrap());
    // Given by `cargo bench`, and not by `cargo test`.
    let (rounds, warm, long) = match given("--bench") {
        true => (rounds, Duration::from_millis(300), Duration::from_secs(2)),
        false => (1, Duration::ZERO, Duration::from_millis(100)),
    };
    runtime.block_on(measure(value("--only"), rounds, warm, long));
}

/// The signers by the bits of their keys, each with a certificate URL of its own.
fn signers() -> Vec<(u32, Signer)> {
    let signer = |bits| {
        let url = format!("https://certificates.example.com/x509_public_certificate_{bits}.pem");
        (bits, Signer::generate_with_bits(bits).unwrap().with_certificate_url(url))
    };
    BITS.map(signer).into()
}

/// An event of 1 KiB.
fn body() -> Bytes {
    let mut body =
        r#"{"id":"1","source":"bench","specversion":"1.0","type":"bench:Event","data":""#
            .to_owned();
    body.push_str(&"x".repeat(1022 - body.len()));
    body.push_str("\"}");
    body.into()
}

/// Signed now, with the headers that servers and proxies add.
fn push(signer: &Signer, with: SignWith) -> Request<Bytes> {
    let push = signer.push(URL).token(TOKEN).with(with).body(body());
    let mut push = push.sign(SystemTime::now()).unwrap();
    for (name, value) in [
        ("host", "hooks.example.com"),
        ("user-agent", "Apache-HttpClient/4.5.6"),
        ("content-type", "application/json; charset=utf-8"),
        ("accept-encoding", "gzip,deflate"),
        ("x-forwarded-for", "203.0.113.7"),
        ("x-request-id", "5f0c0b7e-54f0-4dd5-8b68-2a7a4fd1c1b1"),
    ] {
        push.headers_mut().insert(name, value.parse().unwrap());
    }
    push
}

async fn measure(only: Option<String>, rounds: usize, warm: Duration, long: Duration) {
    let signers = signers();
    let setting = Setting::new(&signers);
    let mut servers: Vec<Server> = setting.start_all().await;
    servers.retain(|server| {
        only.as_ref().is_none_or(|names| names.split(',').any(|name| name == server.name))
    });
    let mut turns: BTreeMap<(String, &str), Vec<Turn>> = BTreeMap::new();
    for round in 0..rounds {
        for (bits, signer) in &signers {
            for (scheme, with) in SCHEMES {
                // Nobody is always the first.
                for place in 0..servers.len() {
                    let server = &servers[(place + round) % servers.len()];
                    let push = push(signer, with);
                    load::run(server, &push, warm).await;
                    let turn = load::run(server, &push, long).await;
                    let case = format!("{scheme}-{bits}");
                    turns.entry((case, server.name)).or_default().push(turn);
                }
            }
        }
    }
    for ((case, name), turns) in &turns {
        let median = |value: fn(&Turn) -> f64| median(turns.iter().map(value).collect());
        println!(
            "proxy {case} {name} {:.0} {:.0} {:.0} {:.1} {:.0} {:.1}",
            median(|turn| turn.per_second),
            median(|turn| turn.p50),
            median(|turn| turn.p99),
            median(|turn| turn.cpu),
            median(|turn| turn.peak_mib),
            median(|turn| turn.client_cpu),
        );
    }
    for ours in [servers::OURS, servers::VERIFIES] {
        for ((case, name), others) in turns.iter().filter(|((_, name), _)| *name != ours) {
            let Some(turns) = turns.get(&(case.clone(), ours)) else { continue };
            let ratios = turns.iter().zip(others);
            let ratios = ratios.map(|(our, other)| our.per_second / other.per_second);
            let mut ratios: Vec<_> = ratios.collect();
            ratios.sort_by(f64::total_cmp);
            println!(
                "ratio {case} {ours}/{name} {:.2} ({:.2} to {:.2})",
                median(ratios.clone()),
                ratios[0],
                ratios[ratios.len() - 1],
            );
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
