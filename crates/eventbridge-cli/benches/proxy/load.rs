//! Whole requests over connections that stay open, one at a time on each.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, task::JoinSet};

use super::{process::own_cpu_seconds, servers::Server};

const CONNECTIONS: usize = 32;

/// One server's turn; times are in microseconds.
pub struct Turn {
    pub per_second: f64,
    pub p50: f64,
    pub p99: f64,
    pub cpu: f64,
    /// Of this driver: what a request costs a hyper client.
    pub client_cpu: f64,
    pub peak_mib: f64,
}

/// Sends the push again and again for a while, at least once on each connection.
pub async fn run(server: &Server, push: &Request<Bytes>, long: Duration) -> Turn {
    let mut clients = JoinSet::new();
    let (cpu, client) = (server.process.cpu_seconds(), own_cpu_seconds());
    let began = Instant::now();
    let end = began + long;
    for _ in 0..CONNECTIONS {
        let (push, address, name) = (push.clone(), server.address, server.name);
        clients.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let mut latencies = Vec::with_capacity(10_000);
            loop {
                let sent = Instant::now();
                let response = sender.send_request(push.clone().map(Full::new)).await.unwrap();
                assert_eq!(response.status(), 200, "{name}");
                response.into_body().collect().await.unwrap();
                latencies.push(sent.elapsed());
                if Instant::now() >= end {
                    return latencies;
                }
            }
        });
    }
    let mut latencies: Vec<Duration> = clients.join_all().await.concat();
    let elapsed = began.elapsed();
    let cpu = server.process.cpu_seconds() - cpu;
    let client = own_cpu_seconds() - client;
    latencies.sort_unstable();
    let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
    let requests = latencies.len() as f64;
    Turn {
        per_second: requests / elapsed.as_secs_f64(),
        p50: at(0.5).as_secs_f64() * 1e6,
        p99: at(0.99).as_secs_f64() * 1e6,
        cpu: cpu * 1e6 / requests,
        client_cpu: client * 1e6 / requests,
        peak_mib: server.process.peak_mib(),
    }
}
