//! Powers modulo a key by arithmetic of our own: docs/arithmetic.md.

use super::montgomery::Montgomery;

/// The modulus in a block for each 1,024 bits begun: a block has 1,037, of which two must stay
/// free.
pub(super) enum Modulus {
    Bits1024(Box<Montgomery<1>>),
    Bits2048(Box<Montgomery<2>>),
    Bits3072(Box<Montgomery<3>>),
    Bits4096(Box<Montgomery<4>>),
}

impl Modulus {
    /// Computes what depends on the modulus alone. Returns `None` if the modulus is even.
    pub(super) fn new(modulus: &[u8], bits: u32) -> Option<Self> {
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

    /// Writes `base` to the power of an odd `exponent` above 1, big-endian; `false` if `base` is
    /// not below the modulus.
    pub(super) fn power(&self, base: &[u8], exponent: u32, out: &mut [u8]) -> bool {
        match self {
            Self::Bits1024(modulus) => modulus.power(base, exponent, out),
            Self::Bits2048(modulus) => modulus.power(base, exponent, out),
            Self::Bits3072(modulus) => modulus.power(base, exponent, out),
            Self::Bits4096(modulus) => modulus.power(base, exponent, out),
        }
    }
}
