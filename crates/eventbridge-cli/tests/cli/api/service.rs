//! A service on loopback that answers as it is told, and remembers what it was sent.

use std::{
    convert::Infallible,
    net::SocketAddr,
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::{io::AsyncWriteExt, net::TcpListener, process::Command, time::timeout};

use crate::process::{PATIENCE, command, temporary_path};

pub(crate) const KEY: &str = "LTAIexampleNotReal01";
pub(crate) const SECRET: &str = "exampleSecretNotReal0123456789";

/// A call as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The operation in small letters, whatever the protocol: `getrule`.
    pub(crate) name: String,
    pub(crate) headers: HeaderMap,
    pub(crate) members: Map<String, Value>,
    /// The events, if it is `putevents` of the openapi protocol.
    pub(crate) events: Vec<Value>,
    pub(crate) body: String,
}

pub(crate) enum Reply {
    Json(u16, Value),
    Header(u16, (&'static str, &'static str), Value),
    Html(u16),
    Hang,
}

pub(crate) fn ok(value: Value) -> Reply {
    Reply::Json(200, value)
}

/// The answer of the 2020-04-01 API.
pub(crate) fn data(value: &Value) -> Reply {
    ok(serde_json::json!({"Code": "Success", "RequestId": "REQ-1", "Data": value}))
}

type Answering = dyn Fn(usize, &Call) -> Reply + Send + Sync;

pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Service {
    /// Answers by the number of the call, from 0, and the call.
    pub(crate) async fn start(
        answer: impl Fn(usize, &Call) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let (kept, answer): (_, Arc<Answering>) = (Arc::clone(&calls), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (kept, answer) = (Arc::clone(&kept), Arc::clone(&answer));
                let service = service_fn(move |request| {
                    answered(request, Arc::clone(&kept), Arc::clone(&answer))
                });
                let connection =
                    http1::Builder::new().serve_connection(TokioIo::new(stream), service);
                tokio::spawn(connection);
            }
        });
        Self { address, calls }
    }

    pub(crate) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.calls().into_iter().map(|call| call.name).collect()
    }

    /// A subcommand with credentials in its environment, which calls this service.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let (subcommand, arguments) = arguments.split_first().unwrap();
        let mut command = without_credentials(subcommand, arguments);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_ID", KEY);
        command.env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET);
        command.env("EVENTBRIDGE_API_ENDPOINT", format!("http://{}", self.address));
        command
    }

    pub(crate) async fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments)).await
    }

    pub(crate) async fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        Ran::with_input(self.command(arguments), input).await
    }
}

/// A subcommand that finds no credentials.
pub(crate) fn without_credentials(subcommand: &str, arguments: &[&str]) -> Command {
    let mut command = command(subcommand, arguments);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("ALIBABA_CLOUD_") {
            command.env_remove(name);
        }
    }
    command.env("HOME", temporary_path("no-home"));
    command
}

async fn answered(
    request: Request<Incoming>,
    kept: Arc<Mutex<Vec<Call>>>,
    answer: Arc<Answering>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let call = call(request).await;
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(call.clone());
        kept.len() - 1
    };
    let mut response = Response::builder().header("content-type", "application/json");
    let body = match answer(number, &call) {
        Reply::Json(status, value) => {
            response = response.status(status);
            value.to_string()
        }
        Reply::Header(status, (name, text), value) => {
            response = response.status(status).header(name, text);
            value.to_string()
        }
        Reply::Html(status) => {
            response = Response::builder().status(status).header("content-type", "text/html");
            "<html><h1>Welcome to the hotel</h1></html>".to_owned()
        }
        Reply::Hang => std::future::pending().await,
    };
    Ok(response.body(Full::new(Bytes::from(body))).unwrap())
}

async fn call(request: Request<Incoming>) -> Call {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let path = parts.uri.path();
    let mut call = Call {
        name: path.trim_start_matches("/openapi/").to_lowercase(),
        headers: parts.headers,
        members: Map::new(),
        events: Vec::new(),
        body: body.clone(),
    };
    if let Some(action) = call.headers.get("x-acs-action") {
        call.name = action.to_str().unwrap().to_lowercase();
        let form = if body.is_empty() { parts.uri.query().unwrap_or_default() } else { &body };
        for pair in form.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap();
            let name = if name == "EventTargets" { "Targets" } else { name };
            let text = decode(&value.replace('+', " "));
            // Objects and lists are JSON as text; patterns and events stay text.
            let value = match name {
                "FilterPattern" | "Event" | "EventPattern" => Value::from(text),
                _ if text.starts_with(['{', '[']) => serde_json::from_str(&text).unwrap(),
                _ => Value::from(text),
            };
            call.members.insert(name.to_owned(), value);
        }
        return call;
    }
    match serde_json::from_str(&body) {
        Ok(Value::Array(events)) => call.events = events,
        Ok(Value::Object(members)) => call.members = members,
        other => panic!("{other:?}: {body}"),
    }
    call
}

fn decode(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((first, tail)) = rest.split_first() {
        if *first == b'%' {
            let hex = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(hex, 16).unwrap());
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A process that has ended.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) async fn of(mut command: Command) -> Self {
        Self::ended(timeout(PATIENCE, command.output()).await.expect("it ends").unwrap())
    }

    pub(crate) async fn with_input(mut command: Command, input: &str) -> Self {
        let mut process = command.stdin(Stdio::piped()).spawn().unwrap();
        let mut stdin = process.stdin.take().unwrap();
        let written = async {
            // It may end before it has read all.
            let _ = stdin.write_all(input.as_bytes()).await;
            drop(stdin);
        };
        let both = async { tokio::join!(written, process.wait_with_output()).1 };
        Self::ended(timeout(PATIENCE, both).await.expect("it ends").unwrap())
    }

    fn ended(output: Output) -> Self {
        let ran = Self {
            code: output.status.code().expect("it ends by itself"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        };
        assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "{ran:?}");
        ran
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
    }

    /// Bad usage is one line on stderr, exit code 2.
    pub(crate) fn is_bad_usage(&self, part: &str) {
        assert_eq!(self.code, 2, "{self:?}");
        assert_eq!(self.stderr.lines().count(), 1, "{self:?}");
        assert!(self.stderr.contains(part), "{part}: {self:?}");
    }
}

impl std::fmt::Debug for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}
