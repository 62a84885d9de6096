//! The time limits of [`HttpsSource`] itself, in paused time: a source may be used without the
//! cache, which has limits of its own. Nothing waits in real time.

use std::{
    sync::{Arc, mpsc},
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    time::{Instant, timeout},
};
use tokio_rustls::TlsAcceptor;
use tower_eventbridge::{
    Verifier,
    certificate::{AllowedUrl, CertificateSource, HttpsSource},
};

const HOST: &str = "certificates.example.com";

fn url() -> AllowedUrl {
    let verifier = Verifier::builder()
        .endpoint("https://hooks.example.com/")
        .token("5b0c0f6e7c0d4e5f8a9b")
        .certificate_url(format!("https://{HOST}/a.pem"));
    verifier.build().unwrap().exact_certificate_urls().next().unwrap().clone()
}

/// Paused time stands still until this is dropped: tokio moves it on only where nothing is left to
/// do, and a blocking task is something. Without it, time would run while a packet is on its way.
struct Standstill(#[expect(dead_code, reason = "held")] mpsc::Sender<()>);

impl Standstill {
    fn begin() -> Self {
        let (held, dropped) = mpsc::channel();
        tokio::task::spawn_blocking(move || dropped.recv());
        Self(held)
    }
}

/// A server's TLS, and the root that vouches for it.
fn tls() -> (TlsAcceptor, String) {
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec![HOST.to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &root).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), root.pem())
}

/// How far the server goes before it falls silent.
#[derive(Clone, Copy, Debug)]
enum Until {
    /// It accepts the connection and says nothing.
    Connected,
    /// It reads the request.
    Asked,
    /// It sends the head and a part of the body.
    Begun,
}

/// How long a fetch takes in tokio's time, and how it fails.
async fn fetch(until: Until) -> (Duration, String) {
    let (acceptor, root) = tls();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let source = HttpsSource::builder()
        .root_certificates(root)
        .resolve(HOST, listener.local_addr().unwrap())
        .build()
        .unwrap();
    let standstill = Standstill::begin();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        if let Until::Connected = until {
            let mut hello = [0; 1];
            stream.read_exact(&mut hello).await.unwrap();
            drop(standstill);
            return until_hung_up(stream).await;
        }
        let mut stream = acceptor.accept(stream).await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            assert_ne!(stream.read_buf(&mut request).await.unwrap(), 0);
        }
        if let Until::Begun = until {
            let begun = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n-----BEGIN";
            stream.write_all(begun).await.unwrap();
            stream.flush().await.unwrap();
        }
        drop(standstill);
        until_hung_up(stream).await;
    });
    let start = Instant::now();
    let ended = timeout(Duration::from_secs(60), source.fetch(url())).await;
    let error = ended.expect("no limit").unwrap_err();
    (start.elapsed(), chain(&error))
}

async fn until_hung_up(mut stream: impl AsyncRead + Unpin) {
    while stream.read(&mut [0; 1_024]).await.is_ok_and(|bytes| bytes > 0) {}
}

#[tokio::test(start_paused = true)]
async fn a_connection_is_given_3_s_and_a_fetch_5_s() {
    for (until, seconds) in [(Until::Connected, 3), (Until::Asked, 5), (Until::Begun, 5)] {
        let (took, error) = fetch(until).await;
        assert!(error.contains("timed out"), "{until:?}: {error}");
        // The timer counts in milliseconds, and rounds up.
        let limit = Duration::from_secs(seconds);
        assert!((limit..limit + Duration::from_millis(10)).contains(&took), "{until:?}: {took:?}");
    }
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
