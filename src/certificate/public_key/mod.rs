//! RSA public keys and the one operation that both signature schemes need: RSAVP1 (RFC 8017 section
//! 5.2.2).

mod blocks;
mod montgomery;

use std::fmt;

use montgomery::Montgomery;
use zeroize::Zeroizing;

/// Gives the smallest modulus that any policy can accept, in bits: that of the vendor's published
/// keys (docs/wire-facts.md section 1.4).
pub const MIN_KEY_BITS: u32 = 1024;
/// Gives the largest modulus that is accepted, in bits.
pub const MAX_KEY_BITS: u32 = 4096;

/// Holds an RSA public key, with everything computed that depends on the key alone.
///
/// Limits: modulus odd and of [`MIN_KEY_BITS`] to [`MAX_KEY_BITS`] bits, any size between; exponent
/// odd and from 65537 to 2³² − 1. Under a small exponent parts of a block can be chosen by roots
/// (docs/arithmetic.md).
pub struct PublicKey {
    modulus: Modulus,
    modulus_bits: u32,
    modulus_bytes: usize,
    exponent: u32,
}

impl PublicKey {
    /// Takes modulus and exponent as big-endian bytes; leading zeros are allowed.
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Result<Self, PublicKeyError> {
        let modulus = without_leading_zeros(modulus);
        let modulus_bits = bit_length(modulus);
        if modulus_bits < MIN_KEY_BITS {
            return Err(PublicKeyError::ModulusTooShort {
                bits: modulus_bits,
                limit: MIN_KEY_BITS,
            });
        }
        if modulus_bits > MAX_KEY_BITS {
            return Err(PublicKeyError::ModulusTooLong { bits: modulus_bits, limit: MAX_KEY_BITS });
        }
        let exponent = exponent_in_limits(without_leading_zeros(exponent))?;
        Ok(Self {
            modulus: Modulus::new(modulus, modulus_bits).ok_or(PublicKeyError::ModulusEven)?,
            modulus_bits,
            modulus_bytes: modulus.len(),
            exponent,
        })
    }

    /// Returns the bit length of the modulus.
    #[must_use]
    pub const fn bits(&self) -> u32 {
        self.modulus_bits
    }

    /// Returns the octet length of the modulus: the length of every signature and wrapped secret
    /// under this key.
    #[must_use]
    pub const fn modulus_bytes(&self) -> usize {
        self.modulus_bytes
    }

    /// Returns the public exponent.
    #[must_use]
    pub const fn exponent(&self) -> u32 {
        self.exponent
    }

    /// Checks that the key has this many bits at least, a limit above [`MIN_KEY_BITS`].
    pub(crate) fn check_min_bits(&self, limit: u32) -> Result<(), PublicKeyError> {
        if self.modulus_bits < limit {
            return Err(PublicKeyError::ModulusTooShort { bits: self.modulus_bits, limit });
        }
        Ok(())
    }

    /// Applies RSAVP1 from octets to octets: `signature` raised to the public exponent, as long as
    /// the modulus.
    ///
    /// The operation handles public values only, so it may take variable time. The result is wiped
    /// when dropped, as it holds the temporary secret of a v1 push.
    pub(crate) fn rsavp1(&self, signature: &[u8]) -> Result<EncodedMessage, RepresentativeError> {
        if signature.len() != self.modulus_bytes {
            return Err(RepresentativeError::Length {
                got: signature.len(),
                want: self.modulus_bytes,
            });
        }
        let mut encoded = Zeroizing::new(vec![0; self.modulus_bytes]);
        let in_range = match &self.modulus {
            Modulus::Bits1024(modulus) => modulus.power(signature, self.exponent, &mut encoded),
            Modulus::Bits2048(modulus) => modulus.power(signature, self.exponent, &mut encoded),
            Modulus::Bits3072(modulus) => modulus.power(signature, self.exponent, &mut encoded),
            Modulus::Bits4096(modulus) => modulus.power(signature, self.exponent, &mut encoded),
        };
        if in_range { Ok(encoded) } else { Err(RepresentativeError::NotBelowModulus) }
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey(RSA, {} bits, e = {})", self.modulus_bits, self.exponent)
    }
}

/// The result of RSAVP1: as many octets as the modulus has.
pub(crate) type EncodedMessage = Zeroizing<Vec<u8>>;

