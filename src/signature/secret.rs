//! v1: recover the temporary secret from its wrapped form.
//!
//! The sender pads a random secret by EMSA-PKCS1-v1_5 without a DigestInfo (block type 1) and applies its private key.
//! Because the block carries a free text instead of a known digest, every well-formed block would pass: a lax parser
//! can be met by trial, and the signature inside any self-signed certificate is a well-formed block already. Hence the
//! exact rules below, the last of which no DigestInfo meets (docs/wire-facts.md section 1.5).

use zeroize::Zeroizing;

use super::facts::SecretProblem;
use crate::certificate::PublicKey;

/// The temporary secret of one push: 16 to 64 ASCII letters and digits. Wiped when dropped, never printed.
pub(crate) struct TemporarySecret(Zeroizing<Vec<u8>>);

impl TemporarySecret {
    /// 1. as many bytes as the modulus, 2. a value below it, 3. `00 01`, 4. only `FF` and at least eight of them,
    /// 5. `00`, 6. 16 to 64 ASCII letters and digits.
    pub(crate) fn recover(wrapped: &[u8], key: &PublicKey) -> Result<Self, SecretProblem> {
        let block = key.rsavp1(wrapped).map_err(SecretProblem::Representative)?;
        Self::from_block(&block)
    }

    pub(super) fn from_block(block: &[u8]) -> Result<Self, SecretProblem> {
        let padded = block.strip_prefix(BLOCK_TYPE_1).ok_or(SecretProblem::BlockType)?;
        let padding = padded.iter().take_while(|&&byte| byte == 0xFF).count();
        let (_, rest) = padded.split_at_checked(padding).ok_or(SecretProblem::Padding)?;
        let secret = rest.strip_prefix(&[0]).ok_or(SecretProblem::Padding)?;
        if padding < MIN_PADDING_BYTES {
            return Err(SecretProblem::Padding);
        }
        if !(MIN_SECRET_BYTES..=MAX_SECRET_BYTES).contains(&secret.len()) {
            return Err(SecretProblem::Length { bytes: secret.len() });
        }
        if !secret.iter().all(u8::is_ascii_alphanumeric) {
            return Err(SecretProblem::Alphabet);
        }
        Ok(Self(Zeroizing::new(secret.to_vec())))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

const BLOCK_TYPE_1: &[u8] = &[0x00, 0x01];
/// RFC 8017 section 9.2, step 3.
const MIN_PADDING_BYTES: usize = 8;
/// The reference sender makes 32.
const MIN_SECRET_BYTES: usize = 16;
pub(super) const MAX_SECRET_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// Each rule by itself: a block that only this rule refuses, or that this rule refuses first.
    #[test]
    fn every_rule_refuses_for_its_own_reason() {
        let block = |start: &[u8], padding: &[u8], rest: &[u8]| [start, padding, rest].concat();
        let good = b"\x0016to64LettersAndDigits";
        for (name, block, problem) in [
            ("good", block(&[0, 1], &[0xFF; 8], good), None),
            ("block type 2", block(&[0, 2], &[0xFF; 8], good), Some(SecretProblem::BlockType)),
            ("leading byte", block(&[1, 1], &[0xFF; 8], good), Some(SecretProblem::BlockType)),
            ("empty", vec![], Some(SecretProblem::BlockType)),
            ("seven FF", block(&[0, 1], &[0xFF; 7], good), Some(SecretProblem::Padding)),
            ("no FF", block(&[0, 1], &[], good), Some(SecretProblem::Padding)),
            (
                "FE for 00",
                block(&[0, 1], &[0xFF; 8], b"\xFE16to64LettersAndDigits"),
                Some(SecretProblem::Padding),
            ),
            ("no end", block(&[0, 1], &[0xFF; 100], b""), Some(SecretProblem::Padding)),
            (
                "nothing",
                block(&[0, 1], &[0xFF; 8], b"\x00"),
                Some(SecretProblem::Length { bytes: 0 }),
            ),
            (
                "15",
                block(&[0, 1], &[0xFF; 8], b"\x00aaaaaaaaaaaaaaa"),
                Some(SecretProblem::Length { bytes: 15 }),
            ),
            (
                "65",
                block(&[0, 1], &[0xFF; 8], &[&[0][..], &[b'a'; 65]].concat()),
                Some(SecretProblem::Length { bytes: 65 }),
            ),
            (
                "hyphen",
                block(&[0, 1], &[0xFF; 8], b"\x0016to64-LettersAndDigits"),
                Some(SecretProblem::Alphabet),
            ),
            (
                "zero",
                block(&[0, 1], &[0xFF; 8], b"\x0016to64\x00LettersAndDigits"),
                Some(SecretProblem::Alphabet),
            ),
        ] {
            assert_eq!(TemporarySecret::from_block(&block).err(), problem, "{name}");
        }
    }
}
