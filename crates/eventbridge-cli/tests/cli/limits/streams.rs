//! Requests over HTTP/2, and answers that their peers do not take.

use std::{sync::Arc, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Barrier,
    task::JoinSet,
    time::{sleep, timeout},
};

use super::{PREFACE, bytes_of, ends, exchanged, opened, push, served, start};
use crate::process::PATIENCE;

/// A frame of HTTP/2 (RFC 9113 section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Requests that are refused, whose answers cannot be sent: the window of every stream is zero.
fn window_zero(streams: u32) -> Vec<u8> {
    let mut all = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    all.extend(frame(4, 0, 0, &[0, 4, 0, 0, 0, 0]));
    for number in 0..streams {
        // POST, http, /: from the static table (RFC 7541 appendix A).
        all.extend(frame(1, 4, 1 + 2 * number, &[0x83, 0x86, 0x84]));
    }
    all
}

/// How many streams are answered with HEADERS, and how many reset with REFUSED_STREAM.
async fn answered_and_refused(stream: &mut TcpStream, streams: u32) -> (u32, u32) {
    let (mut answered, mut refused) = (0, 0);
    let all = async {
        while answered + refused < streams {
            let mut head = [0; 9];
            stream.read_exact(&mut head).await.expect("the connection lasts");
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let mut payload = vec![0; usize::try_from(length).unwrap()];
            stream.read_exact(&mut payload).await.unwrap();
            match head[3] {
                1 => answered += 1,
                3 if payload == [0, 0, 0, 7] => refused += 1,
                _ => {}
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap_or_else(|_| panic!("{answered} and {refused}"));
    (answered, refused)
}

/// What refuses a stream is kept until the peer reads it: one that goes on is closed.
#[tokio::test]
async fn streams_that_are_refused_have_a_bound() {
    let receiver = start(&["--max-requests", "2"]).await;
    let good = bytes_of(&push("{\"id\":\"slow\"}", None));
    let mut busy = Vec::new();
    for _ in 0..2 {
        busy.push(opened(receiver.address, &good[..good.len() - 1]).await);
    }
    sleep(Duration::from_millis(200)).await;
    let mut stream = opened(receiver.address, PREFACE).await;
    let mut refused = 0;
    let all = async {
        for number in 0..1000 {
            let headers = frame(1, 5, 1 + 2 * number, &[0x83, 0x86, 0x84]);
            if stream.write_all(&headers).await.is_err() {
                break;
            }
            let mut head = [0; 9];
            loop {
                if stream.read_exact(&mut head).await.is_err() {
                    return;
                }
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; usize::try_from(length).unwrap()];
                if stream.read_exact(&mut payload).await.is_err() {
                    return;
                }
                if head[3] == 3 {
                    refused += 1;
                    break;
                }
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap();
    assert!((200..300).contains(&refused), "{refused} of 1000 were refused before the end");
    for stream in &mut busy {
        assert_eq!(exchanged(stream, &good[good.len() - 1..]).await.unwrap(), "HTTP/1.1 200");
    }
    drop(busy);
    assert_eq!(receiver.stop().await.0, 0);
}

#[tokio::test]
async fn answers_that_cannot_be_sent_have_a_bound_over_all_connections() {
    let receiver = start(&["--max-requests", "40"]).await;
    let mut hostile = Vec::new();
    let mut counts = Vec::new();
    for _ in 0..4 {
        let mut stream = opened(receiver.address, &window_zero(50)).await;
        counts.push(answered_and_refused(&mut stream, 50).await);
        hostile.push(stream);
        // Others have room, though one connection took all that one may.
        assert_eq!(served(receiver.address).await, "HTTP/1.1 200");
    }
    assert_eq!(counts[0], (20, 30), "half of what there is");
    assert!(counts[1..].iter().all(|(answered, _)| *answered <= 3), "{counts:?}");
    // Their peers do not take them: they do not stay.
    for stream in &mut hostile {
        ends(stream).await;
    }
    drop(hostile);
    assert_eq!(receiver.stop().await.0, 0);
}

/// The same with what the receiver has by default: memory, while 1,000 clients push at the same
/// time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_honest_clients_at_once_and_hostile_ones_beside_them() {
    const CLIENTS: usize = 1000;
    let receiver = start(&[]).await;
    let address = receiver.address;
    let mut hostile = Vec::new();
    for _ in 0..100 {
        // From another address: one has a share of 1,024 connections.
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.2:0".parse().unwrap()).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        stream.write_all(&window_zero(100)).await.unwrap();
        hostile.push(stream);
    }
    let together = Arc::new(Barrier::new(CLIENTS));
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let together = Arc::clone(&together);
        clients.spawn(async move {
            let request = bytes_of(&push(format!("{{\"id\":\"{number}\"}}"), None));
            let (head, body) = request.split_at(request.len() - 8);
            let mut stream = opened(address, head).await;
            // All are connected, and have begun, before any is answered.
            together.wait().await;
            exchanged(&mut stream, body).await.unwrap()
        });
    }
    let mut statuses = Vec::new();
    while let Some(status) = clients.join_next().await {
        statuses.push(status.unwrap());
    }
    assert_eq!(statuses, vec!["HTTP/1.1 200"; CLIENTS]);
    #[cfg(target_os = "linux")]
    assert!(receiver.resident_kib() < 96 * 1024, "{} KiB", receiver.resident_kib());
    drop(hostile);
    let (code, printed, _) = receiver.stop().await;
    assert_eq!((code, printed.lines().count()), (0, CLIENTS));
}

/// A peer that writes and reads no answer is not read from for ever, and makes room.
#[tokio::test]
async fn who_reads_no_answer_is_not_read_from() {
    let receiver = start(&["--max-connections", "1"]).await;
    let mut stream = TcpStream::connect(receiver.address).await.unwrap();
    let mut many = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00".to_vec();
    let pings: Vec<u8> = (0..10_000).flat_map(|_| frame(6, 0, 0, &[7; 8])).collect();
    let mut written = 0_usize;
    stream.write_all(&many).await.unwrap();
    many.clear();
    while let Ok(done) = timeout(Duration::from_millis(500), stream.write_all(&pings)).await {
        done.unwrap();
        written += pings.len();
        assert!(written < 64 << 20, "it takes for ever");
    }
    assert_eq!(served(receiver.address).await, "HTTP/1.1 200", "it is idle");
    drop(stream);
    assert_eq!(receiver.stop().await.0, 0);
}
