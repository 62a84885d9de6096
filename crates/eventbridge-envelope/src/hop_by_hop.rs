//! Headers that belong to one connection (RFC 9110 section 7.6.1), and names that pass for others.

use std::collections::HashMap;

use http::{HeaderMap, HeaderName, header};

/// Removes the headers of one connection: those that always belong to it, and those that
/// `Connection` names.
///
/// For a message that came over a connection and goes on over another (RFC 9110 section 7.6.1).
pub fn remove_hop_by_hop(headers: &mut HeaderMap) {
    remove_named_by_connection(headers);
    remove_always_hop_by_hop(headers);
}

/// Removes the headers that always belong to one connection.
pub(crate) fn remove_always_hop_by_hop(headers: &mut HeaderMap) {
    for name in HOP_BY_HOP {
        headers.remove(name);
    }
}

fn remove_named_by_connection(headers: &mut HeaderMap) {
    let mut named = Vec::new();
    for value in headers.get_all(header::CONNECTION) {
        let names = value.as_bytes().split(|byte| *byte == b',');
        named.extend(names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok()));
    }
    for name in named {
        headers.remove(name);
    }
}

/// Removes names that a server behind a CGI-like interface would take for a header that it acts on.
/// Such a server writes `_` for any byte that is not a letter or digit (RFC 3875 section 4.1.18).
pub(crate) fn remove_lookalikes(headers: &mut HeaderMap) {
    let other = |one: char| one != '-' && !one.is_ascii_alphanumeric();
    if !headers.keys().any(|name| name.as_str().contains(other)) {
        return;
    }
    let read_as = |name: &HeaderName| name.as_str().replace(other, "-");
    let mut spellings = HashMap::<String, usize>::new();
    for name in headers.keys() {
        let count = spellings.entry(read_as(name)).or_default();
        *count = count.saturating_add(1);
    }
    // Two spellings of one name too: the server may take either, and one may be the client's own.
    let lookalike = |name: &&HeaderName| {
        name.as_str().contains(other) && {
            let read_as = read_as(name);
            is_acted_on(&read_as) || spellings.get(&read_as).is_some_and(|count| *count > 1)
        }
    };
    let lookalikes: Vec<_> = headers.keys().filter(lookalike).cloned().collect();
    for name in lookalikes {
        headers.remove(name);
    }
}

fn is_acted_on(name: &str) -> bool {
    HOP_BY_HOP.contains(&name)
        || ACTED_ON.contains(&name)
        || ACTED_ON_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// The headers of RFC 9110 section 7.6.1, and those that belong to a connection by their own
/// definition (sections 6.6.2, 11.7).
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
/// Names with a hyphen that servers act on: of the HTTP field name registry and of common proxies.
const ACTED_ON: [&str; 17] = [
    "api-version",
    "cache-control",
    "client-ip",
    "early-data",
    "http2-settings",
    "idempotency-key",
    "last-modified",
    "max-forwards",
    "remote-addr",
    "remote-user",
    "script-name",
    "set-cookie",
    "ssl-client-cert",
    "strict-transport-security",
    "user-agent",
    "www-authenticate",
    "true-client-ip",
];
const ACTED_ON_PREFIXES: [&str; 18] = [
    "accept-",
    "access-control-",
    "ca-",
    "cf-",
    "content-",
    "eventbridge-",
    "if-",
    "proxy-",
    "request-",
    "sec-",
    "server-",
    "ssl-",
    "webhook-",
    "x-",
    "ali-",
    "eagleeye-",
    "ce-",
    "forwarded-",
];
