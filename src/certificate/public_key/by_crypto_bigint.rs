//! Powers modulo a key by the crate crypto-bigint, for those who want no arithmetic of ours.

use crypto_bigint::{
    BoxedUint, Odd,
    modular::{BoxedMontyForm, BoxedMontyParams},
};
use zeroize::Zeroizing;

/// Holds an odd modulus, and the numbers that are computed once for it.
pub(super) struct Modulus {
    parameters: BoxedMontyParams,
}

impl Modulus {
    /// Computes what depends on the modulus alone. Returns `None` if the modulus is even.
    pub(super) fn new(modulus: &[u8], bits: u32) -> Option<Self> {
        let modulus = BoxedUint::from_be_slice(modulus, bits).ok()?;
        let modulus = Odd::new(modulus).into_option()?;
        Some(Self { parameters: BoxedMontyParams::new_vartime(modulus) })
    }

    /// Writes `base` to the power of an odd `exponent` above 1, big-endian; `false` if `base` is
    /// not below the modulus.
    pub(super) fn power(&self, base: &[u8], exponent: u32, out: &mut [u8]) -> bool {
        let modulus = self.parameters.modulus();
        let Ok(base) = BoxedUint::from_be_slice(base, modulus.bits_precision()) else {
            // More bits than the modulus has.
            return false;
        };
        if base >= **modulus {
            return false;
        }
        let bits = u32::BITS.saturating_sub(exponent.leading_zeros());
        let exponent = BoxedUint::from(exponent);
        let power = BoxedMontyForm::new(base, &self.parameters).pow_bounded_exp(&exponent, bits);
        // It holds the temporary secret of a v1 push.
        let power = Zeroizing::new(Zeroizing::new(power.retrieve()).to_be_bytes());
        // Whole words: zeros may stand before the number.
        let Some(bytes) = power.len().checked_sub(out.len()).and_then(|at| power.get(at..)) else {
            return false;
        };
        out.copy_from_slice(bytes);
        true
    }
}
