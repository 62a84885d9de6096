//! Connections to the server of `--forward`.

use std::sync::Arc;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{bytes_of, ends, exchanged, opened, push, start};
use crate::sender::sample;

/// An upstream that closes idle connections costs no push, unless its bytes had been sent; and the
/// log says why.
#[tokio::test]
async fn connections_that_the_upstream_closes_cost_no_push() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let upstream = listener.local_addr().unwrap();
    let sent_too_late = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let late = Arc::clone(&sent_too_late);
    let serving = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let late = Arc::clone(&late);
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.windows(4).any(|end| end == b"\r\n\r\n") {
                    if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                // No word of closing, and closed at once.
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await;
                let _ = stream.shutdown().await;
                let mut more = [0; 1];
                if matches!(stream.read(&mut more).await, Ok(1)) {
                    late.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                }
            });
        }
    });
    let receiver = start(&["--forward-requests", &format!("http://{upstream}")]).await;
    let event = sample("alibaba-apigateway-event");
    let request = bytes_of(&push(event, None));
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let mut failed = 0;
    for _ in 0..200 {
        let status = exchanged(&mut stream, &request).await.unwrap();
        failed += usize::from(status != "HTTP/1.1 200");
    }
    let late = sent_too_late.load(std::sync::atomic::Ordering::SeqCst);
    assert!(failed <= late, "{failed} failed, of which {late} had been sent");
    serving.abort();
    let _ = serving.await;
    while TcpStream::connect(upstream).await.is_ok() {}
    assert_eq!(exchanged(&mut stream, &request).await.unwrap(), "HTTP/1.1 503");
    drop(stream);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(log.contains("client error (Connect)") && log.contains("Connection refused"), "{log}");
}

/// An idle connection to the upstream goes before the upstream closes it: Node.js does so after 5
/// s.
#[tokio::test]
async fn idle_connections_to_the_upstream_go() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let forward = format!("http://{}", listener.local_addr().unwrap());
    let receiver = start(&["--forward-requests", &forward]).await;
    let event = sample("alibaba-apigateway-event");
    let served = tokio::spawn({
        let (address, request) = (receiver.address, bytes_of(&push(event, None)));
        async move { exchanged(&mut opened(address, b"").await, &request).await.unwrap() }
    });
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut request = vec![0; 64 * 1024];
    assert_ne!(stream.read(&mut request).await.unwrap(), 0);
    stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    assert_eq!(served.await.unwrap(), "HTTP/1.1 200");
    // The upstream keeps its end open; it is the receiver that closes.
    ends(&mut stream).await;
    assert_eq!(receiver.stop().await.0, 0);
}
