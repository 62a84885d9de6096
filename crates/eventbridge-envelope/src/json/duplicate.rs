//! A name that is there twice.

use std::collections::HashSet;

/// Returns the first name that is there a second time.
///
/// Takes linear time for the few members of an honest object. The many of a hostile one are hashed.
pub(super) fn duplicate<N: AsRef<str>, V>(members: &[(N, V)]) -> Option<&str> {
    let mut names = members.iter().map(|(name, _)| name.as_ref());
    if members.len() > 32 {
        let mut seen = HashSet::with_capacity(members.len());
        return names.find(|name| !seen.insert(*name));
    }
    // Names are compared only if their marks are equal.
    let mut seen = 0_u64;
    let twice = names.enumerate().find(|(index, name)| {
        let mark = mark(name);
        let may_be_twice = seen & mark != 0;
        seen |= mark;
        may_be_twice && members.iter().take(*index).any(|(earlier, _)| earlier.as_ref() == *name)
    });
    twice.map(|(_, name)| name)
}

/// Returns one of 64 bits, by the length of a name and its last bytes.
fn mark(name: &str) -> u64 {
    let last = name.bytes().rev().take(2).fold(0, |mark: u32, byte| mark * 5 + u32::from(byte));
    let length = u32::try_from(name.len()).unwrap_or_default();
    1 << (last.wrapping_add(length) % u64::BITS)
}
