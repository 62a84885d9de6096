//! Bad input on any path, and targets that misbehave.

use std::time::Duration;

use eventbridge_local::{Bounds, LocalEventBridge, StartErrorKind};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use crate::support::{event, in_time, rule, target};

#[tokio::test]
async fn any_body_to_any_path_is_answered_4xx_in_the_shape_of_the_vendor() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let http = reqwest::Client::new();
    let bodies: [&[u8]; 6] = [b"", b"{", b"[]", b"\xff\xfe", b"[{\"id\":[]}]", b"null"];
    for path in ["/openapi/putEvents", "/openapi/x", "/", "/?a=%ff", "/x", "/openapi/", "/local/x"]
    {
        for body in bodies {
            for authorization in
                [None, Some("acs:local:x"), Some("ACS3-HMAC-SHA256 Credential=local")]
            {
                let mut request = http.post(format!("{}{path}", bridge.url())).body(body);
                if let Some(value) = authorization {
                    request = request.header("authorization", value);
                }
                let response = request.send().await.unwrap();
                assert!(response.status().is_client_error(), "{path}");
                let text = response.text().await.unwrap();
                let json: serde_json::Value = serde_json::from_str(&text).unwrap();
                assert!(json.is_object(), "{path}: {text}");
            }
        }
    }
    let long = http.post(format!("{}/openapi/putEvents", bridge.url())).body(vec![b' '; 5 << 20]);
    // The server may close before all is sent.
    if let Ok(response) = long.send().await {
        assert_eq!(response.status().as_u16(), 413);
    }
}

#[tokio::test]
async fn a_page_of_another_site_gets_nothing() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let http = reqwest::Client::new();
    let url = format!("{}/local/status", bridge.url());
    assert_eq!(http.get(&url).send().await.unwrap().status().as_u16(), 200);
    let rebound = http.get(&url).header("host", "evil.example").send().await.unwrap();
    assert_eq!(rebound.status().as_u16(), 403);
    let other = http.get(&url).header("origin", "http://evil.example").send().await.unwrap();
    assert_eq!(other.status().as_u16(), 403);
    // The default key is public, so that such a page could sign.
    for path in ["/", "/openapi/putEvents"] {
        let asked = http.post(format!("{}{path}", bridge.url())).header("host", "evil.example");
        let text = asked.send().await.unwrap().text().await.unwrap();
        assert!(text.contains("only this machine may ask"), "{path}: {text}");
    }
}

/// A name that stands twice would have its value copied twice, whatever the signature is.
#[tokio::test]
async fn signed_headers_have_a_bound() {
    let bridge = LocalEventBridge::builder().start().await.unwrap();
    let least = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;\
                 x-acs-version";
    let many: String = (0..65).map(|number| format!(";a{number}")).collect();
    for (more, refused) in [(";host", true), (many.as_str(), true), (";a", false)] {
        let authorization =
            format!("ACS3-HMAC-SHA256 Credential=local,SignedHeaders={least}{more},Signature=00");
        let http = reqwest::Client::new();
        let asked = http.post(bridge.url()).header("authorization", authorization);
        let text = asked.send().await.unwrap().text().await.unwrap();
        assert_eq!(text.contains("names a header twice, or more than 64"), refused, "{text}");
    }
}

#[tokio::test]
async fn other_machines_are_not_listened_to() {
    let address = "0.0.0.0:0".parse().unwrap();
    let error = LocalEventBridge::builder().listen(address).start().await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::Listen);
}

#[tokio::test]
async fn a_client_that_says_nothing_is_closed() {
    let mut bounds = Bounds::default();
    bounds.request_timeout = Duration::from_millis(50);
    let bridge = LocalEventBridge::builder().bounds(bounds).start().await.unwrap();
    for beginning in ["", "POST /openapi/putEvents HTTP/1.1\r\n"] {
        let mut stream = TcpStream::connect(bridge.address()).await.unwrap();
        stream.write_all(beginning.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        // Closed, by an answer or without one.
        let _ = in_time(stream.read_to_end(&mut rest)).await;
    }
    let mut stream = TcpStream::connect(bridge.address()).await.unwrap();
    let head = "POST /openapi/putEvents HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9\r\n\r\n[";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    in_time(stream.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
}

/// What a target does with a connection.
#[derive(Clone, Copy)]
enum Does {
    Hang,
    Close,
    Drip,
    Redirect,
    Flood,
    Garbage,
}

async fn misbehaving(does: Does) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = [0; 65_536];
                let _ = stream.read(&mut head).await;
                let ok = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                match does {
                    Does::Hang => std::future::pending().await,
                    Does::Close => {}
                    Does::Drip => {
                        let _ = stream
                            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 999\r\n\r\n")
                            .await;
                        loop {
                            if stream.write_all(b"x").await.is_err() {
                                return;
                            }
                            tokio::time::sleep(Duration::from_millis(10)).await;
                        }
                    }
                    Does::Redirect => {
                        let text = "HTTP/1.1 307 X\r\nlocation: \
                             http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
                        let _ = stream.write_all(text.as_bytes()).await;
                    }
                    Does::Flood => {
                        let _ = stream.write_all(ok.as_bytes()).await;
                        let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
                        while stream.write_all(chunk.as_bytes()).await.is_ok() {}
                    }
                    Does::Garbage => {
                        let _ = stream.write_all(b"220 not a web server\r\n").await;
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn targets_that_misbehave_are_cut() {
    let mut bounds = Bounds::default();
    bounds.target_timeout = Duration::from_millis(200);
    for (does, reason) in [
        (Does::Hang, "no whole answer within"),
        (Does::Close, "error"),
        (Does::Drip, "no whole answer within"),
        (Does::Redirect, "redirects are not followed"),
        (Does::Garbage, "error"),
    ] {
        let url = misbehaving(does).await;
        let bridge = LocalEventBridge::builder()
            .rule(rule("r", target("hook", &url)))
            .bounds(bounds)
            .time_scale(1_000_000.0)
            .start()
            .await
            .unwrap();
        bridge.publish(event("1")).await.unwrap();
        in_time(bridge.wait_for_dead_letters(1)).await;
        let letter = bridge.dead_letters(0, None, 1).remove(0);
        assert!(letter.reason.contains(reason), "{}", letter.reason);
    }
    // A flood of 2xx is an answer, of which the beginning is read.
    let url = misbehaving(Does::Flood).await;
    let bridge = LocalEventBridge::builder()
        .rule(rule("r", target("hook", &url)))
        .bounds(bounds)
        .start()
        .await
        .unwrap();
    bridge.publish(event("1")).await.unwrap();
    in_time(bridge.wait_for_deliveries(1)).await;
}
