//! The platform's part: invokes over real connections, reads the log, and judges an answer as the
//! gateway does.

use std::{
    convert::Infallible,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use aliyun_fc_runtime::AnswerBody;
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use serde_json::{Map, Value};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    task::JoinHandle,
};
use tower::Service;

pub const SECRETS: [&str; 3] = ["STS.key-id-71", "key-secret-72", "security-token-73"];

/// A function instance, served on loopback, and what was written to its log.
pub struct Instance {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

/// Lines of a log.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    pub fn writer(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let lines = Arc::clone(&self.0);
        move |line| lines.lock().unwrap().push(line.to_owned())
    }

    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Instance {
    pub async fn start<S, B>(function: S) -> Self
    where
        S: Service<Request<Incoming>, Response = Response<AnswerBody<B>>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async move {
            let _ = stopped.await;
        };
        let served = tokio::spawn(aliyun_fc_runtime::serve(listener, function, stopped));
        Self { address, stop: Some(stop), served }
    }

    pub async fn call(&self, request: Request<Full<Bytes>>) -> Response<Bytes> {
        call(self.address, request).await
    }

    pub async fn invoke(&self, event: impl Into<Bytes>) -> Invoked {
        invoke(self.address, event).await
    }

    pub async fn hook(&self, method: &str, path: &str) -> Response<Bytes> {
        self.call(platform_request(method, path, path, "hook-1", Bytes::new())).await
    }

    /// SIGTERM's part: what was begun ends.
    pub fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    pub fn is_stopped(&self) -> bool {
        self.served.is_finished()
    }

    pub async fn stopped(self) {
        self.served.await.unwrap();
    }
}

/// One connection and one request, as the platform sends it.
pub async fn call(address: SocketAddr, request: Request<Full<Bytes>>) -> Response<Bytes> {
    let stream = TcpStream::connect(address).await.unwrap();
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
    let connection = tokio::spawn(connection);
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    drop(sender);
    connection.await.unwrap().unwrap();
    Response::from_parts(parts, body)
}

pub async fn invoke(address: SocketAddr, event: impl Into<Bytes>) -> Invoked {
    let request = platform_request("POST", "/invoke", "/invoke", "invoke-1", event.into());
    let (parts, body) = call(address, request).await.into_parts();
    Invoked { status: parts.status, headers: parts.headers, body }
}

pub fn platform_request(
    method: &str,
    path: &str,
    control_path: &str,
    request_id: &str,
    body: impl Into<Bytes>,
) -> Request<Full<Bytes>> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("Host", "127.0.0.1:9000")
        .header("Content-Type", "application/octet-stream")
        .header("X-Fc-Request-Id", request_id)
        .header("X-Fc-Control-Path", control_path)
        .header("X-Fc-Region", "cn-hangzhou")
        .header("X-Fc-Function-Name", "orders")
        .header("X-Fc-Account-Id", "1234567890123456")
        .header("X-Fc-Access-Key-Id", SECRETS[0])
        .header("X-Fc-Access-Key-Secret", SECRETS[1])
        .header("X-Fc-Security-Token", SECRETS[2])
        .header("X-Fc-Something-New", "key-secret-74")
        .body(Full::new(body.into()))
        .unwrap()
}

/// What the platform got for an event. Of a success only the body goes on to whoever invoked.
#[derive(Debug)]
pub struct Invoked {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Invoked {
    /// Whether the platform counts a success (docs/wire-facts.md section 4.3).
    pub fn succeeded(&self) -> bool {
        let status = self.headers.get("x-fc-status").map(HeaderValue::as_bytes);
        self.status == 200 && status.is_none_or(|status| status == b"200")
    }

    /// A function error, by its type.
    pub fn function_error(&self) -> String {
        assert_eq!(self.status, 404, "{self:?}");
        assert_eq!(self.headers["x-fc-status"], "404");
        let body: Map<String, Value> = serde_json::from_slice(&self.body).unwrap();
        assert_eq!(body.keys().collect::<Vec<_>>(), ["errorMessage", "errorType"]);
        body["errorType"].as_str().unwrap().to_owned()
    }

    /// What the gateway's client gets. Whatever breaks a rule of the format would be its 502.
    pub fn through_the_gateway(&self) -> Response<Bytes> {
        assert!(self.succeeded(), "{self:?}");
        self.gateway_response().unwrap_or_else(|rule| panic!("502, {rule}: {:?}", self.body))
    }

    /// docs/wire-facts.md section 4.2, in the strictest reading that no page contradicts.
    fn gateway_response(&self) -> Result<Response<Bytes>, &'static str> {
        let answer: Map<String, Value> =
            serde_json::from_slice(&self.body).map_err(|_| "it is a JSON object")?;
        let mut keys: Vec<_> = answer.keys().map(String::as_str).collect();
        keys.sort_unstable();
        if keys != ["body", "headers", "isBase64Encoded", "statusCode"] {
            return Err("its keys are those four");
        }
        let status = answer["statusCode"].as_u64().ok_or("the status is an integer")?;
        let status = u16::try_from(status).ok().and_then(|code| StatusCode::from_u16(code).ok());
        let status = status.ok_or("the status is one of HTTP")?;
        let is_base64 = answer["isBase64Encoded"].as_bool().ok_or("the flag is a boolean")?;
        let text = answer["body"].as_str().ok_or("the body is a string")?;
        let body = match is_base64 {
            true => STANDARD.decode(text).map_err(|_| "the body is base64 as flagged")?,
            false => text.as_bytes().to_vec(),
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = status;
        for (name, value) in answer["headers"].as_object().ok_or("the headers are a map")? {
            let value = value.as_str().ok_or("header values are strings")?;
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| "names are names")?;
            let value = HeaderValue::from_str(value).map_err(|_| "values are values")?;
            response.headers_mut().append(name, value);
        }
        Ok(response)
    }
}
