//! Pushes over real connections: each good one accepted and printed once, each bad one rejected
//! alike.

use std::{
    collections::{HashMap, HashSet},
    net::SocketAddr,
    time::Duration,
};

use bytes::Bytes;
use http::{Request, StatusCode};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tower_eventbridge::{
    clock::{Clock, SystemClock},
    signer::{Forgery, SignWith},
};

use super::{BASE, Connection, bytes_of, event, push, start};
use crate::{
    process::{PATIENCE, Server},
    sender::{TOKEN, URL, certificate_argument, signer},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_thousand_pushes_from_fifty_clients() {
    const CLIENTS: usize = 50;
    const PUSHES: usize = 40;
    let receiver = start(&[]).await;
    let address = receiver.address;
    let forgeries = [
        Forgery::TamperedBody,
        Forgery::TamperedSignature,
        Forgery::OtherToken,
        Forgery::NoToken,
        Forgery::Stale,
        Forgery::SignedForOtherUrl,
        Forgery::EncodedBody,
    ];
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(async move {
            // Half of them over HTTP/2; a connection that was closed after a rejection is opened
            // anew.
            let mut accepted = Vec::new();
            let mut rejected = Vec::new();
            for number in 0..PUSHES {
                let mut connection = Connection::open(address, client % 2 == 0).await;
                let with = [SignWith::V1, SignWith::V2, SignWith::Both][number % 3];
                let id = format!("{client}-{number}");
                let forgery =
                    (number % 4 == 3).then(|| forgeries[(client + number) % forgeries.len()]);
                let (status, body) = connection.send(push(&id, with, forgery)).await;
                match forgery {
                    None => {
                        assert_eq!(
                            (status.as_u16(), &body[..]),
                            (200, &br#"{"status":"accepted"}"#[..]),
                            "{id}"
                        );
                        accepted.push(id);
                    }
                    Some(forgery) => {
                        assert_eq!(status, forgery.rejected_as(with).status(), "{forgery:?}");
                        rejected.push((status, body));
                    }
                }
            }
            (accepted, rejected)
        });
    }
    let mut sent = HashSet::new();
    let mut answers: HashMap<StatusCode, HashSet<Bytes>> = HashMap::new();
    while let Some(client) = clients.join_next().await {
        let (accepted, rejected) = client.unwrap();
        sent.extend(accepted);
        for (status, body) in rejected {
            answers.entry(status).or_default().insert(body);
        }
    }
    assert_eq!(sent.len(), CLIENTS * PUSHES * 3 / 4);
    assert_eq!(answers.len(), 3, "400, 401, 415");
    assert!(answers.values().all(|bodies| bodies.len() == 1), "the same bytes for one status");

    let (code, printed, log) = receiver.stop().await;
    assert_eq!(code, 0);
    let lines: Vec<serde_json::Value> =
        printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: HashSet<String> =
        lines.iter().map(|line| line["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(lines.len(), sent.len(), "each accepted once");
    assert_eq!(ids, sent);
    assert!(log.contains("push accepted") && log.contains("push rejected"), "{log}");
    for secret in [TOKEN, "body-secret", "another-tenants-token"] {
        assert!(!log.contains(secret), "{secret} in the log");
    }
}

/// The status line's start for a request that is written while the answer is read: a receiver that
/// refuses may close before everything is there, which is no answer to a client that only writes.
async fn raw_status(address: SocketAddr, request: &Request<Bytes>, in_chunks: bool) -> String {
    let mut head = "POST /events HTTP/1.1\r\nhost: h\r\n".to_owned();
    match in_chunks {
        true => head.push_str("transfer-encoding: chunked\r\n"),
        false => head.push_str(&format!("content-length: {}\r\n", request.body().len())),
    }
    for (name, value) in request.headers().iter().filter(|(name, _)| *name != "host") {
        head.push_str(&format!("{name}: {}\r\n", value.to_str().unwrap()));
    }
    head.push_str("\r\n");
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let body = request.body().clone();
    let sending = tokio::spawn(async move {
        let _ = writer.write_all(head.as_bytes()).await;
        for chunk in body.chunks(60_000) {
            let framed = match in_chunks {
                true => [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat(),
                false => chunk.to_vec(),
            };
            if writer.write_all(&framed).await.is_err() {
                return writer;
            }
        }
        if in_chunks {
            let _ = writer.write_all(b"0\r\n\r\n").await;
        }
        // Dropped here it would end the connection before the answer.
        writer
    });
    let mut start = vec![0; 12];
    timeout(PATIENCE, reader.read_exact(&mut start)).await.unwrap().unwrap();
    drop(sending.await.unwrap());
    String::from_utf8(start).unwrap()
}

#[tokio::test]
async fn the_limit_of_a_body_is_exact() {
    let receiver = start(&[]).await;
    for (length, status) in [(1024 * 1024, "HTTP/1.1 200"), (1024 * 1024 + 1, "HTTP/1.1 413")] {
        for in_chunks in [false, true] {
            let push = signer().push(URL).token(TOKEN).body("x".repeat(length));
            let request = push.sign(SystemClock::new().now()).unwrap();
            let start = raw_status(receiver.address, &request, in_chunks).await;
            assert_eq!(start, status, "{length}, in chunks: {in_chunks}");
        }
    }
    assert_eq!(receiver.stop().await.0, 0);
}

/// A client, often a proxy, that reads only once everything is written meets the answer and no
/// reset, and its connection can be used again.
#[tokio::test]
async fn a_rejection_reaches_a_client_that_writes_everything_first() {
    let receiver = start(&[]).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    for (forgery, length, status) in [
        (None, 1024 * 1024 + 1, "413"),
        (Some(Forgery::Stale), 1024 * 1024, "401"),
        (None, 8, "200"),
    ] {
        let mut push = signer().push(URL).token(TOKEN).body("x".repeat(length));
        if let Some(forgery) = forgery {
            push = push.forgery(forgery);
        }
        let request = push.sign(SystemClock::new().now()).unwrap();
        timeout(PATIENCE, stream.write_all(&bytes_of(&request))).await.unwrap().unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\"}") {
            assert_ne!(timeout(PATIENCE, stream.read_buf(&mut answer)).await.unwrap().unwrap(), 0);
        }
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
        assert!(!answer.contains("connection: close"), "{answer}");
    }
    drop(stream);
    assert_eq!(receiver.stop().await.0, 0);
}

/// Nobody reads what the receiver prints: what it cannot hand over in time is not accepted, and
/// comes again.
#[tokio::test]
async fn events_that_cannot_be_printed_in_time_are_not_accepted() {
    let arguments =
        [&BASE[..], &["--certificate", certificate_argument(), "--handler-timeout", "1"]].concat();
    let mut receiver = Server::start_unread("receive", &arguments).await;
    let mut connection = Connection::open(receiver.address, false).await;
    // A line of this length fills what a pipe holds.
    let long = "i".repeat(900_000);
    let mut statuses = Vec::new();
    for number in 0..2 {
        let (status, body) =
            connection.send(push(&format!("{long}{number}"), SignWith::V2, None)).await;
        statuses.push(status.as_u16());
        assert_eq!(body, r#"{"status":"failed"}"#);
    }
    assert_eq!(statuses, [503, 503]);
    receiver.read();
    let (status, _) = connection.send(push("again", SignWith::V2, None)).await;
    assert_eq!(status, 200);
    drop(connection);
    let (code, printed, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(printed.contains("\"again\""));
    assert!(log.contains("within 1 s"), "{log}");
    assert!(!printed.contains(&format!("{long}1")), "what was given up is not printed later");
}

/// An event that is done is acknowledged in the same words and printed once; the same signed push
/// again is another matter.
#[tokio::test]
async fn duplicates_and_replays() {
    let accepted = (StatusCode::OK, Bytes::from("{\"status\":\"accepted\"}"));
    for (options, again, replayed, lines) in [
        (&[][..], 200, 200, 4),
        (&["--dedupe", "memory"], 200, 200, 1),
        (&["--replay-protection"], 200, 409, 3),
        (&["--dedupe", "memory", "--replay-protection"], 200, 409, 1),
    ] {
        let receiver = start(options).await;
        let mut connection = Connection::open(receiver.address, false).await;
        // Each try is signed at a time of its own.
        let sign = |with, late| {
            let at = SystemClock::new().now() + Duration::from_millis(late);
            signer().push(URL).token(TOKEN).with(with).body(event("once")).sign(at).unwrap()
        };
        let first = sign(SignWith::V2, 0);
        assert_eq!(connection.send(first.clone()).await, accepted, "{options:?}");
        for (with, late) in [(SignWith::V1, 1_000), (SignWith::Both, 2_000)] {
            let (status, body) = connection.send(sign(with, late)).await;
            assert_eq!((status.as_u16(), &body), (again, &accepted.1), "{options:?}");
        }
        assert_eq!(connection.send(first).await.0.as_u16(), replayed, "{options:?}");
        drop(connection);
        let (code, printed, log) = receiver.stop().await;
        assert_eq!((code, printed.lines().count()), (0, lines), "{options:?}");
        assert_eq!(log.contains("kind=\"replayed\""), replayed == 409, "{log}");
    }
}
