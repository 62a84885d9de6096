//! Verified pushes in rocket 0.5, whose requests are its own.

use std::env;

use bytes::Bytes;
use http_body_util::Full;
use rocket::{
    Build, Data, Request, Rocket,
    data::{FromData, Outcome, ToByteUnit},
    http::Status,
    post, routes,
};
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};

/// A push that was verified. A handler that takes it is called for no other request.
struct Push(Authentic);

#[rocket::async_trait]
impl<'r> FromData<'r> for Push {
    type Error = String;

    async fn from_data(request: &'r Request<'_>, data: Data<'r>) -> Outcome<'r, Self> {
        match verify(request, data).await {
            Ok(proof) => Outcome::Success(Self(proof)),
            Err((status, reason)) => Outcome::Error((status, reason)),
        }
    }
}

/// The status of an error is the library's. Its body is that of rocket's catchers.
async fn verify(request: &Request<'_>, data: Data<'_>) -> Result<Authentic, (Status, String)> {
    let failed = |reason: &str| (Status::InternalServerError, reason.to_owned());
    let layer = request.rocket().state::<VerifyLayer>().ok_or(failed("no VerifyLayer"))?;
    let body = data.open(1.mebibytes()).into_bytes().await;
    let body = body.map_err(|error| (Status::BadRequest, error.to_string()))?;
    if !body.is_complete() {
        return Err((Status::PayloadTooLarge, "more than 1 MiB".to_owned()));
    }
    let mut head =
        http::Request::builder().method(request.method().as_str()).uri(request.uri().to_string());
    for header in request.headers().iter() {
        head = head.header(header.name().as_str(), header.value());
    }
    let push = head.body(Full::new(Bytes::from(body.into_inner())));
    let push = push.map_err(|error| (Status::BadRequest, error.to_string()))?;
    match layer.verify(push).await {
        Ok((proof, _)) => Ok(proof),
        Err(rejected) => {
            let reason = rejected.rejection().to_string();
            Err((Status::new(rejected.into_response().status().as_u16()), reason))
        }
    }
}

#[post("/eventbridge", data = "<push>")]
fn on_push(push: Push) -> String {
    format!("{} bytes\n", push.0.body().len())
}

fn app(layer: VerifyLayer) -> Rocket<Build> {
    rocket::build().manage(layer).mount("/", routes![on_push])
}

#[rocket::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    app(layer()?).launch().await?;
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
    use rocket::{http::Header, local::asynchronous::Client};
    use tower_eventbridge::{
        clock::{Clock, SystemClock},
        signer::{Forgery, Signer},
    };

    use super::*;

    const URL: &str = "https://hooks.example.com/eventbridge";
    const TOKEN: &str = "a-token-of-the-test-0123";

    #[rocket::async_test]
    async fn a_push_is_handled_and_a_forged_one_is_not() {
        let signer = Signer::generate().unwrap();
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate(signer.certificate_url(), signer.certificate_pem());
        let app = app(VerifyLayer::new(verifier.build().unwrap()).unwrap());
        let client = Client::untracked(app).await.unwrap();
        let now = SystemClock::new().now();
        let push = || signer.push(URL).token(TOKEN).body("{}");
        let forged = push().forgery(Forgery::TamperedBody).sign(now).unwrap();
        for (push, status) in [(push().sign(now).unwrap(), 200), (forged, 401)] {
            let mut request = client.post(push.uri().to_string());
            for (name, value) in push.headers() {
                let value = value.to_str().unwrap().to_owned();
                request.add_header(Header::new(name.as_str().to_owned(), value));
            }
            let response = request.body(push.into_body()).dispatch().await;
            assert_eq!(response.status().code, status);
            if status == 200 {
                assert_eq!(response.into_string().await.unwrap(), "2 bytes\n");
            }
        }
    }
}
