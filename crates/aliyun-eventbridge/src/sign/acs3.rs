//! `ACS3-HMAC-SHA256`: HMAC-SHA256 over method, path, query, headers and the hash of the body.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Method};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::CanonicalRequest;
use crate::credentials::Credentials;

/// Names the method, as the header and the string to sign begin.
pub const METHOD: &str = "ACS3-HMAC-SHA256";

/// Holds what RFC 3986 encodes: everything but its unreserved characters.
pub const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Returns the text whose hash the signature covers.
///
/// `target` is path and query as sent. `body_hash` is the hex SHA-256 of the body. Signed are
/// `accept`, `content-type`, `host`, `user-agent` and every `x-acs-` header, as the SDKs do.
#[must_use]
pub fn canonical_request(
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    body_hash: &str,
) -> CanonicalRequest {
    canonical_request_of(method, target, headers, &signed_names(headers), body_hash)
}

/// Returns the text that covers these headers, in this order. For servers: the header
/// `Authorization` names them.
#[must_use]
pub fn canonical_request_of(
    method: &Method,
    target: &str,
    headers: &HeaderMap,
    names: &[&str],
    body_hash: &str,
) -> CanonicalRequest {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut text = Zeroizing::new(format!("{method}\n{path}\n"));
    text.push_str(&canonical_query(query));
    text.push('\n');
    for name in names {
        text.push_str(name);
        text.push(':');
        text.push_str(&text_of(headers, name));
        text.push('\n');
    }
    text.push('\n');
    text.push_str(&names.join(";"));
    text.push('\n');
    text.push_str(body_hash);
    CanonicalRequest(text)
}

/// Returns the string to sign: the method's name and the hex SHA-256 of the canonical request.
#[must_use]
pub fn string_to_sign(request: &CanonicalRequest) -> String {
    format!("{METHOD}\n{}", sha256_hex(request.as_str().as_bytes()))
}

/// Returns the signature: hex HMAC-SHA256 of the string to sign with the secret.
#[must_use]
pub fn signature(request: &CanonicalRequest, credentials: &Credentials) -> String {
    // Keys of any length are keys of HMAC (RFC 2104), so this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(credentials.secret().as_bytes()) else {
        return String::new();
    };
    mac.update(string_to_sign(request).as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Returns the value of the header `Authorization`.
#[must_use]
pub fn authorization(
    request: &CanonicalRequest,
    headers: &HeaderMap,
    credentials: &Credentials,
) -> String {
    format!(
        "{METHOD} Credential={},SignedHeaders={},Signature={}",
        credentials.access_key_id(),
        signed_names(headers).join(";"),
        signature(request, credentials)
    )
}

/// Returns the hex SHA-256 of bytes, as the header `x-acs-content-sha256` has it.
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn signed_names(headers: &HeaderMap) -> Vec<&str> {
    let is_signed = |name: &&str| {
        name.starts_with("x-acs-")
            || matches!(*name, "accept" | "content-type" | "host" | "user-agent")
    };
    let mut names: Vec<&str> = headers.keys().map(|name| name.as_str()).filter(is_signed).collect();
    names.sort_unstable();
    names
}

/// The wire has form encoding, with `+` for a space; the signature has RFC 3986, sorted.
fn canonical_query(query: &str) -> Zeroizing<String> {
    let recoded = |text: &str| {
        let spaced = Zeroizing::new(text.replace('+', " "));
        let decoded = percent_decode_str(&spaced).decode_utf8_lossy();
        utf8_percent_encode(&decoded, RESERVED).to_string()
    };
    let mut pairs: Vec<Zeroizing<String>> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Zeroizing::new(format!("{}={}", recoded(name), recoded(value)))
        })
        .collect();
    pairs.sort_unstable_by(|one, other| one.as_str().cmp(other));
    let mut text = Zeroizing::new(String::new());
    for pair in &pairs {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(pair);
    }
    text
}

/// Returns the value of a header without edge spaces; several values are joined by commas.
pub(super) fn text_of(headers: &HeaderMap, name: &str) -> String {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).trim().to_owned())
        .collect();
    values.join(",")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
