//! v1: recover the temporary secret from its wrapped form.
//!
//! The sender pads a random secret by EMSA-PKCS1-v1_5 without a DigestInfo (block type 1) and applies its private key.
//! Because the block carries a free text instead of a known digest, every well-formed block is a forgery: a lax parser
//! can be met by trial, and the signature inside any self-signed certificate is a well-formed block already. Hence the
//! exact rules below, the last of which no DigestInfo meets (wire-facts section 1.5).

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
