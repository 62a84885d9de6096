//! W3C trace context in the attributes of an event.

use std::fmt;

/// Names the trace that an event belongs to. It is W3C Trace Context in the attributes
/// `traceparent` and `tracestate`, by the CloudEvents extension "Distributed Tracing".
///
/// [`EventAttributes::trace_context`](crate::EventAttributes::trace_context) gives that of an
/// event. The publisher of the event chose it. It says which trace to join, and proves nothing.
///
/// ```
/// use eventbridge_envelope::TraceContext;
///
/// let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
/// let trace = TraceContext::parse(text, Some("vendor=1")).ok_or("not valid")?;
/// assert!(trace.is_sampled());
/// assert_eq!((trace.to_string().as_str(), trace.tracestate()), (text, Some("vendor=1")));
///
/// let without_trace_id = "00-00000000000000000000000000000000-00f067aa0ba902b7-01";
/// assert!(TraceContext::parse(without_trace_id, None).is_none());
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    trace_id: [u8; 16],
    parent_id: [u8; 8],
    flags: u8,
    tracestate: Option<String>,
}

impl TraceContext {
    /// Reads `traceparent` and `tracestate`. Returns `None` if `traceparent` is not valid.
    ///
    /// A valid `traceparent` has a version of two digits other than `ff`, and flags of two digits.
    /// Its trace id has 32 digits and its parent id 16, neither all 0. Digits are hexadecimal in
    /// lower case. Version `00` ends there. A later version may go on after another `-`, which is
    /// not read.
    ///
    /// A `tracestate` that is not valid is left out. It may have 32 members and 1,024 bytes. Each
    /// member must be a key and a value, and no key may be there twice.
    #[must_use]
    pub fn parse(traceparent: &str, tracestate: Option<&str>) -> Option<Self> {
        let mut parts = traceparent.splitn(5, '-');
        let [version] = hexadecimal(parts.next()?)?;
        let trace_id = hexadecimal(parts.next()?)?;
        let parent_id = hexadecimal(parts.next()?)?;
        let [flags] = hexadecimal(parts.next()?)?;
        let ends = parts.next().is_none();
        let known = match version {
            0 => ends,
            0xff => false,
            _ => true,
        };
        let has_ids = trace_id != [0; 16] && parent_id != [0; 8];
        let tracestate = tracestate.filter(|text| is_tracestate(text)).map(str::to_owned);
        (known && has_ids).then_some(Self { trace_id, parent_id, flags, tracestate })
    }

    /// Returns the id of the trace.
    #[must_use]
    pub fn trace_id(&self) -> [u8; 16] {
        self.trace_id
    }

    /// Returns the id of the span that published the event.
    #[must_use]
    pub fn parent_id(&self) -> [u8; 8] {
        self.parent_id
    }

    /// Returns the flags that are known: 1 for a trace that is recorded, and 2 for a trace id that
    /// is random.
    #[must_use]
    pub fn flags(&self) -> u8 {
        self.flags & KNOWN_FLAGS
    }

    /// Returns whether the publisher records the trace.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        self.flags & SAMPLED != 0
    }

    /// Returns what tracing systems added, if it is valid: at most 1,024 bytes of printable ASCII.
    #[must_use]
    pub fn tracestate(&self) -> Option<&str> {
        self.tracestate.as_deref()
    }
}

/// Writes `traceparent` in version `00`.
impl fmt::Display for TraceContext {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("00-")?;
        self.trace_id.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        formatter.write_str("-")?;
        self.parent_id.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))?;
        write!(formatter, "-{:02x}", self.flags())
    }
}

/// Reads exactly `N` bytes in lower case.
fn hexadecimal<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N.checked_mul(2)? {
        return None;
    }
    let digit = |digit: u8| match digit {
        b'0'..=b'9' => digit.checked_sub(b'0'),
        b'a'..=b'f' => digit.checked_sub(b'a' - 10),
        _ => None,
    };
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = digit(*high)? << 4 | digit(*low)?;
    }
    Some(bytes)
}

fn is_tracestate(text: &str) -> bool {
    let members = text.split(',').map(|member| member.trim_matches([' ', '\t']));
    let mut keys = Vec::new();
    for member in members.filter(|member| !member.is_empty()) {
        let Some((key, value)) = member.split_once('=') else { return false };
        if !is_key(key) || !is_value(value) || keys.contains(&key) || keys.len() == MAX_MEMBERS {
            return false;
        }
        keys.push(key);
    }
    !keys.is_empty() && text.len() <= MAX_TRACESTATE_BYTES
}

/// Trace Context level 2, section 3.3.1.3.1.
fn is_key(key: &str) -> bool {
    let begins = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let goes_on = |byte: u8| begins(byte) || b"_-*/@".contains(&byte);
    key.len() <= MAX_KEY_OR_VALUE_BYTES
        && key.bytes().next().is_some_and(begins)
        && key.bytes().all(goes_on)
}

/// Trace Context level 2, section 3.3.1.3.2.
fn is_value(value: &str) -> bool {
    let fits = |byte: u8| matches!(byte, b' '..=b'~') && byte != b'=';
    (1..=MAX_KEY_OR_VALUE_BYTES).contains(&value.len()) && value.bytes().all(fits)
}

