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

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::sleep,
};
use tokio_rustls::TlsAcceptor;
use tower_eventbridge::{
    Verifier,
    certificate::{AllowedUrl, CertificateCache, HttpsSource},
};

const HOST: &str = "cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";
const PATH: &str = "/x509_public_certificate_2021012501.pem";

fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn url() -> AllowedUrl {
    let verifier = Verifier::builder()
        .endpoint("https://hooks.example.com/")
        .token("0123456789abcdef")
        .certificate_url(format!("https://{HOST}{PATH}"))
        .build()
        .unwrap();
    verifier.exact_certificate_urls().next().unwrap().clone()
}

/// What the server does with a request.
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
}

fn good(name: &str) -> Answer {
    Answer::Status("200 OK", file(name))
}

/// Who the server says that it is.
enum Identity {
    Right,
    WrongName,
    SelfSigned,
}

struct Server {
    address: SocketAddr,
    root_pem: String,
    answer: Arc<Mutex<Answer>>,
    requests: Arc<AtomicUsize>,
}

impl Server {
    async fn start(identity: Identity, answer: Answer) -> Self {
        let mut root = CertificateParams::new(vec![]).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
        let name = if matches!(identity, Identity::WrongName) { "evil.example" } else { HOST };
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = match identity {
            Identity::SelfSigned => params.self_signed(&key).unwrap(),
            Identity::Right | Identity::WrongName => params.signed_by(&key, &root).unwrap(),
        };
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            root_pem: root.pem(),
            answer: Arc::new(Mutex::new(answer)),
            requests: Arc::default(),
        };
        let (answer, requests) = (server.answer.clone(), server.requests.clone());
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (acceptor, answer, requests) =
                    (acceptor.clone(), answer.clone(), requests.clone());
                tokio::spawn(async move {
                    let Ok(mut stream) = acceptor.accept(stream).await else { return };
                    let mut request = vec![0; 4096];
                    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                        if stream.read(&mut request).await.unwrap_or_default() == 0 {
                            return;
                        }
                    }
                    requests.fetch_add(1, Ordering::SeqCst);
                    let answer = answer.lock().unwrap().clone();
                    let _ = respond(&mut stream, answer).await;
                    let _ = stream.shutdown().await;
                });
            }
        });
        server
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
}

