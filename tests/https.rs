//! The HTTPS source against a real TLS server on loopback, which answers as the certificate host of cn-hangzhou under a
//! root of the test's own. What it answers, and what becomes of it in the cache.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;
use tower_eventbridge::{
    Rejection, Verifier, VerifyLayer, certificate::HttpsSource, signature::RejectionKind,
    signer::Signer,
};

const HOST: &str = "cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";
const PATH: &str = "/x509_public_certificate_2021012501.pem";
const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "0123456789abcdef";

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What the server does with a connection.
#[derive(Clone)]
enum Answer {
    /// This status line and these headers, and the body with its length.
    Status(&'static str, Vec<u8>),
    /// 200, and fewer bytes than declared.
    Truncated(Vec<u8>),
    /// 200, a byte every 100 ms without an end.
    Slow,
    /// 200, bytes without an end, as fast as they are taken.
    Endless,
    /// Nothing: the request is read and never answered.
    Silent,
    /// It says that it is somebody else, under the right root.
    WrongName,
    /// It says that it is the right one, under no root.
    SelfSigned,
    /// It says that it is the right one, under another root.
    OtherRoot,
}

fn good(name: &str) -> Answer {
    Answer::Status("200 OK", file(name))
}

struct Root(CertifiedIssuer<'static, KeyPair>);

impl Root {
    fn new() -> Self {
        let mut root = CertificateParams::new(vec![]).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap())
    }

    /// What a server of this name shows, under this root or by itself.
    fn acceptor(&self, name: &str, signed: bool) -> TlsAcceptor {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = match signed {
            true => params.signed_by(&key, &self.0).unwrap(),
            false => params.self_signed(&key).unwrap(),
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

struct Acceptors {
    right: TlsAcceptor,
    wrong_name: TlsAcceptor,
    self_signed: TlsAcceptor,
    other_root: TlsAcceptor,
}

/// The certificate host. Clones are the same server.
#[derive(Clone)]
struct Server {
    address: SocketAddr,
    root_pem: String,
    acceptors: Arc<Acceptors>,
    answer: Arc<Mutex<Answer>>,
    /// Requests that arrived, and connections that came to an end.
    requests: Arc<AtomicUsize>,
    ended: Arc<AtomicUsize>,
    listening: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Server {
    async fn start(answer: Answer) -> Self {
        let root = Root::new();
        let acceptors = Acceptors {
            right: root.acceptor(HOST, true),
            wrong_name: root.acceptor("evil.example", true),
            self_signed: root.acceptor(HOST, false),
            other_root: Root::new().acceptor(HOST, true),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            root_pem: root.0.pem(),
            acceptors: Arc::new(acceptors),
            answer: Arc::new(Mutex::new(answer)),
            requests: Arc::default(),
            ended: Arc::default(),
            listening: Arc::default(),
        };
        server.listen(listener);
        server
    }

    fn listen(&self, listener: TcpListener) {
        let server = self.clone();
        let task = tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let server = server.clone();
                tokio::spawn(async move {
                    server.serve(stream).await;
                    server.ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        *self.listening.lock().unwrap() = Some(task);
    }

    /// From now on connections are refused.
    async fn close(&self) {
        let task = self.listening.lock().unwrap().take().unwrap();
        task.abort();
        let _ = task.await;
    }

    async fn open(&self) {
        self.listen(TcpListener::bind(self.address).await.unwrap());
    }

    async fn serve(&self, stream: TcpStream) {
        let answer = self.answer.lock().unwrap().clone();
        let acceptor = match answer {
            Answer::WrongName => &self.acceptors.wrong_name,
            Answer::SelfSigned => &self.acceptors.self_signed,
            Answer::OtherRoot => &self.acceptors.other_root,
            _ => &self.acceptors.right,
        };
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            if stream.read_buf(&mut request).await.unwrap_or_default() == 0 {
                return;
            }
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let _ = respond(&mut stream, answer).await;
        let _ = stream.shutdown().await;
    }

    fn source(&self) -> HttpsSource {
        HttpsSource::builder()
            .root_certificates(self.root_pem.clone())
            .resolve(HOST, self.address)
            .build()
            .unwrap()
    }

    fn now_answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }
}

async fn respond(
    stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin),
    answer: Answer,
) -> std::io::Result<()> {
    let (status, declared, body) = match &answer {
        Answer::Status(status, body) => (*status, body.len(), body.as_slice()),
        Answer::Truncated(body) => ("200 OK", body.len() + 100, body.as_slice()),
        Answer::Slow | Answer::Endless => ("200 OK", 1 << 30, &[][..]),
        Answer::Silent => {
            // Until the other side goes away.
            return stream.read(&mut [0]).await.map(drop);
        }
        Answer::WrongName | Answer::SelfSigned | Answer::OtherRoot => {
            unreachable!("the client must not go on after such a handshake")
        }
    };
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-length: {declared}\r\nconnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await?;
    stream.flush().await?;
    match answer {
        Answer::Slow => loop {
            stream.write_all(b"-").await?;
            stream.flush().await?;
            sleep(Duration::from_millis(100)).await;
        },
        Answer::Endless => loop {
            stream.write_all(&[b'-'; 16 * 1024]).await?;
        },
        _ => Ok(()),
    }
}

/// A wall clock that a test sets.
#[derive(Clone)]
struct Wall(Arc<AtomicU64>);

impl Wall {
    fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_796_083_200))) // 2026-12-01T00:00:00Z
    }

    fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A receiver that gets its certificates from the server.
struct Receiver {
    layer: VerifyLayer,
    wall: Wall,
}

impl Receiver {
    fn new(source: HttpsSource) -> Self {
        let wall = Wall::new();
        let clock = wall.clone();
        let verifier =
            Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build().unwrap();
        let layer = VerifyLayer::builder(verifier).source(source).clock(move || clock.now());
        Self { layer: layer.build().unwrap(), wall }
    }

    /// The answer to a push that is signed by the key of this fixture.
    async fn push(&self, key: &str) -> Response<Bytes> {
        let push = signer(key).push(URL).token(TOKEN).sign(self.wall.now()).unwrap();
        match self.layer.verify(push.map(Full::new)).await {
            Ok(_) => Response::new(Bytes::new()),
            Err(refusal) => refusal.into_response(),
        }
    }

    async fn status(&self, key: &str) -> u16 {
        self.push(key).await.status().as_u16()
    }

    /// Why there is no certificate.
    async fn problem(&self) -> String {
        let response = self.push("rsa1024").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "5");
        let rejection = response.extensions().get::<Rejection>().unwrap();
        assert_eq!(rejection.kind(), RejectionKind::CertificateUnavailable);
        rejection.to_string()
    }
}

fn signer(key: &str) -> Signer {
    let path = format!("{}/fixtures/keys/{key}.key", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read_to_string(path).unwrap();
    Signer::from_private_key_pem(&pem)
        .unwrap()
        .with_certificate_url(format!("https://{HOST}{PATH}"))
}

/// Waits in real time until a background fetch had its effect.
async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 20 s: {what}");
}

#[tokio::test]
async fn a_good_answer_is_a_key() {
    let server = Server::start(good("rsa1024")).await;
    let receiver = Receiver::new(server.source());
    assert_eq!(receiver.status("rsa1024").await, 200);
    assert_eq!(receiver.status("rsa1024").await, 200);
    assert_eq!(receiver.status("rsa1024-other").await, 401);
    assert_eq!(server.requests(), 1);
}

/// Each bad answer: a push gets 503, an old key stays in use, and the next good answer recovers 2 s later.
#[tokio::test]
async fn bad_answers_are_outages() {
    tokio::task::LocalSet::new().run_until(try_bad_answers()).await;
}

async fn try_bad_answers() {
    // What a bad answer holds is a certificate that must not be used.
    let other = file("rsa1024-other");
    let huge = [other.clone(), vec![b'\n'; 1024 * 1024]].concat();
    let status = |line: &'static str| Answer::Status(line, file("rsa1024-other"));
    let not_asked = ["wrong name", "self-signed", "other root"];
    let answers = [
        ("301", status("301 Moved Permanently\r\nlocation: https://evil.example/x")),
        ("302", status("302 Found\r\nlocation: /x509_public_certificate_20210125.pem")),
        (
            "307",
            status("307 Temporary Redirect\r\nlocation: /x509_public_certificate_20210125.pem"),
        ),
        (
            "308",
            status("308 Permanent Redirect\r\nlocation: /x509_public_certificate_20210125.pem"),
        ),
        ("201", status("201 Created")),
        ("203", status("203 Non-Authoritative Information")),
        ("204", status("204 No Content")),
        ("206", status("206 Partial Content")),
        ("403", status("403 Forbidden")),
        ("404", status("404 Not Found")),
        ("410", status("410 Gone")),
        ("500", status("500 Internal Server Error")),
        ("empty", Answer::Status("200 OK", vec![])),
        ("HTML", Answer::Status("200 OK", file("html"))),
        ("truncated by the server", Answer::Truncated(other.clone())),
        ("truncated certificate", Answer::Status("200 OK", file("truncated"))),
        ("two certificates", Answer::Status("200 OK", file("two-certificates"))),
        ("1 MiB", Answer::Status("200 OK", huge)),
        ("slow", Answer::Slow),
        ("endless", Answer::Endless),
        ("silent", Answer::Silent),
        ("wrong name", Answer::WrongName),
        ("self-signed", Answer::SelfSigned),
        ("other root", Answer::OtherRoot),
    ];
    let mut tasks = tokio::task::JoinSet::new();
    for (name, answer) in answers {
        tasks.spawn_local(async move {
            // From nothing.
            let server = Server::start(answer.clone()).await;
            let receiver = Receiver::new(server.source());
            let problem = receiver.problem().await;
            if ["1 MiB", "endless"].contains(&name) {
                assert!(problem.contains("more than 65536 bytes"), "{name}: {problem}");
            }
            if not_asked.contains(&name) {
                assert!(problem.contains("certificate"), "{name}: {problem}");
            }
            eventually(name, async || server.ended() == 1).await;
            let asked = usize::from(!not_asked.contains(&name));
            assert_eq!(
                server.requests(),
                asked,
                "{name}: no redirect followed, nothing tried again"
            );

            // The pause after the first failure, then the next push recovers.
            server.now_answers(good("rsa1024"));
            receiver.wall.advance(1);
            receiver.problem().await;
            assert_eq!(server.requests(), asked, "{name}: not before the pause is over");
            receiver.wall.advance(1);
            eventually(name, async || receiver.status("rsa1024").await == 200).await;

            // With an old key: it stays in use when the bad answer has come and gone in the background.
            server.now_answers(answer);
            receiver.wall.advance(3_600);
            let ended = server.ended();
            assert_eq!(receiver.status("rsa1024").await, 200, "{name}");
            eventually(name, async || server.ended() == ended + 1).await;
            for _ in 0..20 {
                assert_eq!(receiver.status("rsa1024").await, 200, "{name}");
                tokio::task::yield_now().await;
            }
            assert_ne!(receiver.status("rsa1024-other").await, 200, "{name}");

            // And the next good answer replaces it, 2 s later.
            server.now_answers(good("rsa2048"));
            receiver.wall.advance(2);
            eventually(name, async || receiver.status("rsa2048").await == 200).await;
            assert_eq!(receiver.status("rsa1024").await, 401, "{name}");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_refused_connection_is_an_outage() {
    let server = Server::start(good("rsa1024")).await;
    server.close().await;
    let receiver = Receiver::new(server.source());
    let problem = receiver.problem().await;
    assert!(problem.contains("refused"), "{problem}");
    server.open().await;
    receiver.wall.advance(2);
    assert_eq!(receiver.status("rsa1024").await, 200);
    server.close().await;
    receiver.wall.advance(86_399);
    assert_eq!(receiver.status("rsa1024").await, 200, "the old key, for a day");
    receiver.wall.advance(1);
    receiver.problem().await;
}

/// Proxies named in the environment are not asked: the same test again, where they would refuse the connection.
#[test]
fn proxies_of_the_environment_are_not_used() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "a_good_answer_is_a_key"]);
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(name, "http://127.0.0.1:1");
    }
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let roots = HttpsSource::builder().root_certificates("no PEM").build().unwrap_err();
    assert!(roots.to_string().contains("TLS root"), "{roots}");
    let proxy = HttpsSource::builder().proxy("http://user:proxy-secret@").build().unwrap_err();
    assert!(proxy.to_string().contains("proxy URL"), "{proxy}");
    assert!(!proxy.to_string().contains("proxy-secret"), "{proxy}");
    let builder = HttpsSource::builder().proxy("http://user:proxy-secret@proxy.example");
    assert!(!format!("{builder:?}").contains("proxy-secret"), "{builder:?}");
}
