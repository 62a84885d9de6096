//! Paths and queries as clients send them: two spellings of one target are equal here.
//!
//! The signed URL is not changed here. A target only says for which endpoints a request can be.

/// Returns the target in the form in which targets are compared. An octet that no URL may have as
/// it stands (RFC 3986 section 3.3 and 3.4) is escaped. Hexadecimal digits of escapes are
/// upper-case (section 6.2.2.1). Nothing is decoded: `%2F` is not `/`, and `%73` is not `s`.
pub(crate) fn comparable(target: &str) -> impl Iterator<Item = u8> {
    let mut rest = target.as_bytes();
    let mut pending: &[u8] = &[];
    let mut escape = [0; 2];
    let mut escape_left = 0;
    std::iter::from_fn(move || {
        if let Some((&byte, after)) = pending.split_first() {
            pending = after;
            return Some(byte.to_ascii_uppercase());
        }
        if escape_left > 0 {
            let [high, low] = escape;
            escape_left -= 1;
            return Some(if escape_left == 1 { high } else { low });
        }
        let (&byte, after) = rest.split_first()?;
        rest = after;
        if byte == b'%'
            && let Some((hex, after)) = after.split_at_checked(2)
            && hex.iter().all(u8::is_ascii_hexdigit)
        {
            (pending, rest) = (hex, after);
        } else if !stands_unescaped(byte) {
            (escape, escape_left) = ([hex_digit(byte >> 4), hex_digit(byte & 0xF)], 2);
            return Some(b'%');
        }
        Some(byte)
    })
}

/// Returns whether no client escapes the octet: `pchar`, `/` and `?` of RFC 3986, except the
/// apostrophe. Browsers escape that in queries (WHATWG URL, special-query percent-encode set).
const fn stands_unescaped(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' // unreserved
            | b'!' | b'$' | b'&' | b'(' | b')' | b'*' | b'+' | b',' | b';' | b'=' // sub-delims
            | b':' | b'@' | b'/' | b'?'
        )
}

const fn hex_digit(nibble: u8) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ => b'A' + nibble - 10,
    }
}

/// Returns the fault of a target that no client can send, if it has one. It is the part of a URL
/// before any fragment.
pub(crate) fn problem(target: &str) -> Option<&'static str> {
    if target.chars().any(char::is_control) {
        return Some("it has a control character, which no client sends; leave it out");
    }
    if target.contains('#') {
        return Some("it has a fragment, which no client sends; leave out # and what follows");
    }
    if target.starts_with(' ') || target.ends_with(' ') {
        return Some("it ends in a space, which no client sends; leave it out or write %20");
    }
    if comparable(target).count() > MAX_TARGET_BYTES {
        return Some("its path and query are longer than a request line may have (65,534 bytes)");
    }
    None
}

/// The limit of the crate `http`.
const MAX_TARGET_BYTES: usize = 65_534;

#[cfg(test)]
mod tests {
    use super::*;

    fn text(target: &str) -> String {
        comparable(target).map(char::from).collect()
    }

    #[test]
    fn targets_are_compared_in_one_form() {
        for (target, form) in [
            ("/events", "/events"),
            ("/caf\u{e9}", "/caf%C3%A9"),
            ("/caf%c3%a9", "/caf%C3%A9"),
            ("/\u{4e8b}\u{4ef6}?\u{20ac}=\u{1f600}", "/%E4%BA%8B%E4%BB%B6?%E2%82%AC=%F0%9F%98%80"),
            ("/a b?c d", "/a%20b?c%20d"),
            ("/\"<>\\^`{|}[]", "/%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"),
            ("/a'b", "/a%27b"),
            ("/100%", "/100%25"),
            ("/%2fx%2Fy%zz%4", "/%2Fx%2Fy%25zz%254"),
            ("/-._~!$&()*+,;=:@/?a/b?c", "/-._~!$&()*+,;=:@/?a/b?c"),
            ("", ""),
        ] {
            assert_eq!(text(target), form, "{target}");
            assert_eq!(text(form), form, "{target}: it stays as it is");
        }
    }
}
