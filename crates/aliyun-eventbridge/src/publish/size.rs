//! The size of an event as the service counts it.

/// Holds what the size of an event is counted from. Absent is `None` or 0.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EntrySizeParts<'a> {
    pub(super) has_time: bool,
    pub(super) attributes: [Option<&'a str>; 7],
    pub(super) data_bytes: usize,
}

/// Returns 36 for a time, the UTF-8 bytes of the seven attributes, and the bytes of the data.
///
/// Extensions are not counted. Absent attributes count nothing.
pub(super) fn event_size(parts: &EntrySizeParts<'_>) -> usize {
    let time = if parts.has_time { 36 } else { 0 };
    parts
        .attributes
        .iter()
        .flatten()
        .fold(parts.data_bytes.saturating_add(time), |sum, text| sum.saturating_add(text.len()))
}
