//! The size of an event as EventBridge counts it.
//!
//! ```
//! use aliyun_eventbridge::event_size::EventParts;
//!
//! let event = EventParts {
//!     id: "1",
//!     source: "acs.oss",
//!     specversion: "1.0",
//!     r#type: "oss:ObjectCreated",
//!     time: true,
//!     data: r#"{"size": 1}"#.as_bytes(),
//!     ..EventParts::default()
//! };
//! assert_eq!(event.size(), 36 + 1 + 7 + 3 + 17 + 11);
//! ```

use crate::{
    JsonEvent,
    json::tape::{Kind, Node},
};

/// Holds what EventBridge counts of an event. Extensions, member names and punctuation are not
/// counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::exhaustive_structs, reason = "the vendor's formula; it is built by users")]
pub struct EventParts<'a> {
    /// The attribute `id`.
    pub id: &'a str,
    /// The attribute `source`.
    pub source: &'a str,
    /// The attribute `specversion`.
    pub specversion: &'a str,
    /// The attribute `type`.
    pub r#type: &'a str,
    /// The attribute `subject`; absent counts as empty.
    pub subject: &'a str,
    /// The attribute `dataschema`; absent counts as empty.
    pub dataschema: &'a str,
    /// The attribute `datacontenttype`; absent counts as empty.
    pub datacontenttype: &'a str,
    /// Whether there is a time: it counts 36 bytes, however it is written.
    pub time: bool,
    /// The data's bytes; absent counts as empty.
    pub data: &'a [u8],
}

impl EventParts<'_> {
    /// Returns the size in bytes: 36 for a time, and the bytes of the attributes and the data.
    #[must_use]
    pub fn size(&self) -> usize {
        let texts = [
            self.id,
            self.source,
            self.specversion,
            self.r#type,
            self.subject,
            self.dataschema,
            self.datacontenttype,
        ];
        let texts = texts.iter().map(|text| text.len());
        let time = if self.time { TIME_BYTES } else { 0 };
        texts.fold(self.data.len().saturating_add(time), usize::saturating_add)
    }
}

/// Returns the size in bytes of an event in CloudEvents' JSON format.
///
/// `data` counts its JSON text as it is written. A string counts its characters alone if
/// `datacontenttype` is there and is not JSON. `data_base64` counts the bytes that it decodes to.
/// An attribute that is null counts as absent.
///
/// ```
/// use aliyun_eventbridge::{JsonEvent, event_size::event_size};
///
/// let event = JsonEvent::parse(r#"{"id": "1", "source": "主题", "data": {"size": 1.50}}"#)?;
/// assert_eq!(event_size(&event), 1 + 6 + 14);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn event_size(event: &JsonEvent<'_>) -> usize {
    let member = |wanted: &str| {
        let named = event.root().members().filter(|(name, _)| name.characters() == wanted);
        named.last().map(|(_, value)| value).filter(|value| value.kind() != Kind::Null)
    };
    let attributes = ATTRIBUTES.iter().filter_map(|name| member(name)).map(text_bytes);
    let time = member("time").map_or(0, |_| TIME_BYTES);
    let json = member("datacontenttype").is_none_or(|value| is_json(&value.characters()));
    let data = match (member("data"), member("data_base64")) {
        (Some(data), _) if json => data.raw().len(),
        (Some(data), _) => text_bytes(data),
        (None, Some(base64)) => decoded_bytes(&base64.characters()),
        (None, None) => 0,
    };
    attributes.fold(data.saturating_add(time), usize::saturating_add)
}

fn text_bytes(value: Node<'_>) -> usize {
    if value.kind() == Kind::String { value.characters().len() } else { value.raw().len() }
}

/// Returns whether a media type is JSON: `application/json`, `text/json`, `application/x+json`.
fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.is_empty() || essence.ends_with("/json") || essence.ends_with("+json")
}

/// Returns how many bytes a base64 text decodes to, without decoding it.
fn decoded_bytes(base64: &str) -> usize {
    let digits =
        base64.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(byte));
    let digits = digits.count();
    // Four digits are three bytes; two are one, three are two.
    (digits / 4).saturating_mul(3).saturating_add((digits % 4).saturating_sub(1))
}

/// The attributes of which the text is counted.
const ATTRIBUTES: [&str; 7] =
    ["id", "source", "specversion", "type", "subject", "dataschema", "datacontenttype"];

/// What a time counts.
const TIME_BYTES: usize = 36;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_count_what_the_vendor_counts() {
        for (event, size) in [
            (r"{}", 0),
            (r#"{"time": "2020-08-24T13:54:05.965Asia/Shanghai"}"#, 36),
            (r#"{"time": null, "id": null}"#, 0),
            (r#"{"id": "\u4e2d", "source": "ab"}"#, 5),
            (r#"{"id": 12}"#, 2),
            (
                r#"{"specversion":"1.0","id":"i","type":"t","source":"s","subject":"b","dataschema":"d","datacontenttype":"c"}"#,
                9,
            ),
            (r#"{"aliyunregionid": "cn-hangzhou", "x": "y"}"#, 0),
            (r#"{"data": {"a" : 1.50}}"#, 12),
            (r#"{"data": "text"}"#, 6),
            (r#"{"data": "text", "datacontenttype": "Application/JSON; charset=utf-8"}"#, 6 + 31),
            (r#"{"data": "text", "datacontenttype": "text/plain"}"#, 4 + 10),
            (r#"{"data_base64": "AAEC"}"#, 3),
            (r#"{"data_base64": "AAE="}"#, 2),
            (r#"{"data_base64": "AA"}"#, 1),
            (r#"{"data": 1, "data": 222}"#, 3),
        ] {
            assert_eq!(event_size(&JsonEvent::parse(event).unwrap()), size, "{event}");
        }
    }
}
