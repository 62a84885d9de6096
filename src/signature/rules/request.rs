//! The method and the content encoding of a request.

use http::{HeaderMap, HeaderValue, Method, header};

use crate::signature::{excerpt::Excerpt, rejection::Reason};

/// Accepts a method that is allowed. The method is not signed.
pub(crate) fn check_method(method: &Method, allowed: &[Method]) -> Result<(), Reason> {
    if allowed.contains(method) {
        return Ok(());
    }
    Err(Reason::HttpMethod { got: Excerpt::of(method.as_str().as_bytes()) })
}

/// Accepts identity only: a body that is decoded on the way is not the body that was signed.
pub(crate) fn check_encoding(headers: &HeaderMap) -> Result<(), Reason> {
    let plain = |value: &HeaderValue| {
        value.as_bytes().split(|&byte| byte == b',').all(|coding| {
            let coding = coding.trim_ascii();
            coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
        })
    };
    match headers.get_all(header::CONTENT_ENCODING).iter().find(|value| !plain(value)) {
        Some(value) => Err(Reason::ContentEncoding { got: Excerpt::of(value.as_bytes()) }),
        None => Ok(()),
    }
}
