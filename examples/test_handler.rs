//! How to test a handler: the feature `signer` signs pushes as EventBridge does, by a key that is
//! made for the test, so nothing is fetched and no account is needed.
//!
//! ```text
//! cargo test --example test_handler
//! ```

use axum::{Router, routing::post};
use tower_eventbridge::{VerifyLayer, envelope::CloudEvent};

/// The router under test, apart from where it is served.
fn app(verify: VerifyLayer) -> Router {
    Router::new().route("/eventbridge", post(on_event)).route_layer(verify)
}

async fn on_event(event: CloudEvent) -> String {
    format!("handled {}", event.attributes().id().unwrap_or("without an id"))
}

fn main() {
    // A service serves `app` here: examples/receiver.rs.
    let _ = app;
    println!("cargo test --example test_handler");
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use tower::ServiceExt;
    use tower_eventbridge::{
        Verifier,
        clock::{Clock, SystemClock},
        signer::{Forgery, Push, Signer},
    };

    use super::*;

    const URL: &str = "https://hooks.example.com/eventbridge";
    const TOKEN: &str = "token-of-this-test";
    const EVENT: &str = r#"{"specversion":"1.0","id":"e1","source":"acs.test","type":"t"}"#;

    /// The status and body that the sender of a push gets.
    async fn answer(signer: &Signer, push: Push<'_>) -> (u16, String) {
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate(signer.certificate_url(), signer.certificate_pem())
            .build()
            .unwrap();
        let app = app(VerifyLayer::new(verifier).unwrap());
        let request = push.sign(SystemClock::new().now()).unwrap().map(Body::from);
        let response = app.oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 1024).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn an_authentic_event_is_handled() {
        let signer = Signer::generate().unwrap();
        let push = signer.push(URL).token(TOKEN).body(EVENT);
        assert_eq!(answer(&signer, push).await, (200, "handled e1".to_owned()));
    }

    #[tokio::test]
    async fn a_forged_event_is_not() {
        let signer = Signer::generate().unwrap();
        for forgery in [Forgery::TamperedBody, Forgery::OtherToken, Forgery::Stale] {
            let push = signer.push(URL).token(TOKEN).body(EVENT).forgery(forgery);
            assert_eq!(answer(&signer, push).await.0, 401, "{forgery:?}");
        }
    }
}
