//! Headers that belong to one connection or one message on it, and those that go on to the other end (RFC 9110 section 7.6.1).

use http::{HeaderMap, HeaderName, header};

/// Removes what belongs to one connection.
pub(crate) fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let mut named = Vec::new();
    for value in headers.get_all(header::CONNECTION) {
        let names = value.as_bytes().split(|byte| *byte == b',');
        let names = names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok());
        named.extend(names.filter(|name| !is_end_to_end(name)));
    }
    let known = [
        header::CONNECTION,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
        header::PROXY_AUTHENTICATE,
        header::PROXY_AUTHORIZATION,
        header::TE,
        header::TRAILER,
        header::TRANSFER_ENCODING,
        header::UPGRADE,
    ];
    for name in known.into_iter().chain(named) {
        headers.remove(name);
    }
}

/// What `Connection` must not name, as it is for the other end (RFC 9110 section 7.6.1): a sender would take away what the
/// gateway in between says about him.
fn is_end_to_end(name: &HeaderName) -> bool {
    let known = [header::AUTHORIZATION, header::COOKIE, header::FORWARDED, header::VIA];
    let prefixes = ["ca", "content-", "x-ca-", "x-forwarded-", "x-real-"];
    known.contains(name) || prefixes.iter().any(|prefix| name.as_str().starts_with(prefix))
}
