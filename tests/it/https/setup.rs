//! The certificate host, and a receiver that fetches from it.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::Full;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tests_support::pushes::URL;
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

pub(super) const HOST: &str = "cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";

pub(super) const PATH: &str = "/x509_public_certificate_2021012501.pem";

pub(super) const TOKEN: &str = "0123456789abcdef";

pub(super) fn file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// What the server does with a connection.
#[derive(Clone)]
pub(super) enum Answer {
    /// This status line and these headers, and the body with its length.
    Status(&'static str, Vec<u8>),
    /// 200, and fewer bytes than declared.
    Truncated(Vec<u8>),
    /// 200, a byte every 100 ms without an end.
    Slow,
    /// 200, bytes without an end, as fast as they are taken.
    Endless,
    /// 302 to another path of the same host, and 200 with this body there.
    Elsewhere(Vec<u8>),
    /// Nothing: the request is read and never answered.
    Silent,
    /// It says that it is somebody else, under the right root.
    WrongName,
    /// It says that it is the right one, under no root.
    SelfSigned,
    /// It says that it is the right one, under another root.
    OtherRoot,
}

pub(super) fn good(name: &str) -> Answer {
    Answer::Status("200 OK", file(name))
}

pub(super) struct Root(pub(super) CertifiedIssuer<'static, KeyPair>);

impl Root {
    pub(super) fn new() -> Self {
        let mut root = CertificateParams::new(vec![]).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap())
    }

    /// What a server of this name shows, under this root or by itself.
    pub(super) fn acceptor(&self, name: &str, signed: bool) -> TlsAcceptor {
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

pub(super) struct Acceptors {
    pub(super) right: TlsAcceptor,
    pub(super) wrong_name: TlsAcceptor,
    pub(super) self_signed: TlsAcceptor,
    pub(super) other_root: TlsAcceptor,
}

/// The certificate host. Clones are the same server.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) root_pem: String,
    pub(super) acceptors: Arc<Acceptors>,
    pub(super) answer: Arc<Mutex<Answer>>,
    /// Requests that arrived, and connections that came to an end.
    pub(super) requests: Arc<AtomicUsize>,
    pub(super) ended: Arc<AtomicUsize>,
    pub(super) listening: Arc<Mutex<Option<JoinHandle<()>>>>,
}

impl Server {
    pub(super) async fn start(answer: Answer) -> Self {
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

    pub(super) fn listen(&self, listener: TcpListener) {
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
    pub(super) async fn close(&self) {
        let task = self.listening.lock().unwrap().take().unwrap();
        task.abort();
        let _ = task.await;
    }

    pub(super) async fn open(&self) {
        self.listen(TcpListener::bind(self.address).await.unwrap());
    }

    pub(super) async fn serve(&self, stream: TcpStream) {
        let answer = self.answer.lock().unwrap().clone();
        let acceptor = match answer {
            Answer::WrongName => &self.acceptors.wrong_name,
            Answer::SelfSigned => &self.acceptors.self_signed,
            Answer::OtherRoot => &self.acceptors.other_root,
            Answer::Status(..)
            | Answer::Truncated(_)
            | Answer::Slow
            | Answer::Endless
            | Answer::Elsewhere(_)
            | Answer::Silent => &self.acceptors.right,
        };
        let Ok(mut stream) = acceptor.accept(stream).await else { return };
        let mut request = Vec::new();
        while !request.windows(4).any(|end| end == b"\r\n\r\n") {
            if stream.read_buf(&mut request).await.unwrap_or_default() == 0 {
                return;
            }
        }
        self.requests.fetch_add(1, Ordering::SeqCst);
        let answer = match answer {
            Answer::Elsewhere(body) if request.starts_with(b"GET /elsewhere ") => {
                Answer::Status("200 OK", body)
            }
            Answer::Elsewhere(_) => Answer::Status("302 Found\r\nlocation: /elsewhere", vec![]),
            Answer::Status(..)
            | Answer::Truncated(_)
            | Answer::Slow
            | Answer::Endless
            | Answer::Silent
            | Answer::WrongName
            | Answer::SelfSigned
            | Answer::OtherRoot => answer,
        };
        let _ = respond(&mut stream, answer).await;
        let _ = stream.shutdown().await;
    }

    pub(super) fn source(&self) -> HttpsSource {
        HttpsSource::builder()
            .root_certificates(self.root_pem.clone())
            .resolve(HOST, self.address)
            .build()
            .unwrap()
    }

    /// A client of the user's own, which follows redirects as clients do.
    pub(super) fn client(&self) -> reqwest::Client {
        reqwest::Client::builder()
            .tls_certs_merge([reqwest::Certificate::from_pem(self.root_pem.as_bytes()).unwrap()])
            .resolve(HOST, self.address)
            .no_proxy()
            .build()
            .unwrap()
    }

    pub(super) fn now_answers(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    pub(super) fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }

    pub(super) fn ended(&self) -> usize {
        self.ended.load(Ordering::SeqCst)
    }
}

pub(super) async fn respond(
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
        Answer::Elsewhere(_) => unreachable!("it is one of two others"),
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
        Answer::Status(..)
        | Answer::Truncated(_)
        | Answer::Elsewhere(_)
        | Answer::Silent
        | Answer::WrongName
        | Answer::SelfSigned
        | Answer::OtherRoot => Ok(()),
    }
}

/// A wall clock that a test sets.
#[derive(Clone)]
pub(super) struct Wall(pub(super) Arc<AtomicU64>);

impl Wall {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicU64::new(1_796_083_200))) // 2026-12-01T00:00:00Z
    }

