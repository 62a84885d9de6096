//! The example programs as processes: started, called, stopped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    reason = "test code, of which each test uses a part"
)]

use std::{net::SocketAddr, process::Stdio, time::Duration};

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
    net::TcpStream,
    process::{Child, ChildStderr, Command},
    time::timeout,
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::Signer,
};

/// The longest that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);
pub const TOKEN: &str = "token-secret-0123456789";

/// An example with nothing of ours in its environment. `cargo test` builds it beside the tests.
pub fn command(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    let path = test.ancestors().nth(2).unwrap().join("examples").join(file);
    assert!(path.exists(), "{path:?} is not built: run cargo build --examples");
    let mut command = Command::new(path);
    command.kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EVENTBRIDGE_") {
            command.env_remove(name);
        }
    }
    command
}

/// `URL=FILE` of the signer's certificate, in a file of this test process.
pub fn certificate(name: &str, signer: &Signer) -> String {
    let file = format!("{}/{}-{name}.pem", env!("CARGO_TARGET_TMPDIR"), std::process::id());
    std::fs::write(&file, signer.certificate_pem()).unwrap();
    format!("{}={file}", signer.certificate_url())
}

/// An example that has said that it listens.
pub struct Running {
    process: Child,
    pub address: SocketAddr,
    log: BufReader<ChildStderr>,
}

impl Running {
    pub async fn start(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap());
        let mut line = String::new();
        let said = async {
            while !line.starts_with("listening on ") {
                line.clear();
                assert_ne!(log.read_line(&mut line).await.unwrap(), 0, "it ended");
            }
        };
        timeout(PATIENCE, said).await.expect("it listens");
        let address = line.trim().trim_start_matches("listening on ").parse().unwrap();
        Self { process, address, log }
    }

    /// The status and body of the answer.
    pub async fn send(&self, request: Request<Bytes>) -> (u16, String) {
        let exchange = async {
            let stream = TokioIo::new(TcpStream::connect(self.address).await.unwrap());
            let (mut sender, connection) =
                hyper::client::conn::http1::handshake(stream).await.unwrap();
            tokio::spawn(connection);
            let response = sender.send_request(request.map(Full::new)).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        timeout(PATIENCE, exchange).await.expect("it answers")
    }

    /// A push, signed now.
    pub async fn push(
        &self,
        signer: &Signer,
        url: &str,
        token: &str,
        body: &[u8],
    ) -> (u16, String) {
        let push = signer.push(url).token(token).body(body.to_vec());
        self.send(push.sign(SystemClock::new().now()).unwrap()).await
    }

    /// Sends a signal; the exit code if there is one, what was printed, what was logged.
    pub async fn stop(mut self, signal: &str) -> (Option<i32>, String, String) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().await.unwrap().success());
        let (mut printed, mut log) = (String::new(), String::new());
        let mut stdout = self.process.stdout.take().unwrap();
        let end = async {
            stdout.read_to_string(&mut printed).await.unwrap();
            self.log.read_to_string(&mut log).await.unwrap();
            self.process.wait().await.unwrap().code()
        };
        let code = timeout(PATIENCE, end).await.expect("it ends");
        (code, printed, log)
    }
}
