//! The head file: `name: value` lines, a request line may precede them.

use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};

/// A request head as captured.
#[derive(Clone)]
pub struct Head {
    pub request_line: Option<RequestLine>,
    pub headers: HeaderMap,
}

#[derive(Clone)]
pub struct RequestLine {
    pub method: Method,
    pub target: Uri,
}

/// A byte order mark at the start counts for nothing; LF or CRLF; split at the first colon; spaces
/// and tabs around a value are dropped, other bytes kept; a blank line ends it.
pub fn parse(bytes: &[u8]) -> Result<Head, String> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut head = Head { request_line: None, headers: HeaderMap::new() };
    for (index, line) in bytes.split(|&byte| byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let at = |problem: &str| format!("line {}: {problem}", index + 1);
        if index == 0
            && let Some(request_line) = request_line(line)
        {
            head.request_line = Some(request_line.map_err(at)?);
            continue;
        }
        let mut halves = line.splitn(2, |&byte| byte == b':');
        let (Some(name), Some(value)) = (halves.next(), halves.next()) else {
            return Err(at("no colon; a header is `name: value`"));
        };
        let value = trim(value);
        let name =
            HeaderName::from_bytes(name).map_err(|_| at("no header name before the colon"))?;
        let value = HeaderValue::from_bytes(value).map_err(|_| at("a byte that HTTP refuses"))?;
        head.headers.try_append(name, value).map_err(|_| at("too many headers"))?;
    }
    if head.headers.is_empty() && head.request_line.is_none() {
        return Err("there is nothing before the first blank line".into());
    }
    Ok(head)
}

/// `METHOD SP target [SP version]`; `None` if the line is a header's.
fn request_line(line: &[u8]) -> Option<Result<RequestLine, &'static str>> {
    let mut words = line.split(|&byte| byte == b' ');
    let (method, target, version) = (words.next()?, words.next()?, words.next());
    let is_version = version.is_none_or(|version| version.starts_with(b"HTTP/"));
    let is_target =
        target.starts_with(b"/") || target.windows(3).any(|part| part == b"://") || target == b"*";
    if method.contains(&b':') || !is_version || !is_target || words.next().is_some() {
        return None;
    }
    let parsed = Method::from_bytes(method).map_err(|_| "the request line has no method").and_then(
        |method| {
            let target = Uri::try_from(target)
                .map_err(|_| "the request target has a byte that HTTP refuses")?;
            Ok(RequestLine { method, target })
        },
    );
    Some(parsed)
}

fn trim(mut value: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = value {
        value = rest;
    }
    value
}
