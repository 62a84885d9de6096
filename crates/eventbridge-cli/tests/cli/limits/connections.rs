//! Connections: which one makes room, and which ones stay.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::AsyncWriteExt,
    time::{sleep, timeout},
};

use super::{PREFACE, REFUSED, bytes_of, ends, exchanged, is_open, opened, push, served, start};
use crate::process::page;

#[tokio::test]
async fn the_connection_that_is_idle_longest_makes_room() {
    let limits = ["--max-connections", "6", "--max-connections-per-peer", "6"];
    for kind in [&b""[..], b"POST /events HTTP/1.1\r\nhost:", REFUSED, PREFACE] {
        let receiver = start(&limits).await;
        let mut idle = Vec::new();
        for _ in 0..6 {
            idle.push(opened(receiver.address, kind).await);
            // Opened one after another, so that it is known which one is idle longest.
            sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(served(receiver.address).await, "HTTP/1.1 200", "{kind:?}");
        ends(&mut idle[0]).await;
        assert!(is_open(&mut idle[5]).await, "{kind:?}");
        drop(idle);
        assert_eq!(receiver.stop().await.0, 0);
    }
}

/// A stranger's requests, which are refused, keep no place: who comes with a good one is served.
#[tokio::test]
async fn refused_requests_keep_no_place() {
    let receiver = start(&["--max-connections", "4"]).await;
    let address = receiver.address;
    let strangers: Vec<_> = (0..4)
        .map(|_| {
            tokio::spawn(async move {
                loop {
                    let mut stream = opened(address, b"").await;
                    // More often than a connection has to be idle before it makes room.
                    while exchanged(&mut stream, REFUSED).await.is_ok() {
                        sleep(Duration::from_millis(50)).await;
                    }
                }
            })
        })
        .collect();
    sleep(Duration::from_millis(700)).await;
    assert_eq!(served(address).await, "HTTP/1.1 200");
    strangers.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(receiver.stop().await.0, 0);
}

/// Connections whose requests are under way stay, however long; who comes meanwhile waits.
#[tokio::test]
async fn busy_connections_are_not_closed() {
    let receiver = start(&["--max-connections", "4"]).await;
    let good = bytes_of(&push("{\"id\":\"slow\"}", None));
    let (most, last) = good.split_at(good.len() - 1);
    let mut busy = Vec::new();
    for _ in 0..4 {
        busy.push(opened(receiver.address, most).await);
    }
    let honest = tokio::spawn(served(receiver.address));
    // Longer than a connection has to be idle before it makes room.
    sleep(Duration::from_millis(1_000)).await;
    assert!(!honest.is_finished(), "there is no room");
    for stream in &mut busy {
        assert_eq!(exchanged(stream, last).await.unwrap(), "HTTP/1.1 200");
    }
    assert_eq!(honest.await.unwrap(), "HTTP/1.1 200", "now they are idle");
    drop(busy);
    assert_eq!(receiver.stop().await.0, 0);
}

/// An address that has its share makes room for itself only.
#[tokio::test]
async fn one_address_has_a_share() {
    let receiver = start(&["--max-connections", "10", "--max-connections-per-peer", "2"]).await;
    let mut first = opened(receiver.address, b"").await;
    sleep(Duration::from_millis(20)).await;
    let mut second = opened(receiver.address, b"").await;
    assert_eq!(served(receiver.address).await, "HTTP/1.1 200");
    ends(&mut first).await;
    // Busy ones of the same address stay, and the next one of it is closed.
    let good = bytes_of(&push("{\"id\":\"slow\"}", None));
    let (most, last) = good.split_at(good.len() - 1);
    second.write_all(most).await.unwrap();
    let mut third = opened(receiver.address, most).await;
    while timeout(Duration::from_millis(200), third.peek(&mut [0])).await.is_ok() {
        third = opened(receiver.address, most).await;
    }
    let mut fourth = opened(receiver.address, b"").await;
    ends(&mut fourth).await;
    for stream in [&mut second, &mut third] {
        assert_eq!(exchanged(stream, last).await.unwrap(), "HTTP/1.1 200");
    }
    drop((second, third));
    assert_eq!(receiver.stop().await.0, 0);
}

#[tokio::test]
async fn health_checks_have_room_of_their_own() {
    let limits = ["--max-connections", "2", "--admin-listen", "127.0.0.1:0"];
    let mut receiver = start(&limits).await;
    let admin = receiver.log.line_that_begins("admin listening on ").await;
    let address: SocketAddr = admin.parse().unwrap();
    let mut idle = Vec::new();
    for _ in 0..2 {
        idle.push(opened(receiver.address, b"").await);
    }
    for number in 0..20 {
        let kind = [&b""[..], b"GET /healthz HTTP/1.1\r\nhost: h\r\n\r\n", PREFACE][number % 3];
        idle.push(opened(address, kind).await);
    }
    for path in ["/healthz", "/readyz", "/metrics"] {
        assert!(page(&admin, path).await.starts_with("HTTP/1.1 200"), "{path}");
    }
    // One of the first sixteen, which a time limit would have closed.
    assert!(is_open(&mut idle[2 + 13]).await);
    drop(idle);
    assert_eq!(receiver.stop().await.0, 0);
}
