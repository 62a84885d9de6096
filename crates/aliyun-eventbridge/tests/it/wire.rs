//! Real bytes: the default client against a server on loopback that answers badly.

use std::{convert::Infallible, net::SocketAddr, time::Duration};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    credentials::Credentials,
    endpoint::Endpoint,
    error::CallErrorReason,
    http::HttpErrorKind,
    operation::Protocol,
    publish::{BackgroundPublisher, BackgroundSettings, Event, Publisher},
};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::support::{KEY, SECRET};

async fn bound() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

fn client(address: SocketAddr, deadline: Duration) -> Client {
    let endpoint = Endpoint::given(&format!("http://{address}")).unwrap();
    Client::builder(Protocol::OpenApi, endpoint, Credentials::new(KEY, SECRET).unwrap())
        .deadline(deadline)
        .most_answer_bytes(64 * 1024)
        .retry(RetryPolicy::default().attempts(2).base(Duration::from_millis(1)))
        .build()
        .unwrap()
}

/// Answers each byte of a head after the one before was taken, and never ends.
async fn dripping() -> SocketAddr {
    let (listener, address) = bound().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n";
                let mut rest = head.iter().chain(std::iter::repeat(&b' '));
                let mut tick = tokio::time::interval(Duration::from_millis(5));
                while let Some(byte) = rest.next()
                    && stream.write_all(&[*byte]).await.is_ok()
                {
                    tick.tick().await;
                }
            });
        }
    });
    address
}

/// Whatever the service answers, `close` ends in time and gives every event back once.
#[tokio::test]
async fn a_background_publisher_loses_nothing_to_a_bad_service() {
    let html =
        "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<html></html>";
    let busy = "HTTP/1.1 503 Busy\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>";
    let endless = "HTTP/1.1 200 OK\r\n\r\n{\"EntryList\":[\"";
    for (name, address) in [
        ("HTML", raw(html.as_bytes(), false).await),
        ("a status with HTML", raw(busy.as_bytes(), false).await),
        ("nothing", raw(b"", false).await),
        ("bytes without an end", raw(endless.as_bytes(), true).await),
        ("a byte at a time", dripping().await),
    ] {
        let publisher = Publisher::new(client(address, Duration::from_millis(200)));
        let queue = BackgroundPublisher::start(publisher, BackgroundSettings::default());
        for at in 0..40 {
            let event = Event::new("demo.app", "t").id(format!("evt-{at}"));
            queue.publish(event).await.unwrap();
        }
        let close = queue.close(Duration::from_millis(600));
        let report = tokio::time::timeout(Duration::from_secs(20), close).await.expect(name);
        assert_eq!(report.accepted, 0, "{name}");
        let ids: Vec<_> =
            report.failed.iter().map(|(event, _)| event.given_id().unwrap().to_owned()).collect();
        let all: Vec<_> = (0..40).map(|at| format!("evt-{at}")).collect();
        assert_eq!(ids, all, "{name}");
    }
}

/// Answers each connection with raw bytes, again and again if `endless`.
async fn raw(answer: &'static [u8], endless: bool) -> SocketAddr {
    let (listener, address) = bound().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                while stream.write_all(answer).await.is_ok() && endless {}
                wait_for_end(stream).await;
            });
        }
    });
    address
}

async fn wait_for_end(mut stream: TcpStream) {
    let mut rest = Vec::new();
    let _ = stream.read_to_end(&mut rest).await;
}

#[tokio::test]
async fn events_arrive_as_bytes() {
    let (listener, address) = bound().await;
    let (send, mut seen) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(move |request: Request<Incoming>| {
            let send = send.clone();
            async move {
                let (parts, body) = request.into_parts();
                let body = body.collect().await.unwrap().to_bytes();
                send.send((parts, body)).unwrap();
                let answer = r#"{"FailedEntryCount":0,"EntryList":[{"EventId":"evt-1"}]}"#;
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(answer))))
            }
        });
        let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    });
    let publisher = Publisher::new(client(address, Duration::from_secs(20)));
    let event = Event::new("demo.app", "t").id("evt-1").data("[1.50]", "application/json");
    assert!(publisher.put_events([event]).await.all_accepted());
    let (parts, body) = seen.recv().await.unwrap();
    assert_eq!(parts.headers["host"], address.to_string());
    assert_eq!(parts.headers["content-length"], body.len().to_string());
    assert_eq!(parts.headers["content-type"], "application/cloudevents-batch+json; charset=utf-8");
    assert!(std::str::from_utf8(&body).unwrap().contains(r#""data":[1.50]"#));
    assert_eq!(parts.headers.get_all("accept").iter().count(), 1);
    assert_eq!(parts.headers.get_all("host").iter().count(), 1);
}

#[tokio::test]
async fn answers_without_an_end_stop_at_the_bound() {
    let head =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"a\":\"bbbbbbbbbbbbbbbb";
    let error = client(raw(head, true).await, Duration::from_secs(20))
        .get_rule("b", "r")
        .await
        .unwrap_err();
    let CallErrorReason::Http(cause) = error.reason() else { panic!("{error:?}") };
    assert_eq!(cause.kind(), HttpErrorKind::TooLarge { most: 64 * 1024 });
}

#[tokio::test]
async fn silence_ends_at_the_deadline() {
    for head in [&b""[..], b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"] {
        let address = raw(head, false).await;
        let error =
            client(address, Duration::from_millis(300)).get_rule("b", "r").await.unwrap_err();
        let late =
            matches!(error.reason(), CallErrorReason::Deadline { .. } | CallErrorReason::Http(_));
        assert!(late, "{error:?}");
    }
}

#[tokio::test]
async fn what_is_not_http_is_named() {
    let address = raw(b"SSH-2.0-OpenSSH_9.9\r\n", false).await;
    let error = client(address, Duration::from_secs(20)).get_rule("b", "r").await.unwrap_err();
    assert!(matches!(error.reason(), CallErrorReason::Http(_)), "{error:?}");
    assert_eq!(error.attempts(), 2);
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let head = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    let address = raw(head, false).await;
    let error = client(address, Duration::from_secs(20)).get_rule("b", "r").await.unwrap_err();
    let CallErrorReason::Service(refused) = error.reason() else { panic!("{error:?}") };
    assert_eq!(refused.status, 302);
}

#[tokio::test]
async fn nobody_listens() {
    let (listener, address) = bound().await;
    drop(listener);
    let error = client(address, Duration::from_secs(20)).get_rule("b", "r").await.unwrap_err();
    let CallErrorReason::Http(cause) = error.reason() else { panic!("{error:?}") };
    assert_eq!(cause.kind(), HttpErrorKind::Connect);
    assert!(!format!("{error:?}").contains("RuleName"), "the URL is not in the error");
}
