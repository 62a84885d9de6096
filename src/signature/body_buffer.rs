//! The body as it arrives: counted, and kept in one piece.

use bytes::Bytes;

/// The frames of a body. One frame is kept as it is. From the second one on they are copied into one growing buffer, so
/// that many tiny frames, each of which may hold on to a large read buffer, cost at most twice their bytes, and no more than
/// the declared length where there is one; nothing is reserved for a declared length alone, whose bytes may never come.
#[derive(Default)]
pub(crate) struct BodyBuffer {
    first: Bytes,
    joined: Vec<u8>,
    declared: Option<usize>,
}

impl BodyBuffer {
    pub(crate) fn new(declared: Option<u64>) -> Self {
        let declared = declared.and_then(|declared| usize::try_from(declared).ok());
        Self { declared, ..Self::default() }
    }

    pub(crate) fn len(&self) -> u64 {
        // The first frame is moved to the joined ones, so one of the two is empty.
        u64::try_from(self.first.len().saturating_add(self.joined.len())).unwrap_or(u64::MAX)
    }

    pub(crate) fn push(&mut self, frame: Bytes) {
        // HTTP/2 often ends a body with an empty frame, which must not have the only other one copied.
        if frame.is_empty() {
            return;
        }
        if self.len() == 0 {
            self.first = frame;
            return;
        }
        if !self.first.is_empty() {
            let first = std::mem::take(&mut self.first);
            self.grow(first.len().saturating_add(frame.len()));
            self.joined.extend_from_slice(&first);
        }
        self.grow(frame.len());
        self.joined.extend_from_slice(&frame);
    }

    /// Doubles, so that each byte is moved twice at most, but not beyond what was declared.
    fn grow(&mut self, more: usize) {
        let needed = self.joined.len().saturating_add(more);
        if needed > self.joined.capacity() {
            let doubled = needed.saturating_mul(2);
            let most = self.declared.map_or(doubled, |declared| doubled.min(declared));
            self.joined.reserve_exact(most.max(needed).saturating_sub(self.joined.len()));
        }
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_frame_is_not_copied() {
        let frame = Bytes::from(vec![7; 1000]);
        let mut buffer = BodyBuffer::default();
        buffer.push(Bytes::new());
        buffer.push(frame.clone());
        buffer.push(Bytes::new());
        assert_eq!(buffer.len(), 1000);
        assert_eq!(buffer.into_bytes().as_ptr(), frame.as_ptr());
    }

    #[test]
    fn the_buffer_is_as_long_as_declared_and_no_longer_than_twice_what_came() {
        let frame = Bytes::from(vec![7; 1000]);
        let mut buffer = BodyBuffer::new(Some(10_000));
        for frames in 1..=10 {
            buffer.push(frame.clone());
            assert!(buffer.joined.capacity() <= (2 * 1000 * frames).min(10_000), "{frames}");
        }
        assert_eq!(buffer.joined.capacity(), 10_000);
        // What is longer than declared is joined all the same.
        buffer.push(frame.clone());
        assert_eq!(buffer.into_bytes().len(), 11_000);
    }

    #[test]
    fn frames_are_joined_in_order() {
        let mut buffer = BodyBuffer::default();
        for frame in ["a", "", "bc", "d"] {
            buffer.push(Bytes::from_static(frame.as_bytes()));
        }
        assert_eq!(buffer.len(), 4);
        assert_eq!(buffer.into_bytes(), "abcd");
        assert_eq!(BodyBuffer::default().into_bytes(), "");
    }
}
