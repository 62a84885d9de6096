//! The demands on the text of an endpoint's URL. The signed text is never changed.

use std::borrow::Cow;

use super::target::problem;

/// Returns path and query of an exact URL, from its raw text: `http::Uri` would drop a fragment.
pub(crate) fn target_of_exact(url: &str) -> Result<Cow<'_, str>, &'static str> {
    let rest = after_scheme(url)?;
    let end_of_authority = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, target) = rest.split_at(end_of_authority);
    check_exact_authority(authority)?;
    if url.chars().any(char::is_control) || url.ends_with(char::is_whitespace) {
        return Err("it has a control character, or a space at its end, which no client sends");
    }
    let target = target.split_once('#').map_or(target, |(target, _)| target);
    if let Some(problem) = problem(target) {
        return Err(problem);
    }
    Ok(if target.starts_with('/') { target.into() } else { format!("/{target}").into() })
}

/// Checks that a client can connect to the authority. It is signed as it stands, and never
/// compared.
fn check_exact_authority(authority: &str) -> Result<(), &'static str> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (name, port) = match host.rsplit_once(':') {
        // In brackets stands an IPv6 address.
        Some((name, port)) if !port.contains(']') => (name, port),
        _ => (host, ""),
    };
    if name.is_empty() {
        return Err("it has no host");
    }
    if !port.is_empty() && (port.parse::<u16>().is_err() || port.starts_with('+')) {
        return Err("its port is not a number from 0 to 65535");
    }
    let allowed = |character: char| {
        !character.is_ascii() || u8::try_from(character).is_ok_and(is_authority_byte)
    };
    if authority.chars().any(|character| character.is_control() || character.is_whitespace())
        || !name.chars().all(allowed)
    {
        return Err("its host has a character that no client can look up");
    }
    Ok(())
}

pub(crate) fn check_origin(origin: &str) -> Result<(), &'static str> {
    let authority = after_scheme(origin)?;
    if authority.is_empty() {
        return Err("it has no host");
    }
    if authority.contains(['/', '?', '#']) {
        return Err("an origin has no path; give an exact URL, or scheme and host only");
    }
    if !is_authority(authority) {
        return Err("it has user information or a character that is not allowed in a host");
    }
    Ok(())
}

fn after_scheme(url: &str) -> Result<&str, &'static str> {
    let (scheme, rest) = url.split_once("://").ok_or("it must begin with https:// or http://")?;
    if !scheme.eq_ignore_ascii_case("https") && !scheme.eq_ignore_ascii_case("http") {
        return Err("it must begin with https:// or http://");
    }
    Ok(rest)
}

/// Returns whether the text is host and port without user information.
pub(crate) fn is_authority(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(is_authority_byte)
}

fn is_authority_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte)
}
