//! `receive --ui`: what the page asks for, over real connections.

mod bounds;
mod told;
mod who;

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

use crate::process::{PATIENCE, Server};

const UI: [&str; 2] = ["--ui", "127.0.0.1:0"];

/// The address of the page.
async fn ui(receiver: &mut Server) -> String {
    let page = receiver.log.line_that_begins("page: http://").await;
    page.strip_suffix("/ui/").unwrap().to_owned()
}

/// An answer to a request with these headers: status and body.
async fn ask(page: &str, path: &str, headers: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(page).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\n{headers}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
}

async fn explained(page: &str, number: u64) -> (String, Value) {
    let path = format!("/ui/pushes/{number}");
    let (status, text) = ask(page, &path, &format!("host: {page}\r\n")).await;
    assert_eq!(status, 200, "{text}");
    let json = serde_json::from_str(&text).unwrap();
    (text, json)
}

/// The stream of the page.
struct Told(BufReader<TcpStream>);

impl Told {
    async fn open(page: &str) -> Self {
        let mut stream = TcpStream::connect(page).await.unwrap();
        let request = format!("GET /ui/stream HTTP/1.1\r\nhost: {page}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        Self(BufReader::new(stream))
    }

    /// The next that begins so.
    async fn line(&mut self, start: &str) -> String {
        let found = async {
            loop {
                let mut line = String::new();
                let read = self.0.read_line(&mut line).await.unwrap();
                assert_ne!(read, 0, "the stream ended");
                if let Some(rest) = line.trim_end().strip_prefix(start) {
                    return rest.to_owned();
                }
            }
        };
        timeout(PATIENCE, found).await.expect("the stream says so")
    }

    async fn next(&mut self) -> Value {
        serde_json::from_str(&self.line("data: ").await).unwrap()
    }
}
