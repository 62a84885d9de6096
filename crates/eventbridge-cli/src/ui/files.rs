//! The files of the page, and the headers of everything that it asks for.

use axum::{
    Router,
    extract::Request,
    middleware::{self, Next},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use eventbridge_local::guard;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// What a page is about.
#[derive(Clone, Copy)]
pub enum Page {
    /// What happens in a local EventBridge.
    Local,
    /// The verdicts of a receiver.
    Receive,
}

impl Page {
    const fn index(self) -> &'static str {
        match self {
            Self::Local => include_str!("page/local.html"),
            Self::Receive => include_str!("page/receive.html"),
        }
    }

    const fn script(self) -> &'static str {
        match self {
            Self::Local => include_str!("page/local.js"),
            Self::Receive => include_str!("page/receive.js"),
        }
    }
}

const STYLE: &str = include_str!("page/style.css");
const COMMON: &str = include_str!("page/common.js");

/// Nothing but the page's own files, and no frame around it.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Returns the page at `/ui/`, with what it asks for.
///
/// Only this machine may ask, by its own name: a page of another site is rejected, and so is a name
/// that somebody else made lead here. A link on another page may lead here.
pub fn pages(page: Page, asked: Router) -> Router {
    const HTML: &str = "text/html; charset=utf-8";
    const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
    let page = Router::new()
        .route("/", get(async move || typed(HTML, page.index())))
        .route("/style.css", get(async || typed("text/css; charset=utf-8", STYLE)))
        .route("/common.js", get(async || typed(JAVASCRIPT, COMMON)))
        .route("/script.js", get(async move || typed(JAVASCRIPT, page.script())))
        .merge(asked)
        .fallback(async || (StatusCode::NOT_FOUND, "there is no such path"))
        .layer(middleware::from_fn(own_pages_only))
        .layer(middleware::from_fn(guard))
        .layer(middleware::from_fn(headers));
    Router::new().route("/ui", get(async || Redirect::permanent("/ui/"))).nest("/ui/", page)
}

fn typed(media_type: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(media_type))], text)
}

/// Rejects what another site's page embeds: an image, say, which comes without an `Origin` and
/// could take the room of a stream. Browsers say so (Fetch Metadata, section 2).
async fn own_pages_only(request: Request, next: Next) -> Response {
    if is_embedded_elsewhere(request.headers()) {
        return (StatusCode::FORBIDDEN, "no page of another site may ask").into_response();
    }
    next.run(request).await
}

fn is_embedded_elsewhere(headers: &HeaderMap) -> bool {
    let says = |name: &str, value: &str| headers.get(name).is_some_and(|one| one == value);
    let foreign = says("sec-fetch-site", "cross-site") || says("sec-fetch-site", "same-site");
    foreign && !(says("sec-fetch-mode", "navigate") && says("sec-fetch-dest", "document"))
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
