//! Stands for the certificate host: the signer's certificate over TLS, for the host of its URL.

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use bytes::Bytes;
use eventbridge_local::TlsRoot;
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, time};
use tokio_rustls::TlsAcceptor;
use tower_eventbridge::signer::Signer;

use crate::usage::program;

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Serves in the background until the program ends. Returns the bound address.
pub async fn start(address: SocketAddr, signer: &Signer) -> Result<SocketAddr, AnyError> {
    let url: Uri = signer.certificate_url().parse()?;
    let host = url.host().ok_or("--certificate-url names no host")?;
    let root = TlsRoot::from_key_pem(ROOT_NAME, ROOT_KEY)?;
    let acceptor = TlsAcceptor::from(Arc::new(root.server(&[host])?));
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

/// As in test_root.pem.
const ROOT_NAME: &str = "tower-eventbridge test root (its key is public)";
const ROOT_KEY: &str = include_str!("../../test_root.key");
