//! Verified pushes in poem 3.

use std::env;

use http_body_util::Full;
use poem::{
    Endpoint, EndpointExt, Error, FromRequest, Request, RequestBody, Response, Route, Server,
    handler, http::StatusCode, listener::TcpListener, post,
};
use tower_eventbridge::{Authentic, Verifier, VerifyLayer};

const MAX_BODY_BYTES: usize = 1024 * 1024;

/// A push that was verified. A handler that takes it is called for no other request.
struct Push(Authentic);

impl<'a> FromRequest<'a> for Push {
    async fn from_request(request: &'a Request, body: &mut RequestBody) -> poem::Result<Self> {
        let layer = request.data::<VerifyLayer>();
        let layer = layer.ok_or_else(|| Error::from_status(StatusCode::INTERNAL_SERVER_ERROR))?;
        let body = body.take()?.into_bytes_limit(MAX_BODY_BYTES).await?;
        let mut push = http::Request::new(Full::new(body));
        *push.method_mut() = request.method().clone();
        // `Route::nest` cuts its prefix off the other one.
        *push.uri_mut() = request.original_uri().clone();
        *push.headers_mut() = request.headers().clone();
        match layer.verify(push).await {
            Ok((proof, _)) => Ok(Self(proof)),
            Err(rejected) => Err(Error::from_response(response(rejected.into_response()))),
        }
    }
}

/// The library's answer to a push that is not accepted.
fn response(answer: http::Response<bytes::Bytes>) -> Response {
    let (parts, body) = answer.into_parts();
    let mut response = Response::builder().status(parts.status).body(body);
    response.headers_mut().extend(parts.headers);
    response
}

#[handler]
fn on_push(Push(proof): Push) -> String {
    format!("{} bytes\n", proof.body().len())
}

fn app(layer: VerifyLayer) -> impl Endpoint {
    Route::new().at("/eventbridge", post(on_push)).data(layer)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Ok(Server::new(TcpListener::bind("127.0.0.1:8080")).run(app(layer()?)).await?)
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
    use poem::listener::{Acceptor, Listener};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpStream,
    };
    use tower_eventbridge::{
        clock::{Clock, SystemClock},
        signer::{Forgery, Signer},
    };

    use super::*;

    const URL: &str = "https://hooks.example.com/eventbridge";
    const TOKEN: &str = "a-token-of-the-test-0123";

    /// Over TCP: requests of poem's own test client have no original URI.
    #[tokio::test]
    async fn a_push_is_handled_and_a_forged_one_is_not() {
        let signer = Signer::generate().unwrap();
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate(signer.certificate_url(), signer.certificate_pem());
        let layer = VerifyLayer::new(verifier.build().unwrap()).unwrap();
        let acceptor = TcpListener::bind("127.0.0.1:0").into_acceptor().await.unwrap();
        let address = *acceptor.local_addr()[0].as_socket_addr().unwrap();
        tokio::spawn(Server::new_with_acceptor(acceptor).run(app(layer)));
        let now = SystemClock::new().now();
        let push = || signer.push(URL).token(TOKEN).body("{}");
        let forged = push().forgery(Forgery::TamperedBody).sign(now).unwrap();
        for (push, status, answer) in [
            (push().sign(now).unwrap(), "HTTP/1.1 200 ", "\r\n\r\n2 bytes\n"),
            (forged, "HTTP/1.1 401 ", "\r\n\r\n{\"status\":\"rejected\"}"),
        ] {
            let mut bytes = format!("POST {} HTTP/1.1\r\nconnection: close\r\n", push.uri());
            for (name, value) in push.headers().iter().filter(|(name, _)| *name != "content-length")
            {
                bytes += &format!("{name}: {}\r\n", value.to_str().unwrap());
            }
            bytes += &format!("content-length: {}\r\n\r\n", push.body().len());
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(bytes.as_bytes()).await.unwrap();
            stream.write_all(push.body()).await.unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            assert!(response.starts_with(status) && response.ends_with(answer), "{response}");
        }
    }
}
