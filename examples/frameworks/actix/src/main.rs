//! Verified pushes in actix-web 4, whose requests are those of `http` 0.2.

use std::{env, future::Future, io, pin::Pin};

use actix_web::{
    App, Error, FromRequest, HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer,
    dev::Payload,
    error::{ErrorInternalServerError, InternalError},
    web::{self, PayloadConfig, ServiceConfig},
};
use http_body_util::Full;
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};

/// A push that was verified. A handler that takes it is called for no other request.
struct Push(Authentic);

impl FromRequest for Push {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let layer = request.app_data::<web::Data<VerifyLayer>>().cloned();
        let mut head = http::Request::builder()
            .method(request.method().as_str())
            .uri(request.uri().to_string());
        for (name, value) in request.headers() {
            head = head.header(name.as_str(), value.as_bytes());
        }
        // At most `PayloadConfig::limit` bytes.
        let body = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            let layer = layer.ok_or_else(|| ErrorInternalServerError("no VerifyLayer"))?;
            let request = head.body(Full::new(body.await?)).map_err(ErrorInternalServerError)?;
            match layer.verify(request).await {
                Ok((proof, _)) => Ok(Self(proof)),
                Err(rejected) => Err(error(rejected.into_response())),
            }
        })
    }
}

/// The library's answer to a push that is not accepted.
fn error(answer: http::Response<bytes::Bytes>) -> Error {
    let status = actix_web::http::StatusCode::from_u16(answer.status().as_u16());
    let mut response = HttpResponseBuilder::new(status.unwrap_or_default());
    for (name, value) in answer.headers() {
        response.append_header((name.as_str(), value.as_bytes()));
    }
    InternalError::from_response("rejected", response.body(answer.into_body())).into()
}

async fn on_push(Push(proof): Push) -> HttpResponse {
    HttpResponse::Ok().body(format!("{} bytes\n", proof.body().len()))
}

/// Adds the route of the pushes.
fn pushes(layer: VerifyLayer) -> impl FnOnce(&mut ServiceConfig) {
    move |config| {
        config
            .app_data(PayloadConfig::new(1024 * 1024))
            .app_data(web::Data::new(layer))
            .route("/eventbridge", web::post().to(on_push));
    }
}

#[actix_web::main]
async fn main() -> io::Result<()> {
    let layer = layer().map_err(io::Error::other)?;
    HttpServer::new(move || App::new().configure(pushes(layer.clone())))
        .bind("127.0.0.1:8080")?
        .run()
        .await
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
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use tower_eventbridge::{
        clock::{Clock, SystemClock},
        signer::{Forgery, Signer},
    };

    use super::*;

    const URL: &str = "https://hooks.example.com/eventbridge";
    const TOKEN: &str = "a-token-of-the-test-0123";

    #[actix_web::test]
    async fn a_push_is_handled_and_a_forged_one_is_not() {
        let signer = Signer::generate().unwrap();
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate(signer.certificate_url(), signer.certificate_pem());
        let layer = VerifyLayer::new(verifier.build().unwrap()).unwrap();
        let app = init_service(App::new().configure(pushes(layer))).await;
        let now = SystemClock::new().now();
        let push = || signer.push(URL).token(TOKEN).body("{}");
        let forged = push().forgery(Forgery::TamperedBody).sign(now).unwrap();
        for (push, status, answer) in [
            (push().sign(now).unwrap(), 200, "2 bytes\n"),
            (forged, 401, r#"{"status":"rejected"}"#),
        ] {
            let mut request = TestRequest::post().uri(&push.uri().to_string());
            for (name, value) in push.headers() {
                request = request.insert_header((name.as_str(), value.as_bytes()));
            }
            let request = request.set_payload(push.into_body());
            let response = call_service(&app, request.to_request()).await;
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(read_body(response).await, answer);
        }
    }
}
