//! The private-key operation on keys of two primes of 512 bits: those of EventBridge's size.
//!
//! The `rsa` crate computes with numbers of any length, and prepares both primes anew each time. A
//! local EventBridge spends most of its time there: docs/performance.md.

use std::fmt;

use crypto_bigint::{
    Odd, U512, U1024,
    modular::{FixedMontyForm, FixedMontyParams},
};
use rsa::{
    BoxedUint, PrivateKey,
    traits::{PrivateKeyParts, PublicKeyParts},
};
use zeroize::Zeroize;

type Modulus = FixedMontyParams<{ U512::LIMBS }>;
type Residue = FixedMontyForm<{ U512::LIMBS }>;

/// The exponent that everyone uses; other keys are left to the `rsa` crate.
const EXPONENT: u32 = 65_537;

/// A key by the Chinese remainder theorem (RFC 8017 section 5.1.2, 2.b). All operations take the
/// same time whatever the key is.
#[derive(Clone)]
pub(super) struct PrivateOperation {
    p: Modulus,
    q: Modulus,
    d_of_p: U512,
    d_of_q: U512,
    /// `1 / q` modulo `p`.
    q_inverse: Residue,
    n: FixedMontyParams<{ U1024::LIMBS }>,
}

impl PrivateOperation {
    /// Prepares a key; `None` if it has another form.
    pub(super) fn of(key: &PrivateKey) -> Option<Self> {
        let [p, q] = key.primes() else { return None };
        if *key.e() != BoxedUint::from(EXPONENT) || key.size() != U1024::BYTES {
            return None;
        }
        let odd = |prime: &BoxedUint| Odd::new(number(prime)?).into_option();
        let p = Modulus::new(odd(p)?);
        let q_inverse = number(&key.qinv()?.retrieve())?;
        let n = key.n().to_be_bytes();
        let n = (n.len() == U1024::BYTES).then(|| U1024::from_be_slice(&n))?;
        Some(Self {
            p,
            q: Modulus::new(odd(q)?),
            d_of_p: number(key.dp()?)?,
            d_of_q: number(key.dq()?)?,
            q_inverse: Residue::new(&q_inverse, &p),
            n: FixedMontyParams::new(Odd::new(n).into_option()?),
        })
    }

    /// Returns the signature on an encoded message of 128 octets; `None` if it is not below the
    /// modulus, or a computation went wrong: a wrong signature would give the key away.
    pub(super) fn sign(&self, encoded: &[u8]) -> Option<Vec<u8>> {
        if encoded.len() != U1024::BYTES {
            return None;
        }
        let c = U1024::from_be_slice(encoded);
        let (p, q) = (self.p.modulus().as_nz_ref(), self.q.modulus().as_nz_ref());
        let of_p = Residue::new(&c.rem(p), &self.p).pow_amm(&self.d_of_p);
        let of_q = Residue::new(&c.rem(q), &self.q).pow_amm(&self.d_of_q).retrieve();
        let difference = of_p.sub(&Residue::new(&of_q.rem(p), &self.p));
        let quotient = self.q_inverse.mul(&difference).retrieve();
        let signature: U1024 = quotient.concatenating_mul(self.q.modulus().as_ref());
        let signature = signature.wrapping_add(&of_q.resize());
        let checked = FixedMontyForm::new(&signature, &self.n);
        let checked = checked.pow_vartime(&crypto_bigint::U64::from_u32(EXPONENT)).retrieve();
        (checked == c).then(|| signature.to_be_bytes().as_ref().to_vec())
    }
}

/// Returns a type 1 block around a text (RFC 2313 section 8.1); `None` if it has no room.
pub(super) fn type_1_block(text: &[u8], length: usize) -> Option<Vec<u8>> {
    let padding = length.checked_sub(text.len())?.checked_sub(3).filter(|padding| *padding >= 8)?;
    let mut block = vec![0, 1];
    block.resize(padding.saturating_add(2), 0xFF);
    block.push(0);
    block.extend_from_slice(text);
    Some(block)
}

/// Returns a number of 512 bits; `None` if it is kept in another length.
fn number(number: &BoxedUint) -> Option<U512> {
    let bytes = zeroize::Zeroizing::new(number.to_be_bytes());
    (bytes.len() == U512::BYTES).then(|| U512::from_be_slice(&bytes))
}

impl Drop for PrivateOperation {
    fn drop(&mut self) {
        self.p.zeroize();
        self.q.zeroize();
        self.d_of_p.zeroize();
        self.d_of_q.zeroize();
        self.q_inverse.zeroize();
    }
}

impl fmt::Debug for PrivateOperation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateOperation(<redacted>)")
    }
}

#[cfg(test)]
mod tests {
    use getrandom::{
        SysRng,
        rand_core::{Rng, UnwrapErr},
    };
    use rsa::Pkcs1v15Sign;

    use super::*;

    /// Signatures by PKCS #1 v1.5 are the same from every implementation.
    #[test]
    fn signatures_are_those_of_the_rsa_crate() {
        let mut random = UnwrapErr(SysRng);
        for _ in 0..4 {
            let key = PrivateKey::new_unchecked(&mut random, 1024).unwrap();
            let operation = PrivateOperation::of(&key).unwrap();
            for length in [0, 1, 32, 51, 117] {
                let mut text = vec![0; length];
                random.fill_bytes(&mut text);
                let expected = key.sign(Pkcs1v15Sign::new_unprefixed(), &text).unwrap();
                let block = type_1_block(&text, 128).unwrap();
                assert_eq!(operation.sign(&block).unwrap(), expected);
            }
            assert_eq!(operation.sign(&[0; 127]), None);
            assert_eq!(operation.sign(&[0xFF; 128]), None, "not below the modulus");
        }
    }

    #[test]
    fn other_keys_are_left_to_the_rsa_crate() {
        let key = PrivateKey::new_unchecked(&mut UnwrapErr(SysRng), 1280).unwrap();
        assert!(PrivateOperation::of(&key).is_none());
    }
}