    pub(super) fn advance(&self, seconds: u64) {
        self.0.fetch_add(seconds, Ordering::SeqCst);
    }

    pub(super) fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.0.load(Ordering::SeqCst))
    }
}

/// A receiver that gets its certificates from the server.
pub(super) struct Receiver {
    pub(super) layer: VerifyLayer,
    pub(super) wall: Wall,
}

impl Receiver {
    pub(super) fn new(source: HttpsSource) -> Self {
        let wall = Wall::new();
        let clock = wall.clone();
        let verifier =
            Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build().unwrap();
        let layer = VerifyLayer::builder(verifier).source(source).clock(move || clock.now());
        Self { layer: layer.build().unwrap(), wall }
    }

    /// The answer to a push that is signed by the key of this fixture.
    pub(super) async fn push(&self, key: &str) -> Response<Bytes> {
        let push = signer(key).push(URL).token(TOKEN).sign(self.wall.now()).unwrap();
        match self.layer.verify(push.map(Full::new)).await {
            Ok(_) => Response::new(Bytes::new()),
            Err(refusal) => refusal.into_response(),
        }
    }

    pub(super) async fn status(&self, key: &str) -> u16 {
        self.push(key).await.status().as_u16()
    }

    /// Why there is no certificate.
    pub(super) async fn problem(&self) -> String {
        let response = self.push("rsa1024").await;
        assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(response.headers()["retry-after"], "5");
        let rejection = response.extensions().get::<Rejection>().unwrap();
        assert_eq!(rejection.kind(), RejectionKind::CertificateUnavailable);
        rejection.to_string()
    }
}

pub(super) fn signer(key: &str) -> Signer {
    let path = format!("{}/fixtures/keys/{key}.key", env!("CARGO_MANIFEST_DIR"));
    let pem = std::fs::read_to_string(path).unwrap();
    Signer::from_private_key_pem(&pem)
        .unwrap()
        .with_certificate_url(format!("https://{HOST}{PATH}"))
}

/// Waits in real time until a background fetch had its effect.
pub(super) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..400 {
        if holds().await {
            return;
        }
        sleep(Duration::from_millis(50)).await;
    }
    panic!("not within 20 s: {what}");
}