const SAMPLED: u8 = 1;
/// Sampled, and the random trace id of level 2. Others are not passed on.
const KNOWN_FLAGS: u8 = 3;
const MAX_MEMBERS: usize = 32;
const MAX_KEY_OR_VALUE_BYTES: usize = 256;
/// Level 2 asks for 512 at least. Servers take 8 KiB of headers and more.
const MAX_TRACESTATE_BYTES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const PARENT: &str = "00f067aa0ba902b7";

    #[test]
    fn traceparent_is_read_strictly() {
        let upper = TRACE.to_uppercase();
        for (name, text, written) in [
            ("version 00", format!("00-{TRACE}-{PARENT}-01"), Some("01")),
            ("not recorded", format!("00-{TRACE}-{PARENT}-00"), Some("00")),
            ("unknown flags are not passed on", format!("00-{TRACE}-{PARENT}-ff"), Some("03")),
            ("later version", format!("cc-{TRACE}-{PARENT}-01"), Some("01")),
            ("later version that goes on", format!("cc-{TRACE}-{PARENT}-01-what"), Some("01")),
            ("later version that ends in a dash", format!("cc-{TRACE}-{PARENT}-01-"), Some("01")),
            ("later version without a dash", format!("cc-{TRACE}-{PARENT}-01.what"), None),
            ("version ff", format!("ff-{TRACE}-{PARENT}-01"), None),
            ("version of one digit", format!("0-{TRACE}-{PARENT}-01"), None),
            ("version in upper case", format!("CC-{TRACE}-{PARENT}-01"), None),
            ("version 00 that goes on", format!("00-{TRACE}-{PARENT}-01-what"), None),
            ("version 00 that ends in a dash", format!("00-{TRACE}-{PARENT}-01-"), None),
            ("trace id in upper case", format!("00-{upper}-{PARENT}-01"), None),
            ("trace id of 31 digits", format!("00-{}-{PARENT}-01", &TRACE[1..]), None),
            ("trace id of 33 digits", format!("00-{TRACE}0-{PARENT}-01"), None),
            ("trace id 0", format!("00-{}-{PARENT}-01", "0".repeat(32)), None),
            ("not hexadecimal", format!("00-{}g-{PARENT}-01", &TRACE[1..]), None),
            ("parent id 0", format!("00-{TRACE}-{}-01", "0".repeat(16)), None),
            ("parent id of 15 digits", format!("00-{TRACE}-{}-01", &PARENT[1..]), None),
            ("flags of one digit", format!("00-{TRACE}-{PARENT}-1"), None),
            ("flags of three digits", format!("00-{TRACE}-{PARENT}-001"), None),
            ("no flags", format!("00-{TRACE}-{PARENT}"), None),
            ("space before", format!(" 00-{TRACE}-{PARENT}-01"), None),
            ("space after", format!("00-{TRACE}-{PARENT}-01 "), None),
            ("line end", format!("00-{TRACE}-{PARENT}-01\n"), None),
            ("not ASCII", format!("00-{TRACE}-{PARENT}-0é"), None),
            ("empty", String::new(), None),
        ] {
            let written = written.map(|flags| format!("00-{TRACE}-{PARENT}-{flags}"));
            let read = TraceContext::parse(&text, None);
            assert_eq!(read.as_ref().map(ToString::to_string), written, "{name}");
        }
        let read = TraceContext::parse(&format!("00-{TRACE}-{PARENT}-02"), None).unwrap();
        assert_eq!((read.is_sampled(), read.flags()), (false, 2));
        assert_eq!((read.trace_id()[0], read.parent_id()[7]), (0x4b, 0xb7));
    }

    #[test]
    fn tracestate_is_left_out_unless_it_is_valid() {
        let members = |count: usize| {
            (0..count).map(|number| format!("k{number}=v")).collect::<Vec<_>>().join(",")
        };
        let long = |bytes: usize| {
            let half = bytes / 4 - 1;
            let text: Vec<_> =
                ["a", "b", "c", "d"].map(|key| format!("{key}={}", "v".repeat(half - 2))).to_vec();
            format!("{}{}", text.join(","), "v".repeat(bytes - 4 * half - 3))
        };
        assert_eq!((long(1024).len(), long(1025).len()), (1024, 1025));
        for (name, text, is_kept) in [
            ("one", "vendor=value".to_owned(), true),
            ("two, white space and an empty one", "a=1 ,\tb@c=2,,".to_owned(), true),
            ("any key", "0a_-*/@=1".to_owned(), true),
            ("any value", "a= !~".to_owned(), true),
            ("the most members", members(32), true),
            ("one member too many", members(33), false),
            ("the longest", long(1024), true),
            ("too long", long(1025), false),
            ("longest key", format!("{}=1", "k".repeat(256)), true),
            ("key too long", format!("{}=1", "k".repeat(257)), false),
            ("longest value", format!("k={}", "v".repeat(256)), true),
            ("value too long", format!("k={}", "v".repeat(257)), false),
            ("empty", String::new(), false),
            ("nothing but commas", " , ".to_owned(), false),
            ("twice", "a=1,a=2".to_owned(), false),
            ("upper case", "A=1".to_owned(), false),
            ("key begins with a sign", "_a=1".to_owned(), false),
            ("no key", "=1".to_owned(), false),
            ("no value", "a=".to_owned(), false),
            ("no sign", "a".to_owned(), false),
            ("two signs", "a=b=c".to_owned(), false),
            ("line end", "a=b\r\nc".to_owned(), false),
            ("not ASCII", "a=é".to_owned(), false),
        ] {
            let read = TraceContext::parse(&format!("00-{TRACE}-{PARENT}-01"), Some(&text));
            let kept = is_kept.then_some(text.as_str());
            assert_eq!(read.as_ref().and_then(TraceContext::tracestate), kept, "{name}");
        }
    }
}