/// Says why a signature is not a signature representative (RFC 8017 section 5.2.2, step 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RepresentativeError {
    /// It is not as long as the modulus.
    Length { got: usize, want: usize },
    /// As a number it is not below the modulus.
    NotBelowModulus,
}

impl fmt::Display for RepresentativeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { got, want } => {
                write!(formatter, "it has {got} bytes, the key's modulus has {want}")
            }
            Self::NotBelowModulus => {
                formatter.write_str("its value is not below the key's modulus")
            }
        }
    }
}

/// Says why a key is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// The certificate's key is of another kind, such as an elliptic curve.
    #[non_exhaustive]
    NotRsa {
        /// The object identifier of the key's algorithm.
        algorithm: Box<str>,
    },
    /// The key's bytes are not an `RSAPublicKey` (RFC 8017 appendix A.1.1).
    Malformed,
    /// The modulus has too few bits.
    #[non_exhaustive]
    ModulusTooShort {
        /// Bits of this modulus.
        bits: u32,
        /// Bits that are needed.
        limit: u32,
    },
    /// The modulus has too many bits.
    #[non_exhaustive]
    ModulusTooLong {
        /// Bits of this modulus.
        bits: u32,
        /// Bits that are allowed.
        limit: u32,
    },
    /// The modulus is even, so it is not a product of odd primes.
    ModulusEven,
    /// The public exponent is even, below 65537 or above 2³² − 1.
    ExponentNotAllowed,
}

impl fmt::Display for PublicKeyError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRsa { algorithm } => {
                write!(formatter, "the key is not an RSA key (algorithm {algorithm})")
            }
            Self::Malformed => formatter.write_str("the RSA key cannot be read"),
            Self::ModulusTooShort { bits, limit } => {
                write!(formatter, "the RSA key has {bits} bits, at least {limit} are needed")
            }
            Self::ModulusTooLong { bits, limit } => {
                write!(formatter, "the RSA key has {bits} bits, at most {limit} are allowed")
            }
            Self::ModulusEven => formatter.write_str("the RSA modulus is even"),
            Self::ExponentNotAllowed => formatter
                .write_str("the RSA public exponent is not an odd number from 65537 to 4294967295"),
        }
    }
}

impl std::error::Error for PublicKeyError {}

/// The modulus in a block for each 1,024 bits begun: a block has 1,037, of which two must stay
/// free.
enum Modulus {
    Bits1024(Box<Montgomery<1>>),
    Bits2048(Box<Montgomery<2>>),
    Bits3072(Box<Montgomery<3>>),
    Bits4096(Box<Montgomery<4>>),
}

impl Modulus {
    /// Computes what depends on the modulus alone. Returns `None` if the modulus is even.
    fn new(modulus: &[u8], bits: u32) -> Option<Self> {
        if modulus.last().is_none_or(|byte| byte % 2 == 0) {
            return None;
        }
        Some(match bits {
            0..=1024 => Self::Bits1024(Box::new(Montgomery::new(modulus))),
            1025..=2048 => Self::Bits2048(Box::new(Montgomery::new(modulus))),
            2049..=3072 => Self::Bits3072(Box::new(Montgomery::new(modulus))),
            _ => Self::Bits4096(Box::new(Montgomery::new(modulus))),
        })
    }
}

fn without_leading_zeros(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|&&byte| byte == 0).count();
    bytes.get(zeros..).unwrap_or_default()
}

/// Bits of a number without leading zero bytes; saturates, which every limit rejects.
fn bit_length(number: &[u8]) -> u32 {
    let Some(first) = number.first() else {
        return 0;
    };
    let bytes = u32::try_from(number.len()).unwrap_or(u32::MAX);
    bytes.saturating_mul(8).saturating_sub(first.leading_zeros())
}

fn exponent_in_limits(exponent: &[u8]) -> Result<u32, PublicKeyError> {
    if exponent.len() > size_of::<u32>() {
        return Err(PublicKeyError::ExponentNotAllowed);
    }
    let exponent = exponent.iter().fold(0, |value: u32, &byte| (value << 8) | u32::from(byte));
    if exponent < MIN_EXPONENT || exponent % 2 == 0 {
        return Err(PublicKeyError::ExponentNotAllowed);
    }
    Ok(exponent)
}

const MIN_EXPONENT: u32 = 65_537;

#[cfg(test)]
mod tests;
