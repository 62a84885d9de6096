//! `receive --forward` in front of services in other languages, which check what they get with the
//! Standard Webhooks libraries of npm and PyPI. The services are those of `examples/upstream`.
//!
//! Ignored by default. `tests/peers/install.sh` installs the libraries into `target/peers`; then
//! `cargo test -p eventbridge-cli --test cli peers:: -- --ignored`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU32, Ordering},
    time::UNIX_EPOCH,
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use hmac::{Hmac, KeyInit, Mac};
use http::Request;
use http_body_util::Full;
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::{net::TcpStream, process::Command, time::timeout};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signature::BodyEnding,
    signer::{Forgery, SignWith},
};

use crate::{
    process::{PATIENCE, REPOSITORY, Server},
    sender::{TOKEN, URL, signer},
    upstream::{Arrived, Receiver, Upstream},
};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A language, and how its service is started.
#[derive(Clone, Copy)]
pub(crate) enum Peer {
    Node,
    Python,
}

/// A service that knows one secret.
pub(crate) struct Service(Server);

impl Peer {
    pub(crate) async fn start(self, secret: &str) -> Service {
        let installed = Path::new(REPOSITORY).join("target/peers");
        let example = |name: &str| Path::new(REPOSITORY).join("examples/upstream").join(name);
        let (program, file) = match self {
            Self::Python => (installed.join("venv/bin/python"), example("python.py")),
            // Node.js looks for a library beside the file.
            Self::Node => (PathBuf::from("node"), copied(&example("node.mjs"), &installed)),
        };
        let mut command = Command::new(program);
        command.arg(&file).env("FORWARD_SECRET", secret).env("PORT", "0");
        command.kill_on_drop(true).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut server = Server::start_command(command).await;
        server.read();
        if matches!(self, Self::Node) {
            std::fs::remove_file(file).unwrap();
        }
        Service(server)
    }
}

fn copied(file: &Path, folder: &Path) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let copy = folder.join(format!("{}-{number}.mjs", std::process::id()));
    std::fs::copy(file, &copy).expect("tests/peers/install.sh made the folder");
    copy
}

impl Service {
    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.0.address)
    }

    /// A receiver that forwards to this service, and signs with these secrets.
    async fn behind(&self, secrets: &[&str], more: &[&str]) -> Receiver {
        receiver(&self.url(), secrets, more).await
    }

    /// What the service handled: ids, types and lengths.
    pub(crate) async fn handled(&self, count: usize) -> Vec<String> {
        self.0.printed.as_ref().unwrap().lines(count).await
    }
}

async fn receiver(url: &str, secrets: &[&str], more: &[&str]) -> Receiver {
    let mut options = vec!["--forward", url, "--print", "never"];
    for secret in secrets {
        options.extend(["--forward-secret", *secret]);
    }
    options.extend(more);
    Receiver::with(&options).await
}

fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t:Push","id":"{id}","data":1}}"#)
}

/// Bodies that arrive and are UTF-8, with their content types.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>)> {
    let json = "application/json; charset=utf-8";
    let event = |data: &str| event("1").replace(":1}", &format!(":{data}}}"));
    let mut largest = event("\"\"").replace("\"\"}", &format!("\"{}\"}}", "主".repeat(349_000)));
    let padding = 1024 * 1024 - largest.len();
    largest.push_str(&" ".repeat(padding));
    vec![
        ("nothing", json, Vec::new()),
        ("an event", "application/cloudevents+json", event("1").into()),
        ("letters beyond ASCII", json, event("\"é 主 \u{1f389} \\u4e3b \\ud83c\\udf89\"").into()),
        ("a byte order mark", json, format!("\u{feff}{}", event("1")).into()),
        ("CRLF", json, event("[\r\n1,\r\n2\r\n]").replace(',', ",\r\n").into()),
        ("white space around", json, format!("\r\n \t{}\n\n", event("1")).into()),
        ("a batch", "application/cloudevents-batch+json", {
            format!("[{},{}]", event("1"), self::event("2")).into()
        }),
        ("text", "text/plain", b"no JSON, 100 %".to_vec()),
        ("a form", "application/x-www-form-urlencoded", b"a=b&c=%00".to_vec()),
        ("every byte of ASCII", "application/octet-stream", (0..=0x7f).collect()),
        ("as much as may be", json, largest.into()),
    ]
}

