//! The servers that are compared, each a process of its own, and what stands behind two of them.

use std::{
    convert::Infallible,
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tower_eventbridge::signer::Signer;

use super::process::Process;

pub const URL: &str = "https://hooks.example.com/eventbridge";
pub const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b5b0c0f6e7c0d";
pub const OURS: &str = "eventbridge";
/// Ours, with nothing to send on to: it prints.
pub const VERIFIES: &str = "eventbridge-verifies";

pub struct Server {
    pub name: &'static str,
    pub address: SocketAddr,
    pub process: Process,
}

/// Files, and the upstream of the proxies.
pub struct Setting {
    folder: PathBuf,
    certificates: Vec<String>,
    upstream: Server,
}

impl Setting {
    pub fn new(signers: &[(u32, Signer)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("proxy-bench");
        fs::create_dir_all(&folder).unwrap();
        let certificate = |(bits, signer): &(u32, Signer)| {
            let file = folder.join(format!("{bits}.pem"));
            fs::write(&file, signer.certificate_pem()).unwrap();
            format!("{}={}", signer.certificate_url(), file.display())
        };
        let certificates = signers.iter().map(certificate).collect();
        let mut command = Command::new(std::env::current_exe().unwrap());
        let upstream = started("upstream", command.arg("--upstream"));
        Self { folder, certificates, upstream }
    }

    /// Starts those that are installed. The upstream must outlive them.
    pub async fn start_all(&self) -> Vec<Server> {
        let mut servers = vec![self.eventbridge(true), self.eventbridge(false)];
        match installed("nginx", "-v") {
            true => servers.push(self.nginx().await),
            false => println!("nginx is left out: it is not installed (apt-get install nginx)"),
        }
        match installed("node", "--version") {
            true => servers.extend([self.node("node", false), self.node("node-proxy", true)]),
            false => println!("node is left out: it is not installed (apt-get install nodejs)"),
        }
        servers
    }

    fn eventbridge(&self, forwards: bool) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_eventbridge"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("EVENTBRIDGE_") {
                command.env_remove(name);
            }
        }
        command.args(["receive", "--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN]);
        for certificate in &self.certificates {
            command.args(["--certificate", certificate]);
        }
        // nginx writes no access log here, and Node.js none at all.
        command.args(["--log-level", "warn"]);
        if !forwards {
            return started(VERIFIES, &mut command);
        }
        let forward = format!("http://{}/eventbridge", self.upstream.address);
        command.args(["--forward", &forward, "--print", "never"]);
        command.env("EVENTBRIDGE_FORWARD_SECRET", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        started(OURS, &mut command)
    }

    /// A worker for each core, connections to the upstream kept, no access log.
    async fn nginx(&self) -> Server {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let configuration = format!(
            "daemon off; worker_processes auto; pid nginx.pid; error_log stderr;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; keepalive_requests 1000000000;
                client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
                uwsgi_temp_path uwsgi; scgi_temp_path scgi;
                upstream service {{ server {}; keepalive 64; keepalive_requests 1000000000; }}
                server {{
                    listen {free};
                    location / {{
                        proxy_pass http://service; proxy_http_version 1.1;
                        proxy_set_header Connection \"\";
                    }}
                }}
            }}",
            self.upstream.address
        );
        let file = self.folder.join("nginx.conf");
        fs::write(&file, configuration).unwrap();
        let mut command = Command::new("nginx");
        command.args(["-e", "stderr", "-p"]).arg(&self.folder).arg("-c").arg(&file);
        let process = Process(command.stdin(Stdio::null()).spawn().unwrap());
        let began = Instant::now();
        while TcpStream::connect(free).await.is_err() {
            assert!(began.elapsed() < Duration::from_secs(20), "nginx does not listen");
            tokio::task::yield_now().await;
        }
        Server { name: "nginx", address: free, process }
    }

    /// Answers what it has verified, or sends it on as we do.
    fn node(&self, name: &'static str, forwards: bool) -> Server {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/proxy/receiver.mjs");
        let mut command = Command::new("node");
        if forwards {
            command.env("FORWARD", format!("http://{}/eventbridge", self.upstream.address));
        }
        started(name, command.arg(script).args([URL, TOKEN]).args(&self.certificates))
    }
}

fn installed(program: &str, probe: &str) -> bool {
    let mut command = Command::new(program);
    command.arg(probe).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Starts a program that says on its standard error where it listens.
fn started(name: &'static str, command: &mut Command) -> Server {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().unwrap();
    let mut log = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    let found = log.by_ref().find_map(|line| line.strip_prefix("listening on ")?.parse().ok());
    let address = found.unwrap_or_else(|| panic!("{name} does not listen"));
    // Read to its end: a full pipe would stop the server.
    std::thread::spawn(move || log.for_each(|line| eprintln!("{name}: {line}")));
    Server { name, address, process: Process(process) }
}

/// Reads requests and answers 200, for ever.
pub async fn upstream() {
    async fn answer(request: Request<Incoming>) -> Result<Response<Empty<Bytes>>, Infallible> {
        let body = request.into_body().collect().await.unwrap().to_bytes();
        assert!(!body.is_empty());
        Ok(Response::new(Empty::new()))
    }
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    eprintln!("listening on {}", listener.local_addr().unwrap());
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer));
        tokio::spawn(connection);
    }
}
