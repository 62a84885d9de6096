//! The body as it arrives: counted, and kept in one piece.

use bytes::{Bytes, BytesMut};

/// The frames of a body. One frame is kept as it is. From the second one on they are copied into one growing buffer, so
/// that many tiny frames, each of which may hold on to a large read buffer, cost at most twice their bytes; nothing is
/// reserved for a declared length, whose bytes may never come.
#[derive(Default)]
pub(crate) struct BodyBuffer {
    first: Bytes,
    joined: BytesMut,
}

impl BodyBuffer {
    pub(crate) fn len(&self) -> u64 {
        // The first frame is moved to the joined ones, so one of the two is empty.
        u64::try_from(self.first.len().saturating_add(self.joined.len())).unwrap_or(u64::MAX)
    }

    pub(crate) fn push(&mut self, frame: Bytes) {
        if self.len() == 0 {
            self.first = frame;
            return;
        }
        if !self.first.is_empty() {
            self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        }
        self.joined.extend_from_slice(&frame);
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        if self.joined.is_empty() { self.first } else { self.joined.freeze() }
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
        assert_eq!(buffer.len(), 1000);
        assert_eq!(buffer.into_bytes().as_ptr(), frame.as_ptr());
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
