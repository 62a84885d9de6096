//! JSON with U+FFFD read in place of what is not Unicode text.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::{
    raw::{decode_as, json_in},
    undecodable::{replaced, without_lone_surrogates},
};
use crate::error::EnvelopeError;

/// Replaces every half of a surrogate pair, and every byte that is not of UTF-8. Bytes that are not
/// JSON even then stay, for the error.
pub(crate) fn as_unicode(json: &[u8]) -> Cow<'_, [u8]> {
    let text = in_utf8(json);
    match str::from_utf8(&text).map(without_lone_surrogates) {
        Ok(Cow::Owned(replaced)) => replaced.into_bytes().into(),
        Ok(Cow::Borrowed(_)) | Err(_) => text,
    }
}

/// Replaces every byte that is not of UTF-8 by U+FFFD, if the result is JSON.
pub(crate) fn in_utf8(json: &[u8]) -> Cow<'_, [u8]> {
    match String::from_utf8_lossy(json) {
        Cow::Owned(text) if json_in(text.as_bytes()).is_ok() => text.into_bytes().into(),
        Cow::Owned(_) | Cow::Borrowed(_) => json.into(),
    }
}

/// Decodes as [`decode_as`], and replaces values that no type can hold.
pub(crate) fn decode_as_lossy<T: DeserializeOwned>(
    field: &str,
    json: &[u8],
) -> Result<T, EnvelopeError> {
    let json = in_utf8(json);
    match str::from_utf8(&json) {
        Ok(text) => decode_as(field, replaced(text).as_bytes()),
        Err(_) => decode_as(field, &json),
    }
}
