//! Where randomness comes from: nonces, event ids and the jitter of backoff.

use std::{error::Error, fmt, time::Duration};

/// Fills buffers with random bytes. Closures are sources too, which tests use.
pub trait Random: Send + Sync + 'static {
    /// Fills `buffer`.
    ///
    /// # Errors
    ///
    /// Fails if the source has no randomness.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError>;
}

impl<F> Random for F
where
    F: Fn(&mut [u8]) -> Result<(), RandomError> + Send + Sync + 'static,
{
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        self(buffer)
    }
}

/// Reads the operating system's randomness.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct SystemRandom;

impl SystemRandom {
    /// Returns the operating system's source.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(buffer).map_err(|error| RandomError { cause: error.to_string() })
    }
}

/// Says that the source of randomness failed.
#[derive(Clone, Debug)]
pub struct RandomError {
    cause: String,
}

impl RandomError {
    /// Returns an error with the text of its cause.
    #[must_use]
    pub fn new(cause: impl Into<String>) -> Self {
        Self { cause: cause.into() }
    }
}

impl fmt::Display for RandomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no randomness: {}", self.cause)
    }
}

impl Error for RandomError {}

/// Returns a UUID of version 4 in its text form with hyphens (RFC 9562).
///
/// # Errors
///
/// Fails if the source has no randomness.
pub fn uuid(random: &dyn Random) -> Result<String, RandomError> {
    let mut bytes = [0_u8; 16];
    random.fill(&mut bytes)?;
    let mut value = u128::from_be_bytes(bytes);
    value = value & !(0xf000_u128 << 64) | 0x4000_u128 << 64;
    value = value & !(0xc000_u128 << 48) | 0x8000_u128 << 48;
    let hex = format!("{value:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    Ok(format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)))
}

/// Returns a wait between nothing and `most`, both included: full jitter.
pub(crate) fn jitter(random: &dyn Random, most: Duration) -> Result<Duration, RandomError> {
    let mut bytes = [0_u8; 8];
    random.fill(&mut bytes)?;
    let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX - 1);
    let part = (u128::from(u64::from_be_bytes(bytes)) * (u128::from(millis) + 1)) >> 64;
    Ok(Duration::from_millis(u64::try_from(part).unwrap_or(millis)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_version_and_variant_whatever_the_bytes() {
        let ones = |buffer: &mut [u8]| {
            buffer.fill(0xff);
            Ok(())
        };
        assert_eq!(uuid(&ones).unwrap(), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        let zeros = |_: &mut [u8]| Ok(());
        assert_eq!(uuid(&zeros).unwrap(), "00000000-0000-4000-8000-000000000000");
    }

    #[test]
    fn jitter_reaches_both_ends() {
        let ones = |buffer: &mut [u8]| {
            buffer.fill(0xff);
            Ok(())
        };
        let zeros = |_: &mut [u8]| Ok(());
        let most = Duration::from_millis(250);
        assert_eq!(jitter(&ones, most).unwrap(), most);
        assert_eq!(jitter(&zeros, most).unwrap(), Duration::ZERO);
        assert_eq!(jitter(&ones, Duration::MAX).unwrap(), Duration::from_millis(u64::MAX - 1));
    }
}
