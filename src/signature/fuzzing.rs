//! For `crate::fuzzing`.

use super::scheme::{BodyEnding, Scheme, SignedHead, Sink, TemporarySecret};

pub(crate) fn secret_of_block(block: &[u8]) -> Option<Vec<u8>> {
    TemporarySecret::from_block(block).ok().map(|secret| secret.as_bytes().to_vec())
}

pub(crate) fn string_to_sign(
    scheme: Scheme,
    url: &str,
    (timestamp, certificate_url, token): (&[u8], &[u8], Option<&[u8]>),
    body: &[&[u8]],
    ending: BodyEnding,
) -> Vec<u8> {
    let mut string = Vec::new();
    let method = scheme.method();
    SignedHead { url, method, timestamp, certificate_url, token }.feed(&mut string);
    body.iter().for_each(|frame| string.put(frame));
    string.put(ending.bytes());
    string
}