async fn honest_pushes_are_accepted(peer: Peer) {
    let service = peer.start(SECRET).await;
    let receiver = service.behind(&[SECRET], &[]).await;
    let mut count = 0;
    for (name, content_type, body) in bodies() {
        assert!(body.len() <= 1024 * 1024, "{name}");
        for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
            for ending in [BodyEnding::Reference, BodyEnding::Documented] {
                let push = signer().push(URL).token(TOKEN).with(with).body_ending(ending);
                let mut push = push.body(body.clone()).sign(SystemClock::new().now()).unwrap();
                push.headers_mut().insert("content-type", content_type.parse().unwrap());
                // What a sender says of itself does not reach the service.
                for forged in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
                    push.headers_mut().insert(forged, "forged".parse().unwrap());
                }
                let (status, _) = receiver.send(push).await;
                assert_eq!(status, 204, "{name}, {with:?}, {ending:?}");
                count += 1;
                let line = service.handled(count).await.pop().unwrap();
                let length = format!(" {}", body.len());
                assert!(line.starts_with("evt_") && line.ends_with(&length), "{name}: {line}");
            }
        }
    }
    // Both libraries read a body as UTF-8 and know no other. They are safe with one all the same.
    assert_eq!(receiver.push(&b"\xff\x00\xfe"[..]).await.0, 401);
    assert_eq!(receiver.push(event("after")).await.0, 204);

    for forgery in [Forgery::TamperedBody, Forgery::OtherToken, Forgery::Stale, Forgery::OtherKey] {
        let push = signer().push(URL).token(TOKEN).body(event("forged")).forgery(forgery);
        let (status, _) = receiver.send(push.sign(SystemClock::new().now()).unwrap()).await;
        assert_eq!(status, 401, "{forgery:?}");
    }
    assert_eq!(receiver.push(event("last")).await.0, 204);
    assert_eq!(service.handled(count + 2).await.len(), count + 2, "nothing forged arrived");
}

/// A request that the proxy made, as it would arrive.
async fn request_of_proxy(secrets: &[&str]) -> Arrived {
    let upstream = Upstream::start().await;
    let receiver = receiver(&format!("http://{}/hook", upstream.address), secrets, &[]).await;
    assert_eq!(receiver.push(event("1")).await.0, 200);
    upstream.last_with_facts()
}

/// The status with which the service itself answers.
async fn sent_straight(to: SocketAddr, (_, headers, body): &Arrived) -> u16 {
    let mut request = Request::post("/hook");
    for (name, value) in headers.iter().filter(|(name, _)| name != "content-length") {
        request = request.header(name, value);
    }
    let request = request.body(Full::<Bytes>::from(body.clone())).unwrap();
    let stream = TokioIo::new(TcpStream::connect(to).await.unwrap());
    let (mut sender, connection) = hyper::client::conn::http1::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let response = timeout(PATIENCE, sender.send_request(request)).await.unwrap().unwrap();
    response.status().as_u16()
}

fn header<'a>((_, headers, _): &'a Arrived, name: &str) -> &'a str {
    let found = headers.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str()).unwrap()
}

/// The request with another header, or without it.
fn with((line, headers, body): &Arrived, name: &str, value: Option<&str>) -> Arrived {
    let mut headers = headers.clone();
    headers.retain(|(found, _)| found != name);
    headers.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    (line.clone(), headers, body.clone())
}

/// The request as somebody would sign it who has the secret, so many seconds from now.
fn signed_at(request: &Arrived, secret: &str, seconds: i64) -> Arrived {
    let now = SystemClock::new().now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let timestamp = now.checked_add_signed(seconds).unwrap().to_string();
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{timestamp}.", header(request, "webhook-id")).as_bytes());
    mac.update(&request.2);
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    let request = with(request, "webhook-timestamp", Some(&timestamp));
    with(&request, "webhook-signature", Some(&signature))
}

