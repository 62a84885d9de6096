//! Stands for the certificate host: the signer's certificate over TLS, for the host of its URL.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair};
use rustls::{
    ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tokio::{net::TcpListener, time};
use tokio_rustls::TlsAcceptor;
use tower_eventbridge::signer::Signer;

use crate::usage::program;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Serves in the background until the program ends. Returns the bound address.
pub async fn start(address: SocketAddr, signer: &Signer) -> Result<SocketAddr, AnyError> {
    let url: Uri = signer.certificate_url().parse()?;
    let host = url.host().ok_or("--certificate-url names no host")?;
    let acceptor = TlsAcceptor::from(Arc::new(tls(host)?));
    let page = Page { path: url.path().into(), pem: signer.certificate_pem().to_owned().into() };
    let listener = TcpListener::bind(address).await?;
    let bound = listener.local_addr()?;
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (acceptor, page) = (acceptor.clone(), page.clone());
            tokio::spawn(async move {
                let served = async {
                    let stream = TokioIo::new(acceptor.accept(stream).await?);
                    let service =
                        service_fn(async |request| Ok::<_, Infallible>(page.answer(&request)));
                    http1::Builder::new().serve_connection(stream, service).await?;
                    Ok::<_, AnyError>(())
                };
                match time::timeout(Duration::from_secs(10), served).await {
                    Ok(Ok(())) | Err(_) => {}
                    Ok(Err(error)) => {
                        eprintln!("{}: the certificate could not be served: {error}", program());
                    }
                }
            });
        }
    });
    Ok(bound)
}

#[derive(Clone)]
struct Page {
    path: Arc<str>,
    pem: Bytes,
}

impl Page {
    fn answer(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if request.uri().path() == &*self.path {
            return Response::new(Full::new(self.pem.clone()));
        }
        let mut nothing = Response::new(Full::default());
        *nothing.status_mut() = StatusCode::NOT_FOUND;
        nothing
    }
}

/// A certificate for `host` under the test root, made anew each time.
fn tls(host: &str) -> Result<ServerConfig, AnyError> {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, ROOT_NAME);
    let mut root = CertificateParams::default();
    root.distinguished_name = name;
    let root = Issuer::new(root, KeyPair::from_pem(ROOT_KEY)?);
    let key = KeyPair::generate()?;
    let certificate = CertificateParams::new([host.to_owned()])?.signed_by(&key, &root)?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)?;
    Ok(config)
}

/// As in test_root.pem.
const ROOT_NAME: &str = "tower-eventbridge test root (its key is public)";
const ROOT_KEY: &str = include_str!("../../test_root.key");
