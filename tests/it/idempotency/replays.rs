//! Replay protection.

use super::setup::*;
use crate::wall::Wall;
use bytes::Bytes;
use http::{Request, StatusCode};
use http_body_util::Full;
use std::time::Duration;
use tests_support::pushes::{TOKEN, URL, signer};
use tokio::time::sleep;
use tower_eventbridge::{idempotency::RejectReplaysLayer, signer::SignWith};

/// The same signed request again, with whatever is not signed changed.
#[tokio::test(start_paused = true)]
async fn replays_are_rejected_while_they_would_be_accepted() {
    let handler = Handler::new();
    let wall = Wall::new();
    let world = World::new(wall, &RejectReplaysLayer::new(wall.store()), &handler);
    let push = signer().push(URL).token(TOKEN).with(SignWith::Both).body("{}");
    let both = push.sign(wall.now()).unwrap();
    let send = async |request: &Request<Bytes>| world.send(request.clone().map(Full::new)).await;
    assert_eq!(send(&both).await, (200, "handled".to_owned()));
    let rejected = (409, "{\"status\":\"rejected\"}".to_owned());
    assert_eq!(send(&both).await, rejected);

    let mut other_headers = both.clone();
    other_headers.headers_mut().insert("x-other", "1".parse().unwrap());
    assert_eq!(send(&other_headers).await, rejected);
    // The other signature is of the same request.
    let mut v1_only = both.clone();
    for name in ["x-eventbridge-signature-v2", "x-eventbridge-hash-method"] {
        assert!(v1_only.headers_mut().remove(name).is_some());
    }
    assert_eq!(send(&v1_only).await, rejected);
    // The line feed of the reference form, moved into the body, makes the documented form of the
    // same text.
    let mut moved = both.clone();
    *moved.body_mut() = Bytes::from("{}\n");
    assert_eq!(send(&moved).await, rejected);
    assert_eq!(handler.runs(), 1);

    // A new try is signed anew.
    sleep(Duration::from_millis(1)).await;
    assert_eq!(send(&push.sign(wall.now()).unwrap()).await.0, 200);
    // Two minutes later it is too old anyway.
    sleep(Duration::from_secs(120)).await;
    assert_eq!(send(&both).await.0, 401);

    // What failed is not swallowed.
    handler.now(Does::Answer(StatusCode::INTERNAL_SERVER_ERROR));
    let failing = push.sign(wall.now()).unwrap();
    assert_eq!(send(&failing).await.0, 500);
    handler.now(Does::Answer(StatusCode::OK));
    assert_eq!(send(&failing).await.0, 200);
    assert_eq!(send(&failing).await.0, 409);
}
