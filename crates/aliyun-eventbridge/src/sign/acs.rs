//! `acs`: HMAC-SHA1 over method, content type, date, `x-acs-` headers and path.
//!
//! The vendor's pages print `acs <id>:<signature>` and a line for `Accept`.
//! Its SDKs send `acs:<id>:<signature>` and leave that line out; this module does as the SDKs do.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use percent_encoding::percent_decode_str;
use sha1::Sha1;
use zeroize::Zeroizing;

use super::CanonicalRequest;
use crate::credentials::Credentials;

/// Returns the text that the signature of a request covers.
///
/// ```
/// use aliyun_eventbridge::sign::acs;
/// use http::{HeaderMap, Method};
///
/// let mut headers = HeaderMap::new();
/// headers.insert("date", "Thu, 26 Nov 2026 06:40:00 GMT".parse()?);
/// headers.insert("x-acs-signature-nonce", "1".parse()?);
/// let text = acs::canonical_request(&Method::POST, "/openapi/putEvents", &headers);
/// assert_eq!(
///     text.as_str(),
///     "POST\n\n\nThu, 26 Nov 2026 06:40:00 GMT\nx-acs-signature-nonce:1\n/openapi/putEvents"
/// );
/// # Ok::<(), http::header::InvalidHeaderValue>(())
/// ```
#[must_use]
pub fn canonical_request(method: &Method, target: &str, headers: &HeaderMap) -> CanonicalRequest {
    text(method, None, target, headers)
}

/// Returns the text as the vendor's pages have it, with a line for `accept` after the method. For
/// servers: a client signs [`canonical_request`].
#[must_use]
pub fn documented_canonical_request(
    method: &Method,
    target: &str,
    headers: &HeaderMap,
) -> CanonicalRequest {
    text(method, Some("accept"), target, headers)
}

fn text(
    method: &Method,
    first: Option<&'static str>,
    target: &str,
    headers: &HeaderMap,
) -> CanonicalRequest {
    let mut text = Zeroizing::new(format!("{method}\n"));
    for name in first.into_iter().chain(["content-md5", "content-type", "date"]) {
        text.push_str(&super::acs3::text_of(headers, name));
        text.push('\n');
    }
    let mut names: Vec<&str> =
        headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("x-acs")).collect();
    names.sort_unstable();
    for name in names {
        text.push_str(name);
        text.push(':');
        text.push_str(&super::acs3::text_of(headers, name));
        text.push('\n');
    }
    let (path, query) = target.split_once('?').map_or((target, None), |(p, q)| (p, Some(q)));
    text.push_str(path);
    if let Some(query) = query {
        let mut pairs: Vec<&str> = query.split('&').collect();
        pairs.sort_unstable();
        text.push('?');
        text.push_str(&percent_decode_str(&pairs.join("&")).decode_utf8_lossy());
    }
    CanonicalRequest(text)
}

/// Returns the signature: base64 of HMAC-SHA1 with the secret.
#[must_use]
pub fn signature(request: &CanonicalRequest, credentials: &Credentials) -> String {
    // Keys of any length are keys of HMAC (RFC 2104), so this never fails.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(credentials.secret().as_bytes()) else {
        return String::new();
    };
    mac.update(request.as_str().as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Returns the value of the header `authorization`.
#[must_use]
pub fn authorization(request: &CanonicalRequest, credentials: &Credentials) -> String {
    format!("acs:{}:{}", credentials.access_key_id(), signature(request, credentials))
}
