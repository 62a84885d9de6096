//! Requests of browsers: only pages of this server may ask.

use axum::{
    Json,
    extract::Request,
    middleware::Next,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, Uri, header};
use serde_json::json;

/// Tells whether a request asks for this machine by name, and comes from no other page.
///
/// A page of another site can make a browser send requests here. Then `Origin` names the other
/// site. If the site's own name leads to this machine, `Host` has that name.
#[must_use]
pub fn from_this_machine(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    if !is_loopback(host) {
        return false;
    }
    let mut origins = headers.get_all(header::ORIGIN).iter();
    match (origins.next(), origins.next()) {
        (None, _) => true,
        (Some(origin), None) => origin
            .to_str()
            .ok()
            .and_then(|origin| {
                origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"))
            })
            .is_some_and(|authority| authority.eq_ignore_ascii_case(host)),
        (Some(_), Some(_)) => false,
    }
}

/// Tells whether a host, with or without a port, is a name or address of this machine.
fn is_loopback(authority: &str) -> bool {
    let Ok(uri) = format!("http://{authority}/").parse::<Uri>() else { return false };
    if uri.authority().is_none_or(|parsed| parsed.as_str() != authority || authority.contains('@'))
    {
        return false;
    }
    let host = uri.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|one| one.to_canonical().is_loopback())
}

/// Says whom [`from_this_machine`] lets ask.
pub(super) const ONLY_THIS_MACHINE: &str = "only this machine may ask, by http://127.0.0.1 or \
    http://localhost, and no page of another site";

/// Answers 403 to a request that a page of another site may have made: see [`from_this_machine`].
pub async fn guard(request: Request, next: Next) -> Response {
    if from_this_machine(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, Json(json!({"error": ONLY_THIS_MACHINE}))).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_names_and_other_pages_may_not_ask() {
        for (host, origin, expected) in [
            ("127.0.0.1:8766", None, true),
            ("localhost:8766", Some("http://localhost:8766"), true),
            ("[::1]:8766", Some("http://[::1]:8766"), true),
            ("evil.example:8766", None, false),
            ("127.0.0.1.evil.example", None, false),
            ("localhost@evil.example", None, false),
            ("127.0.0.1:8766", Some("http://evil.example"), false),
            ("127.0.0.1:8766", Some("http://127.0.0.1:9999"), false),
            ("127.0.0.1:8766", Some("null"), false),
            ("", None, false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::HOST, host.parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(header::ORIGIN, origin.parse().unwrap());
            }
            assert_eq!(from_this_machine(&headers), expected, "{host} {origin:?}");
        }
        assert!(!from_this_machine(&HeaderMap::new()));
    }
}
