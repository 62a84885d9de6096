//! Verified pushes in warp 0.4.

use std::env;

use bytes::{Buf, Bytes};
use futures_util::{Stream, TryStreamExt};
use http::{HeaderMap, Method, Response, Uri};
use http_body::Frame;
use http_body_util::StreamBody;
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};
use warp::{
    Filter, Rejection, Reply, body, header, method,
    path::{self, FullPath},
    query, reject,
};

/// The library's answer to a push that is not accepted.
#[derive(Debug)]
struct Rejected(Response<Bytes>);

impl reject::Reject for Rejected {}

/// Extracts the proof of a push, and rejects any other request.
fn push(layer: VerifyLayer) -> impl Filter<Extract = (Authentic,), Error = Rejection> + Clone {
    let query = query::raw().or(warp::any().map(String::new)).unify();
    method()
        .and(path::full())
        .and(query)
        .and(header::headers_cloned())
        .and(body::stream())
        .and_then(move |method, path, query, headers, body| {
            verify(layer.clone(), method, path, query, headers, body)
        })
}

async fn verify(
    layer: VerifyLayer,
    method: Method,
    path: FullPath,
    query: String,
    headers: HeaderMap,
    body: impl Stream<Item = Result<impl Buf + Send + 'static, warp::Error>> + Send + 'static,
) -> Result<Authentic, Rejection> {
    let uri = match query.is_empty() {
        true => path.as_str().parse(),
        false => format!("{}?{query}", path.as_str()).parse::<Uri>(),
    };
    let uri = uri.map_err(|_| reject::not_found())?;
    // The library reads the body, within its limits of time and size.
    let mut push = http::Request::new(StreamBody::new(body.map_ok(Frame::data)));
    *push.method_mut() = method;
    *push.uri_mut() = uri;
    *push.headers_mut() = headers;
    match layer.verify(push).await {
        Ok((proof, _)) => Ok(proof),
        Err(rejected) => Err(reject::custom(Rejected(rejected.into_response()))),
    }
}

fn app(layer: VerifyLayer) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let pushes = warp::path!("eventbridge").and(push(layer)).map(|proof: Authentic| {
        Response::new(Bytes::from(format!("{} bytes\n", proof.body().len())))
    });
    pushes.recover(async |rejection: Rejection| match rejection.find::<Rejected>() {
        Some(Rejected(response)) => Ok(response.clone()),
        None => Err(rejection),
    })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    warp::serve(app(layer()?)).run(([127, 0, 0, 1], 8080)).await;
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
        let app = app(VerifyLayer::new(verifier.build().unwrap()).unwrap());
        let now = SystemClock::new().now();
        let push = || signer.push(URL).token(TOKEN).body("{}");
        let forged = push().forgery(Forgery::TamperedBody).sign(now).unwrap();
        for (push, status, answer) in [
            (push().sign(now).unwrap(), 200, "2 bytes\n"),
            (forged, 401, r#"{"status":"rejected"}"#),
        ] {
            let mut request = warp::test::request().method("POST").path(&push.uri().to_string());
            for (name, value) in push.headers() {
                request = request.header(name, value);
            }
            let response = request.body(push.into_body()).reply(&app).await;
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.body(), answer);
        }
    }
}
