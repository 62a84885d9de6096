//! A test of a webhook receiver with a whole EventBridge around it: publish, rule, signed push.
//!
//! ```text
//! cargo test -p eventbridge-local --example receiver
//! ```

use axum::{Router, extract::State, routing::post};
use tower_eventbridge::{VerifyLayer, envelope::CloudEvent, extract::Verified};

/// What the service does with an order. Yours is a database.
type Orders = tokio::sync::mpsc::UnboundedSender<String>;

/// The router under test, apart from where it is served.
fn app(verify: VerifyLayer, orders: Orders) -> Router {
    Router::new().route("/eventbridge", post(on_event)).route_layer(verify).with_state(orders)
}

async fn on_event(State(orders): State<Orders>, event: Verified<CloudEvent>) {
    let _ = orders.send(event.attributes().id().unwrap_or("without an id").to_owned());
}

fn main() {
    // A service serves `app` here.
    let _ = app;
    println!("cargo test -p eventbridge-local --example receiver");
}

#[cfg(test)]
mod tests {
    use aliyun_eventbridge::{publish::Event, rules::CreateRule, sinks::HttpsTarget};
    use eventbridge_local::LocalEventBridge;
    use tokio::{net::TcpListener, sync::mpsc};
    use tower_eventbridge::Verifier;

    use super::*;

    const TOKEN: &str = "token-of-this-test";

    #[tokio::test]
    async fn an_order_arrives_and_another_event_does_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/eventbridge", listener.local_addr().unwrap());

        let hook = HttpsTarget::new(&url).token(TOKEN).into_target("hook").unwrap();
        let pattern = r#"{"type":[{"prefix":"demo:Order:"}]}"#;
        let bridge = LocalEventBridge::builder()
            .rule(CreateRule::new("default", "orders", pattern).target(hook))
            .start()
            .await
            .unwrap();

        let verifier = Verifier::builder()
            .endpoint(url.as_str())
            .token(TOKEN)
            .certificate(bridge.certificate_url(), bridge.certificate_pem())
            .build()
            .unwrap();
        let (orders, mut ordered) = mpsc::unbounded_channel();
        let app = app(VerifyLayer::new(verifier).unwrap(), orders);
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });

        bridge.publish(Event::new("demo.app", "demo:Payment:Made").id("p1")).await.unwrap();
        bridge.publish(Event::new("demo.app", "demo:Order:Created").id("o1")).await.unwrap();
        bridge.wait_for_deliveries(1).await;
        assert_eq!(ordered.recv().await.as_deref(), Some("o1"));
        assert!(bridge.dead_letters(0, None, 10).is_empty());
    }
}
