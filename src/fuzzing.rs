//! Gives fuzz targets the private parts that they need. It exists with `--cfg fuzzing` only.

#![allow(missing_docs, reason = "not public")]

use crate::signature::fuzzing as signature;

pub fn secret_of_block(block: &[u8]) -> Option<Vec<u8>> {
    signature::secret_of_block(block)
}

pub fn string_to_sign(
    v2: bool,
    url: &str,
    timestamp: &[u8],
    certificate_url: &[u8],
    token: Option<&[u8]>,
    body: &[&[u8]],
    reference: bool,
) -> Vec<u8> {
    let form = if reference {
        crate::signature::BodyEnding::Reference
    } else {
        crate::signature::BodyEnding::Documented
    };
    let scheme = if v2 { crate::signature::Scheme::V2 } else { crate::signature::Scheme::V1 };
    signature::string_to_sign(scheme, url, (timestamp, certificate_url, token), body, form)
}
