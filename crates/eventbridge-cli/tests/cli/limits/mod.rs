//! What strangers can take of `receive`: connections, requests over HTTP/2, memory. Each has a
//! bound, and honest clients are served all the same.

mod connections;
mod memory;
mod streams;
mod upstream;

use std::{io, net::SocketAddr, time::Duration};

use bytes::Bytes;
use http::Request;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use crate::{
    process::{PATIENCE, Server},
    sender::{TOKEN, URL, certificate_argument, signer},
};

async fn start(more: &[&str]) -> Server {
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    let certificate = ["--certificate", certificate_argument()];
    Server::start("receive", &[&base[..], &certificate, more].concat()).await
}

fn push(body: impl Into<Bytes>, forgery: Option<Forgery>) -> Request<Bytes> {
    let mut push = signer().push(URL).token(TOKEN).with(SignWith::V2).body(body);
    if let Some(forgery) = forgery {
        push = push.forgery(forgery);
    }
    push.sign(SystemClock::new().now()).unwrap()
}

fn bytes_of(request: &Request<Bytes>) -> Vec<u8> {
    let length = request.body().len();
    let mut head = format!("POST /events HTTP/1.1\r\nhost: h\r\ncontent-length: {length}\r\n");
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    [head.as_bytes(), b"\r\n", request.body()].concat()
}

/// A connection that sends so much and stays open.
async fn opened(address: SocketAddr, bytes: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    stream
}

/// Reads until there is nothing more, which is the end of the connection.
pub(crate) async fn ends(stream: &mut TcpStream) {
    let mut rest = vec![0; 64 * 1024];
    let end = async { while !matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {} };
    timeout(PATIENCE, end).await.expect("the connection is closed");
}

/// Whether it is still there: no time limit closed it, which would have made room as well.
async fn is_open(stream: &mut TcpStream) -> bool {
    let mut rest = vec![0; 64 * 1024];
    let end = async { while !matches!(stream.read(&mut rest).await, Ok(0) | Err(_)) {} };
    timeout(Duration::from_millis(300), end).await.is_err()
}

/// The start of the answer on a connection that is used again.
async fn exchanged(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<String> {
    stream.write_all(bytes).await?;
    let mut answer = Vec::new();
    while !answer.ends_with(b"\"}") {
        if timeout(PATIENCE, stream.read_buf(&mut answer)).await.expect("an answer")? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8(answer[..12].to_vec()).unwrap())
}

/// The status of a good push over a connection of its own. One that is not admitted, or closed for
/// want of room, comes again.
async fn served(address: SocketAddr) -> String {
    let push = bytes_of(&push("{\"id\":\"good\"}", None));
    let tries = async {
        loop {
            let mut stream = TcpStream::connect(address).await.unwrap();
            match exchanged(&mut stream, &push).await {
                Ok(status) => return status,
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    };
    timeout(PATIENCE, tries).await.expect("an honest client is served")
}

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00";
const REFUSED: &[u8] = b"GET /events HTTP/1.1\r\nhost: h\r\n\r\n";