async fn respond(stream: &mut (impl AsyncWriteExt + Unpin), answer: Answer) -> std::io::Result<()> {
    let (status, declared, body) = match &answer {
        Answer::Status(status, body) => (*status, body.len(), body.as_slice()),
        Answer::Truncated(body) => ("200 OK", body.len() + 100, body.as_slice()),
        Answer::Slow | Answer::Endless => ("200 OK", 1 << 30, &[][..]),
        Answer::Silent => {
            sleep(Duration::from_secs(60)).await;
            return Ok(());
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

    fn cache(&self, source: HttpsSource) -> CertificateCache {
        let wall = self.0.clone();
        let now =
            move || -> SystemTime { UNIX_EPOCH + Duration::from_secs(wall.load(Ordering::SeqCst)) };
        CertificateCache::new(source, Arc::new(now))
    }
}

fn key_of(name: &str) -> String {
    let certificate = tower_eventbridge::certificate::Certificate::from_pem_or_der(&file(name));
    certificate.unwrap().public_key_fingerprint().to_string()
}

async fn key(cache: &CertificateCache) -> Result<String, String> {
    let certificate = cache.get(&url()).await.map_err(|error| error.to_string())?;
    Ok(certificate.public_key_fingerprint().to_string())
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
    let server = Server::start(Identity::Right, good("rsa1024")).await;
    let cache = Wall::new().cache(server.source());
    assert_eq!(key(&cache).await.unwrap(), key_of("rsa1024"));
    assert_eq!(key(&cache).await.unwrap(), key_of("rsa1024"));
    assert_eq!(server.requests(), 1);
}

/// Each bad answer: no key comes of it (a push gets 503), an old key stays in use, and the next good answer recovers.
#[tokio::test]
async fn bad_answers_are_outages() {
    tokio::task::LocalSet::new().run_until(try_bad_answers()).await;
}

async fn try_bad_answers() {
    let huge = [file("rsa1024"), vec![b'\n'; 1024 * 1024]].concat();
    let pem = file("rsa1024");
    let location = |status: &'static str| Answer::Status(status, file("rsa1024"));
    let answers = [
        ("301", location("301 Moved Permanently\r\nlocation: https://evil.example/x")),
        ("302", location("302 Found\r\nlocation: /x509_public_certificate_20210125.pem")),
        (
            "307",
            location("307 Temporary Redirect\r\nlocation: /x509_public_certificate_20210125.pem"),
        ),
        (
            "308",
            location("308 Permanent Redirect\r\nlocation: /x509_public_certificate_20210125.pem"),
        ),
        ("204", location("204 No Content")),
        ("403", Answer::Status("403 Forbidden", pem.clone())),
        ("404", Answer::Status("404 Not Found", pem.clone())),
        ("410", Answer::Status("410 Gone", pem.clone())),
        ("500", Answer::Status("500 Internal Server Error", pem.clone())),
        ("empty", Answer::Status("200 OK", vec![])),
        ("HTML", Answer::Status("200 OK", file("html"))),
        ("truncated by the server", Answer::Truncated(pem.clone())),
        ("truncated certificate", Answer::Status("200 OK", file("truncated"))),
        ("two certificates", Answer::Status("200 OK", file("two-certificates"))),
        ("1 MiB", Answer::Status("200 OK", huge)),
        ("slow", Answer::Slow),
        ("endless", Answer::Endless),
        ("silent", Answer::Silent),
    ];
    let mut tasks = tokio::task::JoinSet::new();
    for (name, answer) in answers {
        tasks.spawn_local(async move {
            // From nothing.
            let server = Server::start(Identity::Right, answer.clone()).await;
            let wall = Wall::new();
            let cache = wall.cache(server.source());
            let error = key(&cache).await.expect_err(name);
            if ["1 MiB", "endless"].contains(&name) {
                assert!(error.contains("more than 65536 bytes"), "{name}: {error}");
            }
            assert_eq!(
                server.requests(),
                1,
                "{name}: no redirect is followed, nothing is tried again"
            );

            server.now_answers(good("rsa1024"));
            eventually(name, async || {
                wall.advance(30);
                key(&cache).await.is_ok()
            })
            .await;

            // With an old key: it stays in use, whatever comes in the background.
            server.now_answers(answer);
            wall.advance(3_600);
            let before = server.requests();
            assert_eq!(key(&cache).await.unwrap(), key_of("rsa1024"), "{name}");
            eventually(name, async || server.requests() > before).await;
            assert_eq!(key(&cache).await.unwrap(), key_of("rsa1024"), "{name}");

            // And the next good answer replaces it.
            server.now_answers(good("rsa2048"));
            eventually(name, async || {
                wall.advance(10);
                key(&cache).await.unwrap() == key_of("rsa2048")
            })
            .await;
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

/// S6: TLS is verified, name and issuer.
#[tokio::test]
async fn other_servers_are_not_believed() {
    for (name, identity) in
        [("wrong name", Identity::WrongName), ("self-signed", Identity::SelfSigned)]
    {
        let server = Server::start(identity, good("rsa1024")).await;
        let cache = Wall::new().cache(server.source());
        let error = key(&cache).await.expect_err(name);
        assert!(error.contains("certificate"), "{name}: {error}");
        assert_eq!(server.requests(), 0, "{name}: nothing is even asked");
    }

    // Without the test's root the right server is not believed either.
    let server = Server::start(Identity::Right, good("rsa1024")).await;
    let other_root = Server::start(Identity::Right, good("rsa1024")).await;
    let source = HttpsSource::builder()
        .root_certificates(other_root.root_pem)
        .resolve(HOST, server.address)
        .build()
        .unwrap();
    assert!(key(&Wall::new().cache(source)).await.is_err());
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn a_refused_connection_is_an_outage() {
    let unused = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let server = Server::start(Identity::Right, good("rsa1024")).await;
    let source = HttpsSource::builder()
        .root_certificates(server.root_pem)
        .resolve(HOST, unused)
        .build()
        .unwrap();
    let error = key(&Wall::new().cache(source)).await.unwrap_err();
    assert!(error.contains("refused"), "{error}");
}

/// Proxies named in the environment are not asked: the same test again, where they would refuse the connection.
#[test]
fn proxies_of_the_environment_are_not_used() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "a_good_answer_is_a_key"]);
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
