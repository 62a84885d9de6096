//! The example programs as processes: started, listened to, stopped.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    dead_code,
    reason = "test code, of which each test uses a part"
)]

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::{Output, Stdio},
    sync::atomic::{AtomicU16, Ordering},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    sync::watch,
    time::timeout,
};

/// The longest that a test waits for anything.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A program of the examples, which `cargo test` builds beside the tests, with nothing of ours in its environment.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let test = std::env::current_exe().unwrap();
    let name = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(
        path.exists(),
        "{path:?} is not built: run the whole test suite, or cargo build --examples"
    );
    let mut command = Command::new(path);
    command.args(arguments).kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("EVENTBRIDGE_") {
            command.env_remove(name);
        }
    }
    command
}

/// Runs a program to its end.
pub async fn run(program: &str, arguments: &[&str]) -> Output {
    timeout(PATIENCE, command(program, arguments).output()).await.expect("it ends").unwrap()
}

/// A file of this test process, which `cargo clean` removes.
pub fn temporary_file(name: &str, content: &[u8]) -> PathBuf {
    let name = format!("{}-{name}", std::process::id());
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, content).unwrap();
    file
}

/// An address that is free now, and not one that the system hands out to others: who is told of it may be started before
/// who listens there.
pub fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % 12_000;
        if let Ok(listener) = std::net::TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr().unwrap();
        }
    }
}

/// A page of the admin address, head and body.
pub async fn page(admin: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(admin).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// What a process writes, read as it comes: a full pipe would stop it.
pub struct Text(watch::Receiver<String>);

impl Text {
    fn of(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> Self {
        let (sender, receiver) = watch::channel(String::new());
        tokio::spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = pipe.read(&mut buffer).await {
                let text = String::from_utf8_lossy(buffer.get(..length).unwrap()).into_owned();
                sender.send_modify(|all| all.push_str(&text));
            }
        });
        Self(receiver)
    }

    /// Waits until a whole line begins so, and returns the rest of it.
    pub async fn line_that_begins(&mut self, start: &str) -> String {
        let found = |text: &String| {
            let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
            complete.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned))
        };
        let _ = timeout(PATIENCE, self.0.wait_for(|text| found(text).is_some())).await;
        let text = self.0.borrow().clone();
        found(&text).unwrap_or_else(|| panic!("no line begins with {start:?}: {text}"))
    }

    /// Everything, once the pipe is closed.
    async fn end(mut self) -> String {
        let closed = async { while self.0.changed().await.is_ok() {} };
        timeout(PATIENCE, closed).await.expect("the pipe is closed");
        self.0.borrow().clone()
    }
}

/// A server program that has said that it listens.
pub struct Server {
    process: Child,
    pub address: SocketAddr,
    pub printed: Option<Text>,
    unread: Option<ChildStdout>,
    pub log: Text,
}

impl Server {
    /// Starts a program and waits until it listens.
    pub async fn start(program: &str, arguments: &[&str]) -> Self {
        let mut server = Self::start_unread(program, arguments).await;
        server.read();
        server
    }

    /// The same, of a command with more to it.
    pub async fn start_command(command: Command) -> Self {
        let mut server = Self::start_command_unread(command).await;
        server.read();
        server
    }

    /// The same, but nobody reads what it prints until [`read`](Self::read).
    pub async fn start_unread(program: &str, arguments: &[&str]) -> Self {
        Self::start_command_unread(command(program, arguments)).await
    }

    async fn start_command_unread(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let unread = process.stdout.take();
        let mut log = Text::of(process.stderr.take().unwrap());
        let address = log.line_that_begins("listening on ").await.parse().unwrap();
        Self { process, address, printed: None, unread, log }
    }

    pub fn read(&mut self) {
        self.printed = self.unread.take().map(Text::of);
    }

    /// The memory that the process has, as the system counts it.
    #[cfg(target_os = "linux")]
    pub fn resident_kib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id().unwrap()));
        let status = status.unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// SIGTERM.
    pub async fn terminate(&self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }

    /// SIGTERM; the exit code, what was printed, what was logged.
    pub async fn stop(self) -> (i32, String, String) {
        self.terminate().await;
        self.end().await
    }

    /// SIGKILL; what was logged until then.
    pub async fn kill(mut self) -> String {
        self.process.kill().await.unwrap();
        self.log.end().await
    }

    /// Waits until it ends by itself; the same.
    pub async fn end(mut self) -> (i32, String, String) {
        let status = timeout(PATIENCE, self.process.wait()).await.unwrap().unwrap();
        let printed = self.printed.expect("its output was read").end().await;
        (status.code().expect("it ends by itself"), printed, self.log.end().await)
    }
}
