//! `--capture-dir`: what it writes is what `explain` reads.

use tower_eventbridge::signer::{Forgery, SignWith};

use super::{Connection, push, start};
use crate::{
    process::run,
    sender::{TOKEN, URL, certificate_argument},
};

/// A refused push is captured so that `explain` gives the same reason, without its token and readable by its owner only.
#[tokio::test]
async fn refused_pushes_are_captured_for_explain() {
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
    assert!(log.contains("--capture-dir: refused pushes are written"), "{log}");
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
