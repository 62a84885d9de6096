//! A whole server on loopback under load, with and without the layer, as processes of their own.
//!
//! ```text
//! cargo bench --bench server
//! ```
//!
//! Prints `server <case> <requests/s> <p50 µs> <p99 µs> <server's CPU µs for a request> <driver's>
//! <peak MiB>`, and before that
//! `flood <case> <pushes> <statuses> <peak MiB>` of 1,000 connections that send 256 KiB
//! each at the same time.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::as_conversions,
    missing_docs,
    reason = "a bench, which times"
)]

mod pushes;

use std::{
    collections::BTreeMap,
    convert::Infallible,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Full};
use hyper::{body::Incoming, client::conn::http1, server::conn::http1 as server};
use hyper_util::{rt::TokioIo, service::TowerToHyperService};
use pushes::{TOKEN, URL, body, key_pem};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    sync::Barrier,
    task::JoinSet,
};
use tower::{Layer, Service};
use tower_eventbridge::{
    Verifier, VerifyLayer,
    signer::{SignWith, Signer},
};

const CONNECTIONS: usize = 32;
const SECONDS: u64 = 5;
const FLOOD: usize = 1000;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.unwrap();
    match arguments.iter().position(|argument| argument == "--serve") {
        Some(place) => runtime.block_on(serve(&arguments[place + 1], &arguments[place + 2])),
        None => runtime.block_on(measure()),
    }
}

/// The server's process.
async fn serve(bits: &str, layer: &str) {
    async fn handle<B>(request: Request<B>) -> Result<Response<Empty<Bytes>>, Infallible>
    where
        B: http_body::Body<Data = Bytes>,
    {
        let read = request.into_body().collect().await.map(http_body_util::Collected::to_bytes);
        assert!(!read.unwrap_or_default().is_empty());
        Ok(Response::new(Empty::new()))
    }
    // Room for all of the flood, who connect at once.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(2 * FLOOD as u32).unwrap();
    println!("{}", listener.local_addr().unwrap());
    if layer == "plain" {
        accept(listener, tower::service_fn(handle::<Incoming>)).await;
        return;
    }
    let signer = Signer::from_private_key_pem(&key_pem(bits.parse().unwrap())).unwrap();
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer.certificate_url(), signer.certificate_pem())
        .build()
        .unwrap();
    let layer = VerifyLayer::new(verifier).unwrap();
    accept(
        listener,
        layer.layer(tower::service_fn(handle::<tower_eventbridge::verify::VerifiedBody>)),
    )
    .await;
}

async fn accept<S, B>(listener: TcpListener, service: S)
where
    S: Service<Request<Incoming>, Response = Response<B>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let service = TowerToHyperService::new(service.clone());
        // As the receiver has it: read buffers are not counted by the layer, and 1,000 large ones
        // are a lot.
        let mut builder = server::Builder::new();
        builder.max_buf_size(16 * 1024);
        tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
    }
}

struct Server {
    process: Child,
    address: SocketAddr,
}

impl Server {
    fn start(bits: u32, layer: &str) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--serve", &bits.to_string(), layer])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Self { process, address: line.trim().parse().unwrap() }
    }

    /// CPU time of a process so far, in seconds.
    fn cpu_seconds(process: u32) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
        // proc_pid_stat(5): fields 14 and 15, counted from the parenthesis that ends field 2; Linux
        // has 100 ticks in a second.
        let fields = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
        fields.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    }

    fn peak_mib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

async fn measure() {
    for layer in ["plain", "layer"] {
        flood(layer).await;
    }
    for bits in [1024, 2048] {
        let signer = Signer::from_private_key_pem(&key_pem(bits)).unwrap();
        for (name, with) in [("v1", SignWith::V1), ("v2", SignWith::V2)] {
            for layer in ["plain", "layer"] {
                let server = Server::start(bits, layer);
                let push = signer.push(URL).token(TOKEN).with(with).body(body(1024));
                let push = push.sign(SystemTime::now()).unwrap();
                let processes = [server.process.id(), std::process::id()];
                let before = processes.map(Server::cpu_seconds);
                let (mut latencies, elapsed) = load(server.address, &push).await;
                let after = processes.map(Server::cpu_seconds);
                let requests = latencies.len() as f64;
                let cpu = |process: usize| (after[process] - before[process]) * 1e6 / requests;
                latencies.sort_unstable();
                let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
                println!(
                    "server {layer}-{name}-{bits} {:.0} {} {} {:.1} {:.1} {}",
                    requests / elapsed.as_secs_f64(),
                    at(0.5).as_micros(),
                    at(0.99).as_micros(),
                    cpu(0),
                    cpu(1),
                    server.peak_mib(),
                );
            }
        }
    }
}

/// Whole requests over connections that stay open, one at a time on each.
async fn load(address: SocketAddr, push: &Request<Bytes>) -> (Vec<Duration>, Duration) {
    let mut clients = JoinSet::new();
    let began = Instant::now();
    let end = began + Duration::from_secs(SECONDS);
    for _ in 0..CONNECTIONS {
        let push = push.clone();
        clients.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            let mut latencies = Vec::with_capacity(100_000);
            while Instant::now() < end {
                let sent = Instant::now();
                let response = sender.send_request(push.clone().map(Full::new)).await.unwrap();
                assert_eq!(response.status(), 200);
                response.into_body().collect().await.unwrap();
                latencies.push(sent.elapsed());
            }
            latencies
        });
    }
    let mut all = Vec::new();
    while let Some(latencies) = clients.join_next().await {
        all.extend(latencies.unwrap());
    }
    (all, began.elapsed())
}

/// Everybody is connected, and then everybody sends.
async fn flood(layer: &str) {
    let server = Server::start(2048, layer);
    let signer = Signer::from_private_key_pem(&key_pem(2048)).unwrap();
    let push = signer.push(URL).token(TOKEN).with(SignWith::V2).body(body(256 * 1024));
    let push = push.sign(SystemTime::now()).unwrap();
    let barrier = Arc::new(Barrier::new(FLOOD));
    let mut clients = JoinSet::new();
    for _ in 0..FLOOD {
        let (address, push, barrier) = (server.address, push.clone(), Arc::clone(&barrier));
        clients.spawn(async move {
            let stream = TcpStream::connect(address).await.unwrap();
            let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
            tokio::spawn(connection);
            barrier.wait().await;
            let response = sender.send_request(push.map(Full::new)).await;
            response.map_or(0, |response| response.status().as_u16())
        });
    }
    let mut statuses = BTreeMap::new();
    while let Some(status) = clients.join_next().await {
        *statuses.entry(status.unwrap()).or_insert(0) += 1;
    }
    let peak = server.peak_mib();
    println!("flood {layer} {FLOOD} {statuses:?} {peak}");
}
