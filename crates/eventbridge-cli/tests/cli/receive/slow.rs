//! Clients that are slow or silent.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::timeout,
};
use tower_eventbridge::signer::SignWith;

use super::{Connection, bytes_of, push, start};
use crate::process::PATIENCE;

/// Clients that send a byte a second are cut at the deadline of 10 s, and others are served
/// meanwhile.
#[tokio::test]
async fn slow_clients_are_cut_while_others_are_served() {
    let receiver = start(&[]).await;
    let address = receiver.address;
    let mut slow = JoinSet::new();
    for number in 0..200 {
        slow.spawn(async move {
            let request = push(&format!("slow-{number}"), SignWith::V2, None);
            let mut bytes = bytes_of(&request);
            let body = bytes.split_off(bytes.len() - request.body().len());
            let started = tokio::time::Instant::now();
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&bytes).await.unwrap();
            let (mut reader, mut writer) = stream.into_split();
            let dripping = tokio::spawn(async move {
                for byte in body.chunks(1) {
                    if writer.write_all(byte).await.is_err() {
                        return;
                    }
                    tokio::time::sleep(Duration::from_secs(1)).await;
                }
            });
            let mut start = vec![0; 12];
            timeout(PATIENCE, reader.read_exact(&mut start)).await.unwrap().unwrap();
            dripping.abort();
            (String::from_utf8(start).unwrap(), started.elapsed())
        });
    }
    let mut connection = Connection::open(address, true).await;
    for number in 0..50 {
        let served = connection.send(push(&format!("quick-{number}"), SignWith::V2, None));
        let (status, _) = timeout(Duration::from_secs(5), served).await.expect("served meanwhile");
        assert_eq!(status, 200);
    }
    #[cfg(target_os = "linux")]
    assert!(receiver.resident_kib() < 200 * 1024, "{} KiB", receiver.resident_kib());
    while let Some(client) = slow.join_next().await {
        let (start, after) = client.unwrap();
        assert_eq!(start, "HTTP/1.1 408");
        assert!(after >= Duration::from_secs(10), "{after:?}");
    }
    drop(connection);
    assert_eq!(receiver.stop().await.0, 0);
}

/// Who opens a connection and says nothing, or not enough to tell the version, is let go after 10
/// s.
#[tokio::test]
async fn silent_clients_are_let_go() {
    let receiver = start(&[]).await;
    let mut clients = Vec::new();
    for said in ["", "P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "POST / HTTP/1.1\r\nx"] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        stream.write_all(said.as_bytes()).await.unwrap();
        clients.push((said, stream));
    }
    for (said, mut stream) in clients {
        let mut rest = Vec::new();
        let closed = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        assert!(closed.is_ok(), "{said:?}");
    }
    assert_eq!(receiver.stop().await.0, 0);
}
