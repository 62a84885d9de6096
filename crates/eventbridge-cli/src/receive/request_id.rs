//! The id of a request, for the log.

use std::hash::{BuildHasher, RandomState};

use http::Request;

/// The id that a proxy gave the request, if it is one, or one of our own: log lines of one request
/// share it.
pub fn request_id<B>(request: &Request<B>) -> String {
    let given = request.headers().get("x-request-id").and_then(|value| value.to_str().ok());
    let fits = |id: &&str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        (1..=64).contains(&id.len()) && id.bytes().all(letter)
    };
    match given.filter(fits) {
        Some(id) => id.to_owned(),
        None => format!("{:016x}", RandomState::new().hash_one(0)),
    }
}
