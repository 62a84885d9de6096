//! The body: how long it is said to be, how long it is, and that it cannot be read in two ways.

use http::{HeaderMap, header};

use crate::signature::rejection::Reason;

/// Reads the length that Content-Length declares, if there is one, and holds it to the limit.
/// Repeated values must agree (RFC 9110 section 8.6).
pub(crate) fn declared_length(headers: &HeaderMap, limit: u64) -> Result<Option<u64>, Reason> {
    let mut declared = None;
    for value in headers.get_all(header::CONTENT_LENGTH) {
        let length = decimal(value.as_bytes()).ok_or(Reason::MalformedLength)?;
        if declared.is_some_and(|declared| declared != length) {
            return Err(Reason::MalformedLength);
        }
        declared = Some(length);
    }
    match declared {
        Some(declared) if declared > limit => Err(Reason::DeclaredTooLarge { declared, limit }),
        Some(_) | None => Ok(declared),
    }
}

/// Takes digits only; a number that does not fit is larger than any limit.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

/// Accepts a frame after so many bytes if the body then still is within the limit.
pub(crate) fn check_room(received: u64, frame: usize, limit: u64) -> Result<(), Reason> {
    let frame = u64::try_from(frame).unwrap_or(u64::MAX);
    if received.saturating_add(frame) > limit {
        return Err(Reason::BodyTooLarge { limit });
    }
    Ok(())
}

/// Accepts a body that is as long as it was declared, if it was.
pub(crate) fn check_complete(got: u64, declared: Option<u64>) -> Result<(), Reason> {
    match declared {
        Some(declared) if got != declared => Err(Reason::BodyIncomplete { declared, got }),
        Some(_) | None => Ok(()),
    }
}

/// Accepts any body where the token line is signed. Else rejects a body that begins like a token
/// line: the string to sign could be read as one with that line.
pub(crate) fn check_unambiguous(body: &[u8], token_line_is_signed: bool) -> Result<(), Reason> {
    if !token_line_is_signed && begins_like_a_token_line(body) {
        return Err(Reason::BodyAmbiguous);
    }
    Ok(())
}

fn begins_like_a_token_line(body: &[u8]) -> bool {
    let prefix = b"x-eventbridge-signature-token:";
    body.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
