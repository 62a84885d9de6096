//! `eventbridge receive` as a process, with real connections: every good push accepted once, every
//! bad one rejected with the right status and the same bytes, limits kept, and a clean end.

mod admin;
mod capture;
mod options;
mod pushes;
mod slow;
mod stop;
mod ui;
mod usage;

use std::net::SocketAddr;

use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use crate::{
    process::Server,
    sender::{TOKEN, URL, certificate_argument, signer},
};

pub(crate) const BASE: [&str; 6] = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];

pub(crate) async fn start(more: &[&str]) -> Server {
    let certificate = ["--certificate", certificate_argument()];
    Server::start("receive", &[&BASE[..], &certificate, more].concat()).await
}

pub(crate) enum Connection {
    H1(http1::SendRequest<Full<Bytes>>),
    H2(http2::SendRequest<Full<Bytes>>),
}

impl Connection {
    pub(crate) async fn open(address: SocketAddr, over_h2: bool) -> Self {
        let stream = TokioIo::new(TcpStream::connect(address).await.unwrap());
        if over_h2 {
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), stream).await.unwrap();
            tokio::spawn(connection);
            return Self::H2(sender);
        }
        let (sender, connection) = http1::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self::H1(sender)
    }

    pub(crate) async fn send(&mut self, mut request: Request<Bytes>) -> (StatusCode, Bytes) {
        let response = match self {
            Self::H1(sender) => {
                sender.ready().await.unwrap();
                sender.send_request(request.map(Full::new)).await.unwrap()
            }
            Self::H2(sender) => {
                request.headers_mut().remove("host");
                let target = format!("http://hooks.example.com{}", request.uri());
                *request.uri_mut() = target.parse().unwrap();
                sender.send_request(request.map(Full::new)).await.unwrap()
            }
        };
        let status = response.status();
        (status, response.into_body().collect().await.unwrap().to_bytes())
    }
}

pub(crate) fn event(id: &str) -> String {
    format!(
        r#"{{"id":"{id}","source":"acs.test","type":"test:Push","specversion":"1.0","data":"body-secret"}}"#
    )
}

pub(crate) fn push(id: &str, with: SignWith, forgery: Option<Forgery>) -> Request<Bytes> {
    let mut push = signer().push(URL).token(TOKEN).with(with).body(event(id));
    if let Some(forgery) = forgery {
        push = push.forgery(forgery);
    }
    push.sign(SystemClock::new().now()).unwrap()
}

/// A request as it is written to an HTTP/1.1 connection.
fn bytes_of(request: &Request<Bytes>) -> Vec<u8> {
    let length = request.body().len();
    let mut bytes =
        format!("POST {} HTTP/1.1\r\ncontent-length: {length}\r\n", request.uri()).into_bytes();
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    [&bytes, &b"\r\n"[..], request.body()].concat()
}
