//! Memory: what rejected requests and captures may hold.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};
use tower_eventbridge::signer::Forgery;

use super::{REFUSED, bytes_of, exchanged, opened, push, start};
use crate::process::{PATIENCE, page};

/// Nothing is measured where nobody can read it, and what is measured does not pile up.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn refused_requests_leave_nothing_behind() {
    async fn refused(address: SocketAddr, times: usize) {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let batch = REFUSED.repeat(100);
        let mut buffer = vec![0; 1 << 16];
        for _ in 0..times / 100 {
            stream.write_all(&batch).await.unwrap();
            let mut answers = 0;
            while answers < 100 {
                let length = timeout(PATIENCE, stream.read(&mut buffer)).await.unwrap().unwrap();
                assert_ne!(length, 0);
                let text = String::from_utf8_lossy(&buffer[..length]);
                answers += text.matches("HTTP/1.1 ").count();
            }
        }
    }
    let receiver = start(&["--log-level", "error"]).await;
    refused(receiver.address, 20_000).await;
    let before = receiver.resident_kib();
    refused(receiver.address, 60_000).await;
    let grown = receiver.resident_kib().saturating_sub(before);
    assert!(grown < 512, "{grown} KiB in 60,000 requests");
    assert_eq!(receiver.stop().await.0, 0);
}

/// Bodies that wait for their verdict hold 8 MiB of captures at most: the others are refused alike,
/// and not captured.
#[tokio::test]
async fn captures_have_a_bound_and_ten_of_a_kind() {
    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("limits-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let options = ["--capture-dir", folder.to_str().unwrap(), "--admin-listen", "127.0.0.1:0"];
    let mut receiver = start(&options).await;
    let admin = receiver.log.line_that_begins("admin listening on ").await;
    let request = bytes_of(&push(vec![b'x'; 1 << 20], Some(Forgery::TamperedBody)));
    let (most, last) = request.split_at(request.len() - 1);
    let mut waiting = Vec::new();
    for _ in 0..12 {
        waiting.push(opened(receiver.address, most).await);
    }
    let all_read = async {
        let held = |page: String| {
            let name = "eventbridge_body_bytes_in_flight ";
            let line = page.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
            line.is_some_and(|bytes| bytes.parse::<f64>().unwrap() >= 12.0 * 1_048_575.0)
        };
        while !held(page(&admin, "/metrics").await) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, all_read).await.expect("the receiver has read them");
    for stream in &mut waiting {
        assert_eq!(exchanged(stream, last).await.unwrap(), "HTTP/1.1 401");
    }
    let small = bytes_of(&push("{}", Some(Forgery::TamperedBody)));
    for _ in 0..12 {
        assert_eq!(exchanged(&mut waiting[0], &small).await.unwrap(), "HTTP/1.1 401");
    }
    drop(waiting);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(log.matches("a push is not captured").count() >= 4, "{log}");
    assert_eq!(log.matches("captured a push as signature-mismatch").count(), 10, "{log}");
    std::fs::remove_dir_all(&folder).unwrap();
}