async fn forged_requests_are_refused(peer: Peer) {
    let service = peer.start(SECRET).await;
    let good = request_of_proxy(&[SECRET]).await;
    let unsigned = request_of_proxy(&[]).await;
    let other = request_of_proxy(&[OTHER_SECRET]).await;
    let address = service.0.address;
    let body = |body: &[u8]| (good.0.clone(), good.1.clone(), Bytes::copy_from_slice(body));
    let changed = |name: &str, value: &str| with(&good, name, Some(value));
    let signature = header(&good, "webhook-signature");
    let asymmetric = signature.replace("v1,", "v1a,");
    let next = header(&good, "webhook-timestamp").parse::<u64>().unwrap() + 1;
    for (name, forged) in [
        ("no signature at all", unsigned),
        ("no webhook-signature", with(&good, "webhook-signature", None)),
        ("no webhook-id", with(&good, "webhook-id", None)),
        ("no webhook-timestamp", with(&good, "webhook-timestamp", None)),
        ("another secret", other),
        ("another body", body(event("2").as_bytes())),
        ("a longer body", body(&[&good.2[..], b" "].concat())),
        ("no body", body(b"")),
        ("a body that is not UTF-8", body(b"\xff")),
        ("another id", changed("webhook-id", "evt_1")),
        ("another timestamp", changed("webhook-timestamp", &next.to_string())),
        ("no timestamp", changed("webhook-timestamp", "now")),
        ("a stale one", signed_at(&good, SECRET, -302)),
        ("one from the future", signed_at(&good, SECRET, 330)),
        ("another version", changed("webhook-signature", &asymmetric)),
        ("no comma", changed("webhook-signature", "v1")),
        ("no base64", changed("webhook-signature", "v1,!")),
        ("an empty signature", changed("webhook-signature", "v1,")),
    ] {
        assert_eq!(sent_straight(address, &forged).await, 401, "{name}");
    }
    // The requests that were changed were good before, and the service lives.
    assert_eq!(sent_straight(address, &good).await, 204);
    assert_eq!(sent_straight(address, &signed_at(&good, SECRET, -200)).await, 204);
    assert_eq!(service.handled(2).await.len(), 2, "nothing forged was handled");
}

/// New before old, then the service changes, then the old one goes: nothing is lost on the way.
async fn secrets_rotate(peer: Peer) {
    let (old, new) = (SECRET, OTHER_SECRET);
    let before = peer.start(old).await;
    let after = peer.start(new).await;
    for (service, secrets, status) in [
        (&before, &[old][..], 204),
        (&before, &[new, old], 204),
        (&after, &[new, old], 204),
        (&after, &[new], 204),
        (&before, &[new], 401),
        (&after, &[old], 401),
    ] {
        let receiver = service.behind(secrets, &[]).await;
        assert_eq!(receiver.push(event("1")).await.0, status, "{secrets:?}");
    }
}

async fn ids_are_stable_over_tries(peer: Peer) {
    let service = peer.start(SECRET).await;
    let whole = service.behind(&[SECRET], &[]).await;
    let each = service.behind(&[SECRET], &["--forward-each"]).await;
    for with in [SignWith::V1, SignWith::V2] {
        let push = signer().push(URL).token(TOKEN).with(with).body(event("a"));
        let push = push.sign(SystemClock::new().now()).unwrap();
        assert_eq!(whole.send(push).await.0, 204);
    }
    let batch = format!("[{},{}]", event("a"), event("b"));
    for _ in 0..2 {
        assert_eq!(each.push(batch.clone()).await.0, 200);
    }
    let lines = service.handled(6).await;
    let ids: Vec<_> = lines.iter().map(|line| line.split(' ').next().unwrap()).collect();
    let [a, b] = [ids[0], ids[3]];
    assert_ne!(a, b);
    assert_eq!(ids, [a, a, a, b, a, b]);
    assert!(lines.iter().all(|line| line.contains(" t:Push ")), "{lines:?}");
}

macro_rules! with_peers {
    ($($module:ident $peer:ident)*) => {$(
        mod $module {
            use super::Peer;

            #[tokio::test]
            #[ignore = "needs the libraries: tests/peers/install.sh"]
            async fn honest_pushes_are_accepted() {
                super::honest_pushes_are_accepted(Peer::$peer).await;
            }

            #[tokio::test]
            #[ignore = "needs the libraries: tests/peers/install.sh"]
            async fn forged_requests_are_refused() {
                super::forged_requests_are_refused(Peer::$peer).await;
            }

            #[tokio::test]
            #[ignore = "needs the libraries: tests/peers/install.sh"]
            async fn secrets_rotate() {
                super::secrets_rotate(Peer::$peer).await;
            }

            #[tokio::test]
            #[ignore = "needs the libraries: tests/peers/install.sh"]
            async fn ids_are_stable_over_tries() {
                super::ids_are_stable_over_tries(Peer::$peer).await;
            }
        }
    )*};
}

with_peers! {
    node Node
    python Python
}
