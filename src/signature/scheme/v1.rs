//! v1: HMAC-SHA1 (RFC 2104) under a temporary secret that the certificate's key recovers.
//!
//! The sender pads a random secret by EMSA-PKCS1-v1_5 without a DigestInfo (block type 1) and
//! applies its private key. The block carries a free text instead of a known digest, so every
//! well-formed block would pass. A lax parser can be met by trial, and the signature inside any
//! self-signed certificate is a well-formed block already. Hence the exact rules below, the last
//! of which no DigestInfo meets (docs/wire-facts.md section 1.5).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::{
    definition::{CanBeSignedBy, SchemeSpec, SecretProblem, SignatureScheme},
    string_to_sign::{MethodLine, Sink},
};
use crate::{
    certificate::{PublicKey, RepresentativeError},
    signature::header::{HeaderFault, HeaderProblem, SignatureHeader, SingleHeaders},
};

/// A wrapped secret, and the MAC that it must give.
pub(crate) struct V1 {
    wrapped_secret: Zeroizing<Vec<u8>>,
    mac: [u8; MAC_BYTES],
}

impl SignatureScheme for V1 {
    const SPEC: SchemeSpec = SchemeSpec {
        name: "v1",
        method: MethodLine { header: SignatureHeader::Method, value: "HMAC-SHA1" },
        signature: SignatureHeader::Signature,
        can_be_signed_by: CanBeSignedBy::Anybody,
    };
    type Digest = HmacSha1;

    fn read(headers: &SingleHeaders<'_>) -> Result<Self, HeaderFault> {
        let wrapped_secret = Zeroizing::new(headers.base64(SignatureHeader::Secret)?);
        let mac = headers.base64(SignatureHeader::Signature)?;
        let wrong_length = |_| {
            let problem = HeaderProblem::NotAMac { bytes: mac.len(), want: MAC_BYTES };
            SignatureHeader::Signature.fault(problem)
        };
        let mac = mac.as_slice().try_into().map_err(wrong_length)?;
        Ok(Self { wrapped_secret, mac })
    }

    fn begin(&self, key: &PublicKey) -> Result<HmacSha1, SecretProblem> {
        let secret = TemporarySecret::recover(&self.wrapped_secret, key)?;
        Ok(HmacSha1::keyed(secret.as_bytes()))
    }

    fn first_match<T>(
        &self,
        _: &PublicKey,
        mut digests: impl Iterator<Item = (T, HmacSha1)>,
    ) -> Result<Option<T>, RepresentativeError> {
        let matching = digests.find_map(|(name, mac)| mac.is(&self.mac).then_some(name));
        Ok(matching)
    }
}

/// A MAC under way.
#[derive(Clone)]
pub(crate) struct HmacSha1(Hmac<Sha1>);

impl HmacSha1 {
    /// Keys the HMAC. A secret is never longer than SHA-1's block, so RFC 2104 only pads it with
    /// zeros.
    pub(super) fn keyed(secret: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; MAX_SECRET_BYTES]);
        for (to, from) in block.iter_mut().zip(secret) {
            *to = *from;
        }
        Self(Hmac::new((&*block).into()))
    }

    /// Compares in constant time.
    pub(super) fn is(self, mac: &[u8; MAC_BYTES]) -> bool {
        self.0.verify_slice(mac).is_ok()
    }
}

impl Sink for HmacSha1 {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// The temporary secret of one push: 16 to 64 ASCII letters and digits. Wiped when dropped, never
/// printed.
pub(crate) struct TemporarySecret(Zeroizing<Vec<u8>>);

impl TemporarySecret {
    /// Takes 1. as many bytes as the modulus, 2. a value below it, 3. `00 01`, 4. only `FF` and at
    /// least eight of them, 5. `00`, 6. 16 to 64 ASCII letters and digits.
    pub(crate) fn recover(wrapped: &[u8], key: &PublicKey) -> Result<Self, SecretProblem> {
        let block = key.rsavp1(wrapped).map_err(SecretProblem::Representative)?;
        Self::from_block(&block)
    }

    pub(crate) fn from_block(block: &[u8]) -> Result<Self, SecretProblem> {
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

/// Bytes of an HMAC-SHA1.
pub(super) const MAC_BYTES: usize = 20;
const BLOCK_TYPE_1: &[u8] = &[0x00, 0x01];
/// RFC 8017 section 9.2, step 3.
const MIN_PADDING_BYTES: usize = 8;
/// The reference sender makes 32.
const MIN_SECRET_BYTES: usize = 16;
pub(super) const MAX_SECRET_BYTES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    /// Each rule by itself: a block that only this rule rejects, or that this rule rejects first.
    #[test]
    fn every_rule_rejects_for_its_own_reason() {
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
