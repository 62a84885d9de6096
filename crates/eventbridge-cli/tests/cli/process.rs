//! The program as a process: started, listened to, stopped.

use std::{
    ffi::OsString,
    net::SocketAddr,
    path::{Path, PathBuf},
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
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What decides on colours, wherever the tests run: a CI service sets `CI`.
pub(crate) const COLOUR_VARIABLES: [&str; 6] =
    ["CI", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "NO_COLOR", "TERM"];

/// The names of variables that are taken from a program's environment.
pub(crate) fn unwanted_variables() -> impl Iterator<Item = OsString> {
    let ours = std::env::vars_os().map(|(name, _)| name);
    let ours = ours.filter(|name| name.to_string_lossy().starts_with("EVENTBRIDGE_"));
    ours.chain(COLOUR_VARIABLES.map(OsString::from))
}

/// A subcommand, run in the repository's folder with nothing of ours in its environment but a state
/// folder of these tests.
pub(crate) fn command(subcommand: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eventbridge"));
    command.arg(subcommand).args(arguments).current_dir(REPOSITORY);
    command.kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
    unwanted_variables().for_each(|name| {
        command.env_remove(name);
    });
    command.env("EVENTBRIDGE_STATE_DIR", temporary_path("state"));
    command
}

/// A path of this test process, at which nothing is made.
pub(crate) fn temporary_path(name: &str) -> PathBuf {
    let name = format!("{}-{name}", std::process::id());
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Runs a subcommand to its end.
pub(crate) async fn run(subcommand: &str, arguments: &[&str]) -> Output {
    timeout(PATIENCE, command(subcommand, arguments).output()).await.expect("it ends").unwrap()
}

/// A file of this test process, which `cargo clean` removes.
pub(crate) fn temporary_file(name: &str, content: &[u8]) -> PathBuf {
    let file = temporary_path(name);
    std::fs::write(&file, content).unwrap();
    file
}

/// An address that is free now, and not one that the system hands out to others: who is told of it
/// may be started before who listens there.
pub(crate) fn free_address() -> SocketAddr {
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
pub(crate) async fn page(admin: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(admin).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

/// What a process writes, read as it comes: a full pipe would stop it.
pub(crate) struct Text(watch::Receiver<String>);

impl Text {
    pub(crate) fn of(mut pipe: impl AsyncRead + Unpin + Send + 'static) -> Self {
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
    pub(crate) async fn line_that_begins(&mut self, start: &str) -> String {
        let found = |text: &String| {
            let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
            complete.lines().find_map(|line| line.strip_prefix(start).map(str::to_owned))
        };
        let _ = timeout(PATIENCE, self.0.wait_for(|text| found(text).is_some())).await;
        let text = self.0.borrow().clone();
        found(&text).unwrap_or_else(|| panic!("no line begins with {start:?}: {text}"))
    }

    /// Waits until a whole line contains this.
    pub(crate) async fn line_with(&mut self, part: &str) {
        let found = |text: &String| {
            let complete = text.rsplit_once('\n').map_or("", |(complete, _)| complete);
            complete.contains(part)
        };
        let _ = timeout(PATIENCE, self.0.wait_for(found)).await;
        let text = self.0.borrow().clone();
        assert!(found(&text), "no line has {part:?}: {text}");
    }

    /// Waits until there are so many whole lines, and returns all.
    pub(crate) async fn lines(&self, count: usize) -> Vec<String> {
        let enough = |text: &String| text.matches('\n').count() >= count;
        let _ = timeout(PATIENCE, self.0.clone().wait_for(enough)).await;
        self.0.borrow().lines().map(str::to_owned).collect()
    }

    /// Everything, once the pipe is closed.
    pub(crate) async fn end(mut self) -> String {
        let closed = async { while self.0.changed().await.is_ok() {} };
        timeout(PATIENCE, closed).await.expect("the pipe is closed");
        self.0.borrow().clone()
    }
}

/// A receiver that has said that it listens.
pub(crate) struct Server {
    process: Child,
    pub(crate) address: SocketAddr,
    pub(crate) printed: Option<Text>,
    unread: Option<ChildStdout>,
    pub(crate) log: Text,
}

impl Server {
    /// Starts a subcommand and waits until it listens.
    pub(crate) async fn start(subcommand: &str, arguments: &[&str]) -> Self {
        let mut server = Self::start_unread(subcommand, arguments).await;
        server.read();
        server
    }

    /// The same, with a state folder of its own.
    pub(crate) async fn start_with_state(
        subcommand: &str,
        arguments: &[&str],
        state: &Path,
    ) -> Self {
        let mut command = command(subcommand, arguments);
        command.env("EVENTBRIDGE_STATE_DIR", state);
        let mut server = Self::start_command(command).await;
        server.read();
        server
    }

    /// The same, but nobody reads what it prints until [`read`](Self::read).
    pub(crate) async fn start_unread(subcommand: &str, arguments: &[&str]) -> Self {
        Self::start_command(command(subcommand, arguments)).await
    }

    /// Starts any program that says on its standard error where it listens.
    pub(crate) async fn start_command(mut command: Command) -> Self {
        let mut process = command.spawn().unwrap();
        let unread = process.stdout.take();
        let mut log = Text::of(process.stderr.take().unwrap());
        let address = log.line_that_begins("listening on ").await.parse().unwrap();
        Self { process, address, printed: None, unread, log }
    }

    pub(crate) fn read(&mut self) {
        self.printed = self.unread.take().map(Text::of);
    }

    /// The memory that the process has, as the system counts it.
    #[cfg(target_os = "linux")]
    pub(crate) fn resident_kib(&self) -> u64 {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.process.id().unwrap()));
        let status = status.unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }

    /// SIGTERM.
    pub(crate) async fn terminate(&self) {
        let id = self.process.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
    }

    /// SIGTERM; the exit code, what was printed, what was logged.
    pub(crate) async fn stop(self) -> (i32, String, String) {
        self.terminate().await;
        self.end().await
    }

    /// SIGKILL; what was logged until then.
    pub(crate) async fn kill(mut self) -> String {
        self.process.kill().await.unwrap();
        self.log.end().await
    }

    /// Waits until it ends by itself; the same.
    pub(crate) async fn end(mut self) -> (i32, String, String) {
        let status = timeout(PATIENCE, self.process.wait()).await.unwrap().unwrap();
        let printed = self.printed.expect("its output was read").end().await;
        (status.code().expect("it ends by itself"), printed, self.log.end().await)
    }
}

pub(crate) const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
