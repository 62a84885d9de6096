//! Paths and queries rewritten as proxies and clients rewrite them.

/// `None` if nothing changes or the result is no text.
pub(super) fn percent_decoded(text: &str, plus_is_space: bool) -> Option<String> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match (byte, escaped_octet(byte, after)) {
            (_, Some((octet, after))) => {
                decoded.push(octet);
                rest = after;
            }
            (b'+', None) if plus_is_space => decoded.push(b' '),
            (byte, None) => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).ok().filter(|decoded| decoded != text)
}

fn escaped_octet(byte: u8, after: &[u8]) -> Option<(u8, &[u8])> {
    let (hex, rest) = after.split_at_checked(2)?;
    let digits = std::str::from_utf8(hex).ok().filter(|_| hex.iter().all(u8::is_ascii_hexdigit))?;
    (byte == b'%').then_some(())?;
    Some((u8::from_str_radix(digits, 16).ok()?, rest))
}

/// With escapes for what no URL may have, in either case of hex digits; with escapes for reserved
/// characters too, as encoders of components write them; and with every `%` escaped once more.
pub(super) fn percent_encoded(text: &str) -> Vec<String> {
    let encoded = |plain: &[u8], upper: bool| {
        let mut encoded = String::new();
        for &byte in text.as_bytes() {
            if byte.is_ascii_alphanumeric() || plain.contains(&byte) {
                encoded.push(char::from(byte));
            } else if upper {
                encoded += &format!("%{byte:02X}");
            } else {
                encoded += &format!("%{byte:02x}");
            }
        }
        encoded
    };
    let forms = [
        encoded(b"-._~!$&'()*+,;=:@/?%", true),
        encoded(b"-._~!$&'()*+,;=:@/?%", false),
        encoded(b"-._~/&=%", true),
        encoded(b"-._~/&=%", false),
        text.replace('%', "%25"),
    ];
    forms.into_iter().filter(|form| form != text).collect()
}

/// With the digits of every escape in one case.
pub(super) fn with_hex_case(text: &str, upper: bool) -> String {
    let mut cased = String::new();
    let mut left = 0_u8;
    for (at, character) in text.char_indices() {
        let rest = text.as_bytes().get(at + 1..).unwrap_or_default();
        if left == 0 && character == '%' && escaped_octet(b'%', rest).is_some() {
            left = 2;
            cased.push('%');
        } else if left > 0 {
            left -= 1;
            cased.push(if upper {
                character.to_ascii_uppercase()
            } else {
                character.to_ascii_lowercase()
            });
        } else {
            cased.push(character);
        }
    }
    cased
}

pub(super) fn with_merged_slashes(path: &str) -> String {
    let mut merged = String::new();
    for character in path.chars() {
        if character != '/' || !merged.ends_with('/') {
            merged.push(character);
        }
    }
    merged
}

/// A path with slashes doubled at two places or more: every choice of them where there are few,
/// else every two, all, and all but the first or the last.
pub(super) fn with_doubled_slashes(path: &str) -> Vec<String> {
    let count = path.matches('/').count();
    if count > MOST_SLASHES {
        return Vec::new();
    }
    let all = (1_u32 << count) - 1;
    let choices: Vec<u32> = if count <= FEW_SLASHES {
        (1..=all).collect()
    } else {
        let twos = (0..count).flat_map(|a| (0..a).map(move |b| 1 << a | 1 << b));
        twos.chain([all, all & !1, all >> 1]).collect()
    };
    let doubled = |choice: u32| {
        let mut doubled = String::new();
        let mut place = 0;
        for character in path.chars() {
            doubled.push(character);
            if character == '/' {
                if choice >> place & 1 == 1 {
                    doubled.push('/');
                }
                place += 1;
            }
        }
        doubled
    };
    choices.into_iter().filter(|choice| choice.count_ones() > 1).map(doubled).collect()
}

/// A query with its spaces written in the other ways: `+`, which forms have, and `%20`.
pub(super) fn with_other_spaces(query: &str) -> Vec<String> {
    let forms = [query.replace("%20", "+").replace(' ', "+"), query.replace(['+', ' '], "%20")];
    forms.into_iter().filter(|form| form != query).collect()
}

/// RFC 3986 section 5.2.4, for a path that begins with a slash.
pub(super) fn without_dot_segments(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." => {}
            ".." => drop(kept.pop()),
            segment => {
                kept.push(segment);
                continue;
            }
        }
        if last {
            kept.push("");
        }
    }
    if path.starts_with('/') { format!("/{}", kept.join("/")) } else { path.to_owned() }
}

/// Slashes of which every choice is tried.
const FEW_SLASHES: usize = 6;
/// A hostile path can have thousands.
const MOST_SLASHES: usize = 16;
