//! Which path leads where.

use std::{sync::Arc, time::Duration};

use aliyun_eventbridge::{
    credentials::Credentials,
    error::ErrorCode,
    operation::Protocol,
    random::{SystemRandom, uuid},
};
use axum::{
    Router,
    body::Body,
    extract::{Request, State},
    response::{IntoResponse as _, Response},
    routing::{any, get, post},
};
use bytes::Bytes;
use http::header;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tokio::time::timeout;

use super::{
    guard::{ONLY_THIS_MACHINE, from_this_machine},
    local_api,
};
use crate::{
    fault::Fault,
    handle::Handle,
    limits::MOST_REQUEST_BYTES,
    protocol::{ApiRequest, answer_of_fault, answered},
};

/// What the routes know.
#[derive(Clone)]
pub(crate) struct Front {
    pub(crate) handle: Handle,
    pub(crate) credentials: Arc<[Credentials]>,
    /// The path of the certificate's URL.
    pub(crate) certificate_path: String,
    pub(crate) certificate_pem: Bytes,
    pub(crate) timeout: Duration,
}

/// Returns the routes, and those of pages.
pub(crate) fn routes(front: Front, pages: Router) -> Router {
    let pem = front.certificate_pem.clone();
    let local = local_api::routes(front.handle.clone());
    let certificate = get(async move || ([(header::CONTENT_TYPE, "application/x-pem-file")], pem));
    Router::new()
        .route(&front.certificate_path, certificate)
        .route("/openapi/{operation}", post(openapi))
        .route("/", any(api))
        .fallback(unknown)
        .with_state(front)
        .nest("/local", local)
        .merge(pages)
}

async fn openapi(State(front): State<Front>, request: Request) -> Response {
    front.answered(Protocol::OpenApi, request).await
}

async fn api(State(front): State<Front>, request: Request) -> Response {
    front.answered(Protocol::Api20200401, request).await
}

/// A path that neither protocol has is answered in the shape of that which it is nearer to.
async fn unknown(request: Request) -> Response {
    let protocol = if request.uri().path().starts_with("/openapi/") {
        Protocol::OpenApi
    } else {
        Protocol::Api20200401
    };
    let fault = Fault::new(404, ErrorCode::from("InvalidAction.NotFound"), "no such path");
    answer_of_fault(protocol, &request_id(), &fault)
}

impl Front {
    async fn answered(&self, protocol: Protocol, request: Request<Body>) -> Response {
        let id = request_id();
        // The default key is public: a page of another site could sign what it asks for.
        if !from_this_machine(request.headers()) {
            let fault = Fault::new(403, ErrorCode::AccessDenied, ONLY_THIS_MACHINE);
            return answer_of_fault(protocol, &id, &fault);
        }
        let done = async {
            match whole(request, id.clone()).await {
                Ok(request) => {
                    answered(&self.handle.core, &self.credentials, protocol, &request).await
                }
                Err(fault) => answer_of_fault(protocol, &id, &fault),
            }
        };
        match timeout(self.timeout, done).await {
            Ok(response) => response,
            Err(_) => {
                let message = "the request did not arrive and was not answered in time";
                let fault = Fault::new(408, ErrorCode::from("RequestTimeout"), message);
                let mut response = answer_of_fault(protocol, &id, &fault);
                // What still arrives is not a request.
                let close = http::HeaderValue::from_static("close");
                response.headers_mut().insert(header::CONNECTION, close);
                response.into_response()
            }
        }
    }
}

/// Reads the body, up to its limit.
async fn whole(request: Request<Body>, id: String) -> Result<ApiRequest, Fault> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, MOST_REQUEST_BYTES).collect().await.map_err(|error| {
        if error.downcast_ref::<LengthLimitError>().is_some() {
            let message = format!("the body has more than {MOST_REQUEST_BYTES} bytes");
            return Fault::new(413, ErrorCode::from("RequestEntityTooLarge"), message);
        }
        Fault::new(400, ErrorCode::from("InvalidRequest"), "the body did not arrive whole")
    })?;
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
    Ok(ApiRequest {
        method: parts.method,
        target,
        headers: parts.headers,
        body: body.to_bytes(),
        id,
    })
}

fn request_id() -> String {
    // Without randomness the id says nothing, and the answer is right all the same.
    uuid(&SystemRandom::new()).unwrap_or_default().to_ascii_uppercase()
}
