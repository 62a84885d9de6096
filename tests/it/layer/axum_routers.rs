//! The layer in axum routers.

use super::setup::*;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, Full};
use tests_support::pushes::{TOKEN, URL, now, signer};
use tower::ServiceExt;
use tower_eventbridge::{
    Authentic, Endpoint, Rejection, Verifier, VerifyLayer,
    signer::{Forgery, SignWith},
};

/// `Router::nest` cuts the prefix off, at every level; the endpoint is the path that arrived.
#[tokio::test]
async fn nested_routers_are_judged_by_the_path_that_arrived() {
    use axum::{Extension, Router, extract::Request as AxumRequest, routing::post};

    async fn handler(Extension(authentic): Extension<Authentic>, request: AxumRequest) -> String {
        assert!(authentic.url().ends_with("/a/b/events"));
        request.uri().path().to_owned()
    }
    let url = "https://hooks.example.com/a/b/events";
    let inner = |endpoint: Endpoint| {
        let verifier = Verifier::builder()
            .endpoint(endpoint)
            .token(TOKEN)
            .certificate(signer().certificate_url(), signer().certificate_pem());
        let layer = VerifyLayer::builder(verifier.build().unwrap()).clock(now).original_uri();
        Router::new().route("/events", post(handler)).layer(layer.build().unwrap())
    };
    for endpoint in [Endpoint::exact(url), Endpoint::origin("https://hooks.example.com")] {
        let app = Router::new().nest("/a", Router::new().nest("/b", inner(endpoint)));
        let good = signer().push(url).token(TOKEN).sign(now()).unwrap().map(Full::new);
        let response = app.clone().oneshot(good).await.unwrap();
        let (status, _, body) = {
            let (parts, body) = response.into_parts();
            (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
        };
        assert_eq!(
            (status.as_u16(), &body[..]),
            (200, &b"/events"[..]),
            "the router sees its own part"
        );
        // A push to what the path is cut down to is one to another URL.
        let cut =
            signer().push("https://hooks.example.com/events").token(TOKEN).seen_as("/a/b/events");
        let response = app.oneshot(cut.sign(now()).unwrap().map(Full::new)).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}

/// Real sockets: axum, layered, over HTTP/1.1 and HTTP/2.
#[tokio::test]
async fn an_axum_router_serves_verified_pushes_only() {
    use axum::{Extension, Router, routing::post};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    async fn handler(Extension(authentic): Extension<Authentic>, body: Bytes) -> String {
        assert_eq!(authentic.body(), &body);
        format!("{} {}", authentic.scheme(), body.len())
    }
    let hooks = Router::new().route("/events", post(handler));
    let app = Router::new().merge(hooks).layer(builder().build().unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let connect = async || TokioIo::new(tokio::net::TcpStream::connect(address).await.unwrap());
    let (mut h1, connection) =
        hyper::client::conn::http1::handshake(connect().await).await.unwrap();
    tokio::spawn(connection);
    let executor = TokioExecutor::new();
    let (mut h2, connection) =
        hyper::client::conn::http2::handshake(executor, connect().await).await.unwrap();
    tokio::spawn(connection);

    for with in [SignWith::V1, SignWith::V2] {
        for forgery in [None, Some(Forgery::TamperedBody), Some(Forgery::OtherToken)] {
            let mut push = signer().push(URL).token(TOKEN).with(with).body("{\"a\":1}");
            if let Some(forgery) = forgery {
                push = push.forgery(forgery);
            }
            let request = || push.sign(now()).unwrap().map(Full::new);
            h1.ready().await.unwrap();
            let over_h1 = h1.send_request(request()).await.unwrap();
            let mut request = request();
            request.headers_mut().remove("host");
            *request.uri_mut() = "http://anything.example/events".parse().unwrap();
            let over_h2 = h2.send_request(request).await.unwrap();
            for response in [over_h1, over_h2] {
                let (status, _, body) = answer(response).await;
                match forgery {
                    None => assert_eq!(
                        (status.as_u16(), body),
                        (200, format!("{} 7", with_name(with)).into())
                    ),
                    Some(_) => assert_eq!(
                        (status.as_u16(), &body[..]),
                        (401, &b"{\"status\":\"rejected\"}"[..])
                    ),
                }
            }
        }
    }
}

fn with_name(with: SignWith) -> &'static str {
    if with == SignWith::V1 { "v1" } else { "v2" }
}

/// Without the setting the feature changes nothing, and the operator reads the cure.
#[tokio::test]
async fn a_nested_router_without_the_setting_is_told_about_it() {
    use axum::{Router, routing::post};

    let url = "https://hooks.example.com/a/events";
    let verifier = Verifier::builder()
        .endpoint(url)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem());
    let layer = builder_of(verifier.build().unwrap()).build().unwrap();
    let inner = Router::new().route("/events", post(async || "let through")).layer(layer);
    let direct = signer().push("https://hooks.example.com/events").token(TOKEN).sign(now());
    let response = inner.clone().oneshot(direct.unwrap().map(Full::new)).await.unwrap();
    let rejection = response.extensions().get::<Rejection>().unwrap().to_string();
    assert!(!rejection.contains("original_uri()"), "no router changed the path: {rejection}");
    let app = Router::new().nest("/a", inner);
    let push = signer().push(url).token(TOKEN).sign(now()).unwrap().map(Full::new);
    let response = app.oneshot(push).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let rejection = response.extensions().get::<Rejection>().unwrap().to_string();
    for part in ["\"/events\"", "\"/a/events\"", "original_uri()", "seen_as"] {
        assert!(rejection.contains(part), "{part}: {rejection}");
    }
}
