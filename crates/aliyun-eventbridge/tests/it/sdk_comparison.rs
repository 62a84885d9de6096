//! The vendor's SDKs and this crate send the same calls to one recorder on loopback; what arrives
//! is the same.
//!
//! Ignored by default. `tests/sdk/install.sh` installs the SDKs into `target/sdk`; then
//! `cargo test -p aliyun-eventbridge --test it sdk_comparison -- --ignored`.

use std::{
    collections::BTreeMap,
    convert::Infallible,
    net::SocketAddr,
    path::PathBuf,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    connections::{Authorization, NetworkParameters, UpdateConnection},
    credentials::Credentials,
    endpoint::Endpoint,
    operation::Protocol,
    random::RandomError,
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::{net::TcpListener, process::Command};

use crate::{
    support::{KEY, SECRET},
    vectors::drive::{self, Vector},
};

/// Method, target, headers and body as they arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Seen {
    line: String,
    headers: BTreeMap<String, String>,
    body: Bytes,
}

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<Seen>>>);

impl Recorder {
    async fn start(&self) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let recorder = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let recorder = recorder.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| recorder.clone().record(request));
                    let _ =
                        http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        address
    }

    async fn record(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let pair = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
            (name.to_string(), value.to_str().unwrap().to_owned())
        };
        let seen = Seen {
            line: format!("{} {}", parts.method, parts.uri),
            headers: parts.headers.iter().map(pair).collect(),
            body,
        };
        self.0.lock().unwrap().push(seen);
        let answer = r#"{"RequestId":"R","Code":"Success","FailedEntryCount":0,"Data":{}}"#;
        let response = Response::builder().header("content-type", "application/json");
        Ok(response.body(Full::new(Bytes::from(answer))).unwrap())
    }

    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

/// Runs a script, then makes the calls that it named, and compares.
async fn compare(
    folder: &'static str,
    protocol: Protocol,
    (program, script): (&str, &str),
    calls: usize,
) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let installed = root.join("target/sdk");
    let recorder = Recorder::default();
    let address = recorder.start().await;
    let program = if program == "node" { program.into() } else { installed.join(program) };
    let run = Command::new(program)
        .arg(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/sdk").join(script))
        .arg(address.to_string())
        .env("NODE_PATH", installed.join("node_modules"))
        .output()
        .await
        .expect("the SDKs are installed by tests/sdk/install.sh");
    let told = String::from_utf8(run.stderr).unwrap();
    assert!(run.status.success(), "{script}: {told}");
    let names = String::from_utf8(run.stdout).unwrap();
    let theirs = recorder.take();
    assert_eq!(theirs.len(), calls, "{script}: {told}");
    assert_eq!(names.lines().count(), theirs.len(), "{script}: one request a call: {told}");
    for (name, theirs) in names.lines().zip(theirs) {
        let client = client(protocol, address, &theirs.headers);
        if !not_recorded(name, &client).await {
            let vector = Vector { folder, name: name.to_owned(), json: Value::Null };
            let _ = drive::drive(&vector, &client).await;
        }
        let ours = recorder.take();
        assert_eq!(ours.len(), 1, "{script} {name}");
        assert_eq!(without_framing(&ours[0]), without_framing(&theirs), "{script} {name}");
    }
}

/// Makes a call that is not among the recorded requests. Returns whether it is one.
async fn not_recorded(name: &str, client: &Client) -> bool {
    match name {
        "get-event-bus" => drop(client.get_event_bus("demo-bus").await),
        "delete-event-bus" => drop(client.delete_event_bus("demo-bus").await),
        "list-event-buses" => drop(client.list_event_buses(Some("demo")).collect().await),
        "update-connection" => {
            let auth = Authorization::basic("u", "p ä");
            let request = UpdateConnection::new("c1").description("d").auth_parameters(auth);
            let request = request.network_parameters(NetworkParameters::public());
            drop(client.update_connection(&request).await);
        }
        _ => return false,
    }
    true
}

/// Removes what HTTP libraries add of their own.
fn without_framing(seen: &Seen) -> Seen {
    let mut seen = seen.clone();
    for name in ["accept-encoding", "connection", "content-length", "transfer-encoding"] {
        seen.headers.remove(name);
    }
    seen
}

/// Returns a client with the user agent, region and security token of a request.
fn client(protocol: Protocol, address: SocketAddr, theirs: &BTreeMap<String, String>) -> Client {
    let mut credentials = Credentials::new(KEY, SECRET).unwrap();
    if let Some(token) = theirs.get("x-acs-security-token") {
        credentials = credentials.with_security_token(token.as_str()).unwrap();
    }
    let endpoint = Endpoint::given(&format!("http://{address}")).unwrap();
    let ones = |buffer: &mut [u8]| -> Result<(), RandomError> {
        buffer.fill(0xff);
        Ok(())
    };
    let builder = Client::builder(protocol, endpoint, credentials)
        .clock(|| UNIX_EPOCH + Duration::from_secs(1_795_675_200))
        .random(ones)
        .retry(RetryPolicy::never())
        .user_agent(&theirs["user-agent"]);
    let region = theirs.get("x-eventbridge-regionid");
    let builder = region.iter().fold(builder, |builder, region| builder.region(region.as_str()));
    builder.build().unwrap()
}

#[tokio::test]
#[ignore = "needs the SDKs: tests/sdk/install.sh"]
async fn python_openapi() {
    compare("python", Protocol::OpenApi, ("venv/bin/python", "openapi.py"), 27).await;
}

#[tokio::test]
#[ignore = "needs the SDKs: tests/sdk/install.sh"]
async fn node_openapi() {
    compare("node", Protocol::OpenApi, ("node", "openapi.js"), 24).await;
}

#[tokio::test]
#[ignore = "needs the SDKs: tests/sdk/install.sh"]
async fn python_20200401() {
    compare("python-2020-04-01", Protocol::Api20200401, ("venv2/bin/python", "api20200401.py"), 32)
        .await;
}
