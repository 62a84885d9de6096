//! Verified pushes in salvo 0.85.

use std::env;

use salvo::{
    Depot, FlowCtrl, Listener, Request, Response, Router, Server, conn::TcpListener, handler,
};
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};

/// Lets only verified pushes through, and leaves the proof in the depot.
struct VerifyPush(VerifyLayer);

#[handler]
impl VerifyPush {
    async fn handle(
        &self,
        request: &mut Request,
        depot: &mut Depot,
        response: &mut Response,
        control: &mut FlowCtrl,
    ) {
        // The library reads the body, within its limits of time and size.
        let mut push = http::Request::new(request.take_body());
        *push.method_mut() = request.method().clone();
        *push.uri_mut() = request.uri().clone();
        *push.headers_mut() = request.headers().clone();
        match self.0.verify(push).await {
            Ok((proof, _)) => {
                depot.inject(proof);
            }
            Err(rejected) => {
                let (parts, body) = rejected.into_response().into_parts();
                response.status_code(parts.status);
                response.headers_mut().extend(parts.headers);
                response.body(body);
                control.skip_rest();
            }
        }
    }
}

#[handler]
async fn on_push(depot: &mut Depot) -> String {
    match depot.obtain::<Authentic>() {
        Ok(proof) => format!("{} bytes\n", proof.body().len()),
        Err(_) => "no proof\n".to_owned(),
    }
}

fn app(layer: VerifyLayer) -> Router {
    Router::with_path("eventbridge").hoop(VerifyPush(layer)).post(on_push)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let listener = TcpListener::new("127.0.0.1:8080").bind().await;
    Server::new(listener).serve(app(layer()?)).await;
    Ok(())
}

fn layer() -> Result<VerifyLayer, Box<dyn std::error::Error + Send + Sync>> {
    let verifier = Verifier::builder()
        .endpoint(env::var("EVENTBRIDGE_ENDPOINT")?)
        .token(env::var("EVENTBRIDGE_TOKEN")?)
        .certificate(
            env::var("EVENTBRIDGE_CERTIFICATE_URL")?,
            std::fs::read(env::var("EVENTBRIDGE_CERTIFICATE_FILE")?)?,
        );
    Ok(VerifyLayer::new(verifier.build()?)?)
}

#[cfg(test)]
mod tests {
    use salvo::{
        Service,
        test::{ResponseExt, TestClient},
    };
    use tower_eventbridge::{
        clock::{Clock, SystemClock},
        signer::{Forgery, Signer},
    };

    use super::*;

    const URL: &str = "https://hooks.example.com/eventbridge";
    const TOKEN: &str = "a-token-of-the-test-0123";

    #[tokio::test]
    async fn a_push_is_handled_and_a_forged_one_is_not() {
        let signer = Signer::generate().unwrap();
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate(signer.certificate_url(), signer.certificate_pem());
        let app = Service::new(app(VerifyLayer::new(verifier.build().unwrap()).unwrap()));
        let now = SystemClock::new().now();
        let push = || signer.push(URL).token(TOKEN).body("{}");
        let forged = push().forgery(Forgery::TamperedBody).sign(now).unwrap();
        for (push, status, answer) in [
            (push().sign(now).unwrap(), 200, "2 bytes\n"),
            (forged, 401, r#"{"status":"rejected"}"#),
        ] {
            let mut request = TestClient::post(format!("http://localhost{}", push.uri()));
            for (name, value) in push.headers() {
                request = request.add_header(name, value, true);
            }
            let mut response = request.body(push.into_body()).send(&app).await;
            assert_eq!(response.status_code.map(|status| status.as_u16()), Some(status));
            assert_eq!(response.take_string().await.unwrap(), answer);
        }
    }
}
