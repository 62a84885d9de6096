//! The body as it arrives: counted, and in one piece at the end.

use bytes::Bytes;

/// The frames of a body.
///
/// A frame that may be the whole is kept as it is, and with it the read buffer that it is a part
/// of. Others are copied into pieces of equal length, which are joined at the end. So many tiny
/// frames cost little more than their bytes, and a declared length alone, whose bytes may never
/// come, reserves nothing. A full piece that is freed fits the next body, whatever its length.
pub(crate) struct BodyBuffer {
    first: Bytes,
    /// All but the last are full.
    pieces: Vec<Vec<u8>>,
    bytes: usize,
    declared: Option<usize>,
    limit: usize,
}

impl BodyBuffer {
    /// Makes an empty buffer. The caller of [`push`](Self::push) enforces the limit.
    pub(crate) fn new(declared: Option<u64>, limit: u64) -> Self {
        Self {
            first: Bytes::new(),
            pieces: Vec::new(),
            bytes: 0,
            declared: declared.and_then(|declared| usize::try_from(declared).ok()),
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
        }
    }

    pub(crate) fn len(&self) -> u64 {
        u64::try_from(self.bytes).unwrap_or(u64::MAX)
    }

    /// Returns the bytes of memory held after pushing a frame of `frame` bytes; 0 if it would be
    /// dropped.
    #[cfg(feature = "layer")]
    pub(crate) fn held_with(&self, frame: usize) -> u64 {
        let bytes = self.bytes.saturating_add(frame);
        let held = if frame == 0 || bytes > self.limit {
            0
        } else if self.is_whole_with(frame) {
            frame
        } else {
            self.capacity_for(bytes)
        };
        u64::try_from(held).unwrap_or(u64::MAX)
    }

    pub(crate) fn push(&mut self, frame: Bytes) {
        // HTTP/2 often ends a body with an empty frame, which must not have the only other one
        // copied.
        if frame.is_empty() {
            return;
        }
        let is_whole = self.is_whole_with(frame.len());
        self.bytes = self.bytes.saturating_add(frame.len());
        if is_whole {
            self.first = frame;
            return;
        }
        let first = std::mem::take(&mut self.first);
        self.append(&first);
        self.append(&frame);
    }

    /// Returns whether a frame of this many bytes may be the whole body.
    fn is_whole_with(&self, frame: usize) -> bool {
        self.bytes == 0 && self.declared.is_none_or(|declared| frame >= declared)
    }

    /// Returns the room that so many bytes take in pieces: no more than is to be expected.
    fn capacity_for(&self, bytes: usize) -> usize {
        let rounded = if bytes < PIECE {
            bytes.next_power_of_two()
        } else {
            bytes.checked_next_multiple_of(PIECE).unwrap_or(bytes)
        };
        // A body that is longer than declared is kept until it is rejected at its end.
        let declared = self.declared.filter(|declared| bytes <= *declared);
        let most = declared.unwrap_or(self.limit).min(self.limit);
        rounded.min(most).max(bytes)
    }

    fn append(&mut self, mut bytes: &[u8]) {
        let capacity = self.capacity_for(self.bytes);
        while !bytes.is_empty() {
            if self.pieces.last().is_none_or(|piece| piece.len() == PIECE) {
                self.pieces.push(Vec::new());
            }
            let full = self.pieces.len().saturating_sub(1).saturating_mul(PIECE);
            let Some(piece) = self.pieces.last_mut() else { return };
            let room = PIECE.saturating_sub(piece.len());
            let (now, later) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
            let capacity = capacity.saturating_sub(full).min(PIECE);
            piece.reserve_exact(capacity.saturating_sub(piece.len()));
            piece.extend_from_slice(now);
            bytes = later;
        }
    }

    /// Joins the pieces. Peak memory is twice the body.
    pub(crate) fn into_bytes(mut self) -> Bytes {
        if self.pieces.len() < 2 {
            return self.pieces.pop().map_or(self.first, Bytes::from);
        }
        let mut joined = Vec::with_capacity(self.bytes);
        for piece in self.pieces {
            joined.extend_from_slice(&piece);
        }
        joined.into()
    }
}

const PIECE: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_frame_is_not_copied() {
        for (declared, length) in [(None, 1000), (Some(1000), 1000)] {
            let frame = Bytes::from(vec![7; length]);
            let mut buffer = BodyBuffer::new(declared, 10_000);
            buffer.push(Bytes::new());
            buffer.push(frame.clone());
            buffer.push(Bytes::new());
            assert_eq!(buffer.len(), u64::try_from(length).unwrap());
            assert_eq!(buffer.into_bytes().as_ptr(), frame.as_ptr());
        }
    }

    /// Or a few bytes would keep a read buffer alive until the others arrive.
    #[test]
    fn a_frame_that_cannot_be_the_whole_is_copied() {
        for (declared, length) in [(Some(1001), 1000), (Some(10_000), 1)] {
            let frame = Bytes::from(vec![7; length]);
            let mut buffer = BodyBuffer::new(declared, 10_000);
            buffer.push(frame.clone());
            assert!(frame.is_unique());
            assert_eq!(buffer.len(), u64::try_from(length).unwrap());
            assert_eq!(buffer.into_bytes(), frame);
        }
    }

    #[test]
    fn what_is_held_is_little_more_than_what_came_and_known_before() {
        let held = |buffer: &BodyBuffer| {
            let pieces = buffer.pieces.iter().map(Vec::capacity);
            buffer.first.len() + pieces.sum::<usize>()
        };
        for (declared, limit) in [
            (None, 1_000_000),
            (Some(50_000), 1_000_000),
            (Some(300_000), 1_000_000),
            (Some(900), 1_000_000),
            (Some(39_000), 1_000_000),
            (None, 40_000),
            (None, 38_000),
            (Some(60_000), 40_000),
        ] {
            let mut buffer = BodyBuffer::new(declared, limit);
            let most = usize::try_from(declared.unwrap_or(limit).min(limit)).unwrap();
            let mut whole = Vec::new();
            for length in [0, 10, 0, 990, 3000, 4000, 30_000] {
                let frame: Vec<u8> =
                    (0..length).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
                whole.extend_from_slice(&frame);
                let foretold = buffer.held_with(length).max(held(&buffer).try_into().unwrap());
                buffer.push(frame.into());
                let case = format!("{declared:?} {limit} {length}");
                assert_eq!(u64::try_from(held(&buffer)).unwrap(), foretold, "{case}");
                let bytes = whole.len();
                let is_as_declared =
                    declared.is_none_or(|declared| u64::try_from(bytes).unwrap() <= declared);
                assert!(!is_as_declared || held(&buffer) <= most.max(bytes), "{case}");
                assert!(held(&buffer) < (2 * bytes).max(1).min(bytes + PIECE), "{case}");
            }
            assert_eq!(buffer.held_with(usize::MAX), 0, "beyond the limit");
            assert_eq!(buffer.into_bytes(), whole);
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

    #[test]
    fn pieces_are_joined_at_their_borders() {
        for length in [PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 3 * PIECE] {
            let whole: Vec<u8> =
                (0..length).map(|byte| u8::try_from(byte % 251).unwrap()).collect();
            let mut buffer = BodyBuffer::new(None, 1_000_000);
            for frame in whole.chunks(1000) {
                buffer.push(Bytes::copy_from_slice(frame));
            }
            assert_eq!(buffer.pieces.len(), length.div_ceil(PIECE));
            assert_eq!(buffer.into_bytes(), whole, "{length}");
        }
    }
}
