//! The files of the page, and the headers of everything that it asks for.

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use eventbridge_local::guard;
use http::{HeaderName, HeaderValue, StatusCode, header};

const INDEX: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// Nothing but the page's own files, and no frame around it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Returns the page at `/ui/`, with what it asks for.
///
/// Only this machine may ask, by its own name: a page of another site is rejected, and so is a name
/// that somebody else made lead here.
pub fn pages(asked: Router) -> Router {
    let page = Router::new()
        .route("/", get(async || typed("text/html; charset=utf-8", INDEX)))
        .route("/style.css", get(async || typed("text/css; charset=utf-8", STYLE)))
        .route("/script.js", get(async || typed("text/javascript; charset=utf-8", SCRIPT)))
        .merge(asked)
        .fallback(async || (StatusCode::NOT_FOUND, "there is no such path"))
        .layer(middleware::from_fn(guard))
        .layer(middleware::from_fn(headers));
    Router::new().route("/ui", get(async || Redirect::permanent("/ui/"))).nest("/ui/", page)
}

fn typed(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], text)
}

async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let constant = |name: &'static str, value: &'static str| {
        (HeaderName::from_static(name), HeaderValue::from_static(value))
    };
    response.headers_mut().extend([
        (header::CONTENT_SECURITY_POLICY, POLICY),
        constant("x-content-type-options", "nosniff"),
        constant("referrer-policy", "no-referrer"),
        constant("cross-origin-resource-policy", "same-origin"),
        constant("cache-control", "no-store"),
    ]);
    response
}
