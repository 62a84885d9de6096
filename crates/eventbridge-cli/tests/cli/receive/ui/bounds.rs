//! What strangers and slow readers can take of the page's memory and connections.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;
use tokio::{io::AsyncWriteExt, net::TcpStream, time::timeout};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signature::signature_headers,
    signer::Forgery,
};

use super::{
    super::{Connection, bytes_of, start},
    Told, UI, ask, explained, ui,
};
use crate::sender::{TOKEN, URL, signer};

/// Strangers fill the page's memory to its bounds and no further, and every push is answered while
/// a page reads nothing.
#[tokio::test]
async fn what_strangers_send_is_bounded() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let _reads_nothing = Told::open(&page).await;
    let mut connection = Connection::open(receiver.address, false).await;
    for _ in 0..1_200 {
        let mut stranger = Request::new(Bytes::new());
        *stranger.method_mut() = Method::POST;
        stranger.headers_mut().insert("host", "h".parse().unwrap());
        assert_eq!(connection.send(stranger).await.0, 400);
    }
    let mut told = Told::open(&page).await;
    assert_eq!(told.line("data: ").await, "200", "so many are no longer kept");
    assert_eq!(told.next().await["number"], 201);

    let small = receiver.resident_kib();
    let body = vec![b'x'; 1024 * 1024 - 64];
    for _ in 0..64 {
        let forged = signer().push(URL).token(TOKEN).body(body.clone());
        let forged = forged.forgery(Forgery::TamperedBody).sign(SystemClock::new().now()).unwrap();
        assert_eq!(connection.send(forged).await.0, 401);
    }
    let grown = receiver.resident_kib().saturating_sub(small);
    assert!(grown < 48 * 1024, "64 MiB were sent, 16 are kept, and {grown} KiB more are held");
    let host = format!("host: {page}\r\n");
    assert_eq!(ask(&page, "/ui/pushes/1200", &host).await.0, 404, "large ones took its place");
    let (_, last) = explained(&page, 1_264).await;
    assert_eq!(last["body"]["text"].as_str().unwrap().len(), 64 * 1024, "the page gets a part");
    receiver.stop().await;
}

/// An accepted body that is too large to be kept is not shown, and the page says so.
#[tokio::test]
async fn a_body_can_be_too_large_for_the_page() {
    let mut receiver = start(&[&UI[..], &["--max-body", "4194304"]].concat()).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let mut connection = Connection::open(receiver.address, false).await;
    for (length, forgery, expected) in [
        (1024 * 1024, None, None),
        (1024 * 1024 + 1, None, Some("the body is not shown: it has 1048577 bytes")),
        (1024 * 1024 + 1, Some(Forgery::TamperedBody), Some("it is too large")),
    ] {
        let mut push = signer().push(URL).token(TOKEN).body(vec![b' '; length]);
        if let Some(forgery) = forgery {
            push = push.forgery(forgery);
        }
        let push = push.sign(SystemClock::new().now()).unwrap();
        let accepted = connection.send(push).await.0.is_success();
        assert_eq!(accepted, forgery.is_none());
        let verdict = told.next().await;
        assert_eq!(verdict["accepted"], accepted, "{verdict}");
        let (_, it) = explained(&page, verdict["number"].as_u64().unwrap()).await;
        assert_eq!(it["body_is_whole"], expected.is_none());
        assert!(expected.is_none_or(|text| it["notes"][0].as_str().unwrap().contains(text)));
        if accepted {
            assert_eq!(told.next().await["kind"], "answered");
        }
    }
    receiver.stop().await;
}

/// A head as long as the server takes makes a short line, whatever is in it.
#[tokio::test]
async fn a_long_head_makes_a_short_line() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let mut told = Told::open(&page).await;
    let markup = "<script>\"'&\t".repeat(1_100);
    for name in signature_headers() {
        let mut push = signer().push(URL).token(TOKEN).sign(SystemClock::new().now()).unwrap();
        push.headers_mut().insert(name, markup.parse().unwrap());
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(&bytes_of(&push)).await.unwrap();
        let line = told.line("data: ").await;
        assert!(line.len() < 2_048, "{name}: {line}");
        let verdict: Value = serde_json::from_str(&line).unwrap();
        if verdict["accepted"] == true {
            // A header of the other scheme decides nothing.
            assert_eq!(told.next().await["kind"], "answered");
        }
        let (text, _) = explained(&page, verdict["number"].as_u64().unwrap()).await;
        assert!(text.len() < 64 * 1024, "{name}: {}", text.len());
    }
    let path = format!("/{}", "x".repeat(8_000));
    let push = signer().push(URL).token(TOKEN).seen_as(path);
    let push = push.sign(SystemClock::new().now()).unwrap();
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    stream.write_all(&bytes_of(&push)).await.unwrap();
    assert!(told.line("data: ").await.len() < 2_048, "a path");
    // More than the server takes comes to no verdict.
    for (start, more) in [("POST /", "x"), ("POST / HTTP/1.1\r\n", "a: b\r\n")] {
        let head = format!("{start}{}", more.repeat(100_000));
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        // It may be cut before all of it is written.
        let _ = stream.write_all(head.as_bytes()).await;
        crate::limits::ends(&mut stream).await;
    }
    let mut connection = Connection::open(receiver.address, false).await;
    let forged = signer().push(URL).token(TOKEN).forgery(Forgery::OtherToken);
    let forged = forged.sign(SystemClock::new().now()).unwrap();
    assert_eq!(connection.send(forged).await.0, 401);
    assert_eq!(told.next().await["reason"], "token-mismatch", "the next line is of the next push");
    receiver.stop().await;
}

/// Connections beyond the room wait until one leaves.
#[tokio::test]
async fn connections_of_the_page_are_bounded() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let mut open = Vec::new();
    for _ in 0..64 {
        let mut stream = TcpStream::connect(&page).await.unwrap();
        stream.write_all(b"GET /ui/ HTTP/1.1\r\n").await.unwrap();
        open.push(stream);
    }
    let host = format!("host: {page}\r\n");
    let asked = ask(&page, "/ui/", &host);
    tokio::pin!(asked);
    let waits = timeout(Duration::from_millis(300), &mut asked).await.is_err();
    assert!(waits, "64 connections were open, and another one was served");
    open.pop();
    assert_eq!(timeout(Duration::from_secs(5), asked).await.expect("there is room").0, 200);
    receiver.stop().await;
}

/// As many pages as may be open leave room to ask for more, and one more is told so.
#[tokio::test]
async fn open_pages_leave_room() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let mut open = Vec::new();
    for _ in 0..16 {
        let mut told = Told::open(&page).await;
        told.line("HTTP/1.1 200").await;
        open.push(told);
    }
    let host = format!("host: {page}\r\n");
    let (status, text) = ask(&page, "/ui/stream", &host).await;
    assert_eq!(status, 503);
    assert!(text.contains("16 pages are open"), "{text}");
    assert_eq!(ask(&page, "/ui/", &host).await.0, 200);
    receiver.stop().await;
}
