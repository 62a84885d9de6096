//! `--capture` and `--capture-dir`: what they write is what `explain` reads.

use http::StatusCode;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tower_eventbridge::signer::{Forgery, SignWith};

use super::{Connection, push, start};
use crate::{
    process::{run, temporary_path},
    sender::{TOKEN, URL, certificate_argument},
    upstream::Upstream,
};

/// A rejected push is captured so that `explain` gives the same reason, without its token and
/// readable by its owner only.
#[tokio::test]
async fn rejected_pushes_are_captured_for_explain() {
    use std::os::unix::fs::PermissionsExt;

    let folder = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join(format!("captured-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.to_str().unwrap();
    let receiver = start(&["--capture-dir", path]).await;
    let mut connection = Connection::open(receiver.address, false).await;
    assert_eq!(connection.send(push("good", SignWith::V2, None)).await.0, 200);
    for forgery in [Forgery::TamperedBody, Forgery::OtherToken, Forgery::DoubledHeader] {
        for _ in 0..12 {
            let mut request = push("x", SignWith::V2, Some(forgery));
            request.headers_mut().insert("authorization", "secret".parse().unwrap());
            assert!(connection.send(request).await.0.is_client_error());
        }
    }
    drop(connection);
    let (code, _, log) = receiver.stop().await;
    assert_eq!(code, 0);
    assert!(log.contains("--capture-dir: rejected pushes are written"), "{log}");
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let heads = names.iter().filter(|name| name.ends_with(".head")).count();
    let bodies: Vec<_> = names.iter().filter(|name| name.ends_with(".body")).collect();
    assert_eq!(
        (heads, bodies.len()),
        (30, 10),
        "ten of each kind, bodies only where they were read: {names:?}"
    );
    assert!(bodies.iter().all(|name| name.starts_with("signature-mismatch-")), "{names:?}");
    for name in &names {
        let file = folder.join(name);
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        let text = std::fs::read_to_string(file).unwrap();
        assert!(!text.contains(TOKEN) && !text.contains("another-tenants"), "{name}: {text}");
        assert!(!text.contains("authorization"), "{name}: {text}");
    }
    let explain = async |tokens: &[&str]| {
        let file = |extension: &str| format!("{path}/signature-mismatch-0.{extension}");
        let (head, body) = (file("head"), file("body"));
        let base = ["--head", &head, "--body", &body, "--endpoint", URL];
        let certificate = ["--certificate", certificate_argument(), "--json"];
        run("explain", &[&base[..], &certificate, tokens].concat()).await
    };
    let output = explain(&["--token", TOKEN]).await;
    let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &json["reason"]), (Some(1), &"signature-mismatch".into()));
    let output = explain(&["--any-tenant"]).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.starts_with("eventbridge explain: --token: "), "{stderr}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// Names and statuses of what is captured, by what is asked for: ten of each kind.
#[tokio::test]
async fn what_is_captured_is_told() {
    let upstream = Upstream::start().await;
    let forward = format!("http://{}/", upstream.address);
    let folder = temporary_path("captured-kinds");
    let path = folder.to_str().unwrap();
    for (captured, kinds) in [
        ("refused", &["signature-mismatch"][..]),
        ("accepted", &["accepted", "failed"]),
        ("all", &["accepted", "failed", "signature-mismatch"]),
    ] {
        let _ = std::fs::remove_dir_all(&folder);
        let capture = ["--capture-dir", path, "--capture", captured, "--forward", &forward];
        let receiver = start(&capture).await;
        let mut connection = Connection::open(receiver.address, false).await;
        for _ in 0..12 {
            *upstream.answers.lock().unwrap() = StatusCode::NO_CONTENT;
            assert_eq!(connection.send(push("good", SignWith::V2, None)).await.0, 204);
            *upstream.answers.lock().unwrap() = StatusCode::IM_A_TEAPOT;
            let mut failing = push("failing", SignWith::V1, None);
            failing.headers_mut().insert("authorization", "secret".parse().unwrap());
            failing.headers_mut().insert("content-type", "text/x-test".parse().unwrap());
            failing.headers_mut().insert("eventbridge-capture-status", "200".parse().unwrap());
            assert_eq!(connection.send(failing).await.0, 418);
            let tampered = push("x", SignWith::V2, Some(Forgery::TamperedBody));
            assert_eq!(connection.send(tampered).await.0, 401);
        }
        drop(connection);
        let (code, _, log) = receiver.stop().await;
        assert_eq!(code, 0);
        assert!(log.contains("pushes are written to files"), "{log}");
        let mut expected: Vec<_> = (kinds.iter())
            .flat_map(|kind| (0..10).map(move |number| format!("{kind}-{number}")))
            .flat_map(|name| [format!("{name}.body"), format!("{name}.head")])
            .collect();
        let mut names: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected, "{captured}");
        for name in &names {
            let text = std::fs::read_to_string(folder.join(name)).unwrap();
            assert!(!text.contains(TOKEN) && !text.contains("authorization"), "{name}: {text}");
        }
    }
    let head = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    let failed = head("failed-0.head");
    assert!(failed.contains("\neventbridge-capture-status: 418\n"), "{failed}");
    assert_eq!(failed.matches("capture-status").count(), 1, "not the one of the request");
    assert!(failed.contains(&format!("\neventbridge-capture-url: {URL}\n")), "{failed}");
    assert!(failed.contains("\ncontent-type: text/x-test\n"), "{failed}");
    assert!(head("accepted-0.head").contains("\neventbridge-capture-status: 204\n"));
    assert!(!head("signature-mismatch-0.head").contains("capture-status"));
    assert!(head("signature-mismatch-0.head").contains("\neventbridge-capture-time: 1"));

    let (head, body) = (format!("{path}/failed-0.head"), format!("{path}/failed-0.body"));
    let base = ["--head", &head, "--body", &body, "--endpoint", URL, "--token", TOKEN];
    let certificate = ["--certificate", certificate_argument()];
    let output = run("explain", &[&base[..], &certificate].concat()).await;
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A push that comes again and is rejected for it is not a failure of its handler.
#[tokio::test]
async fn a_replayed_push_is_not_a_failed_one() {
    let folder = temporary_path("captured-replays");
    let path = folder.to_str().unwrap();
    let receiver = start(&["--capture-dir", path, "--capture", "all", "--replay-protection"]).await;
    let mut connection = Connection::open(receiver.address, false).await;
    let request = push("once", SignWith::V2, None);
    for expected in [200, 409] {
        assert_eq!(connection.send(request.clone()).await.0, expected);
    }
    drop(connection);
    receiver.stop().await;
    assert!(folder.join("accepted-0.head").exists() && !folder.join("failed-0.head").exists());
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test]
async fn capture_needs_a_folder() {
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    let certificate = ["--certificate", certificate_argument()];
    for (more, expected) in
        [(["--capture", "all"], "--capture: needs --capture-dir"), (["--capture", "some"], "some")]
    {
        let output = run("receive", &[&base[..], &certificate, &more].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.contains(expected), "{stderr}");
    }
}

/// What a stranger writes as a target, `explain` and `replay` read.
#[tokio::test]
async fn every_target_is_captured_so_that_it_can_be_read() {
    let folder = temporary_path("captured-targets");
    let _ = std::fs::remove_dir_all(&folder);
    let path = folder.to_str().unwrap();
    let receiver = start(&["--capture-dir", path]).await;
    for target in ["CONNECT a.b:443", "POST a.b:443", "OPTIONS *", "POST http://a.b", "POST /?a"] {
        let mut stream = TcpStream::connect(receiver.address).await.unwrap();
        let request = format!("{target} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).await.unwrap();
        assert!(start.starts_with(b"HTTP/1.1 4"), "{target}: {start:?}");
    }
    assert_eq!(receiver.stop().await.0, 0);
    let heads = std::fs::read_dir(&folder).unwrap().filter_map(|file| {
        let path = file.unwrap().path();
        path.extension().is_some_and(|extension| extension == "head").then_some(path)
    });
    let mut count = 0;
    for head in heads {
        let arguments = ["--to", "http://127.0.0.1:1/", head.to_str().unwrap()];
        let said = run("replay", &arguments).await.stderr;
        let said = String::from_utf8(said).unwrap();
        assert!(!said.contains("line 1"), "{said}");
        count += 1;
    }
    assert!(count >= 4, "{count}");
}
