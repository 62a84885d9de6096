//! `receive --forward https://…`: an upstream whose certificate is verified.

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::process::temporary_file;

/// An upstream that answers 200 for one host name, under a root of its own. Returns its URL and the
/// file of the root.
async fn upstream(name: &str) -> (String, String) {
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &root).unwrap();
    let file = temporary_file(&format!("upstream-{name}.pem"), root.pem().as_bytes());
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider);
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let config = config.with_single_cert(vec![certificate.der().clone()], key).unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/hook", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that does not trust it ends the handshake.
                let Ok(stream) = acceptor.accept(stream).await else { return };
                let answer = service_fn(async |request: Request<Incoming>| {
                    let body = request.into_body().collect().await?.to_bytes();
                    Ok::<_, hyper::Error>(Response::new(Full::new(body)))
                });
                let server = hyper::server::conn::http1::Builder::new();
                let _ = server.serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    (url, file.to_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_upstream_behind_tls_is_verified() {
    let (url, root) = upstream("localhost").await;
    let (_, other_root) = upstream("other.localhost").await;
    let (other_name, root_of_other_name) = upstream("hooks.example.com").await;
    let event = r#"{"specversion":"1.0","source":"s","type":"t","id":"1"}"#;
    for (name, url, root, status) in [
        ("its root", &url, Some(&root), 200),
        ("no root", &url, None, 503),
        ("another root", &url, Some(&other_root), 503),
        ("another name", &other_name, Some(&root_of_other_name), 503),
    ] {
        let mut options = vec!["--forward", url];
        options.extend(root.into_iter().flat_map(|file| ["--forward-ca-certificate", file]));
        let receiver = Receiver::with(&options).await;
        assert_eq!(receiver.push(event).await.0, status, "{name}");
        let (_, log) = receiver.lines().await;
        let said = log.contains("cannot be reached") && log.contains("certificate");
        assert_eq!(said, status == 503, "{name}: {log}");
    }
}

#[tokio::test]
async fn roots_that_are_none_are_bad_usage() {
    let (_, root) = upstream("usage.localhost").await;
    let empty = temporary_file("no-root.pem", b"text");
    let empty = empty.to_str().unwrap();
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    let forward = ["--forward", "https://a.example/", "--forward-ca-certificate"];
    for (files, said) in [
        (&["/nonexistent"][..], "/nonexistent"),
        (&[empty], "holds no PEM certificate"),
        // One file for each option.
        (&[&root, &root], "unexpected argument"),
    ] {
        let output = run("receive", &[&base[..], &forward, files].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.contains(said), "{said}: {stderr}");
    }
}
