//! The body as it arrives: counted, and kept in one piece.

use bytes::Bytes;

/// The frames of a body. A frame that may be the whole is kept as it is. Others are copied into one growing buffer, so that
/// many tiny frames, each of which may hold on to a large read buffer, cost at most twice their bytes, and no more than the
/// declared length or the limit; nothing is reserved for a declared length alone, whose bytes may never come.
pub(crate) struct BodyBuffer {
    first: Bytes,
    joined: Vec<u8>,
    declared: Option<usize>,
    limit: usize,
}

impl BodyBuffer {
    /// Whoever pushes sees to the limit.
    pub(crate) fn new(declared: Option<u64>, limit: u64) -> Self {
        Self {
            first: Bytes::new(),
            joined: Vec::new(),
            declared: declared.and_then(|declared| usize::try_from(declared).ok()),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.bytes()).unwrap_or(u64::MAX)
    }

    /// The memory that is held once a frame of so many bytes was pushed; of one that goes beyond the limit nothing is.
    #[cfg(feature = "layer")]
    pub(crate) fn held_with(&self, frame: usize) -> u64 {
        let held = if self.bytes().saturating_add(frame) > self.limit {
            self.first.len().max(self.joined.capacity())
        } else if self.is_whole_with(frame) {
            frame
        } else {
            self.capacity_with(frame)
        };
        u64::try_from(held).unwrap_or(u64::MAX)
    }

    pub(crate) fn push(&mut self, frame: Bytes) {
        // HTTP/2 often ends a body with an empty frame, which must not have the only other one copied.
        if frame.is_empty() {
            return;
        }
        if self.is_whole_with(frame.len()) {
            self.first = frame;
            return;
        }
        let capacity = self.capacity_with(frame.len());
        self.joined.reserve_exact(capacity.saturating_sub(self.joined.len()));
        self.joined.extend_from_slice(&std::mem::take(&mut self.first));
        self.joined.extend_from_slice(&frame);
    }

    /// The first frame is moved to the joined ones, so one of the two is empty.
    fn bytes(&self) -> usize {
        self.first.len().saturating_add(self.joined.len())
    }

    /// Whether a frame of so many bytes may be all there is.
    fn is_whole_with(&self, frame: usize) -> bool {
        self.bytes() == 0 && self.declared.is_none_or(|declared| frame >= declared)
    }

    /// Doubles, so that each byte is moved twice at most, but not beyond what is to be expected.
    fn capacity_with(&self, frame: usize) -> usize {
        let needed = self.bytes().saturating_add(frame);
        if needed <= self.joined.capacity() {
            return self.joined.capacity();
        }
        let most = self.declared.map_or(self.limit, |declared| declared.min(self.limit));
        needed.saturating_mul(2).min(most).max(needed)
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
        for declared in [None, Some(1000)] {
            let frame = Bytes::from(vec![7; 1000]);
            let mut buffer = BodyBuffer::new(declared, 10_000);
            buffer.push(Bytes::new());
            buffer.push(frame.clone());
            buffer.push(Bytes::new());
            assert_eq!(buffer.len(), 1000);
            assert_eq!(buffer.into_bytes().as_ptr(), frame.as_ptr());
        }
    }

    /// Or a few bytes would keep a read buffer alive until the others arrive.
    #[test]
    fn a_frame_that_cannot_be_the_whole_is_copied() {
        let frame = Bytes::from(vec![7; 1000]);
        let mut buffer = BodyBuffer::new(Some(1001), 10_000);
        buffer.push(frame.clone());
        assert!(frame.is_unique());
        assert_eq!(buffer.into_bytes(), frame);
    }

    #[test]
    fn the_buffer_is_no_longer_than_twice_what_came_nor_than_declared_nor_than_the_limit() {
        let frame = Bytes::from(vec![7; 1000]);
        for (declared, limit) in [(Some(10_000), 20_000), (None, 10_000), (Some(20_000), 10_000)] {
            let mut buffer = BodyBuffer::new(declared, limit);
            for frames in 1..=10 {
                buffer.push(frame.clone());
                assert!(buffer.joined.capacity() <= (2 * 1000 * frames).min(10_000), "{frames}");
            }
            assert_eq!(buffer.joined.capacity(), 10_000);
            // What is longer than declared is joined all the same.
            buffer.push(frame.clone());
            assert_eq!(buffer.into_bytes().len(), 11_000);
        }
    }

    #[cfg(feature = "layer")]
    #[test]
    fn what_will_be_held_is_known_before() {
        for (declared, limit) in [(None, 100_000), (Some(5000), 100_000), (None, 4000)] {
            let mut buffer = BodyBuffer::new(declared, limit);
            for length in [0, 10, 990, 0, 3000] {
                let held = buffer.held_with(length);
                buffer.push(vec![7; length].into());
                let really = buffer.first.len() + buffer.joined.capacity();
                assert_eq!(held, u64::try_from(really).unwrap(), "{declared:?} {limit} {length}");
            }
            assert_eq!(buffer.held_with(usize::MAX), buffer.held_with(0), "beyond the limit");
        }
    }

    #[test]
    fn frames_are_joined_in_order() {
        for declared in [None, Some(4)] {
            let mut buffer = BodyBuffer::new(declared, 10);
            for frame in ["a", "", "bc", "d"] {
                buffer.push(Bytes::from_static(frame.as_bytes()));
            }
            assert_eq!(buffer.len(), 4);
            assert_eq!(buffer.into_bytes(), "abcd");
        }
        assert_eq!(BodyBuffer::new(None, 10).into_bytes(), "");
    }
}
