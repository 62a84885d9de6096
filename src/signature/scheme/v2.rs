//! v2: RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 section 8.2.2).

use sha2::{Digest, Sha256};

use super::{
    definition::{CanBeSignedBy, SchemeSpec, SecretProblem, SignatureScheme},
    string_to_sign::{MethodLine, Sink},
};
use crate::{
    certificate::{PublicKey, RepresentativeError},
    signature::header::{HeaderFault, SignatureHeader, SingleHeaders},
};

/// A signature.
pub(crate) struct V2 {
    pub(super) signature: Vec<u8>,
}

impl SignatureScheme for V2 {
    const SPEC: SchemeSpec = SchemeSpec {
        name: "v2",
        method: MethodLine { header: SignatureHeader::HashMethod, value: "SHA256" },
        signature: SignatureHeader::SignatureV2,
        can_be_signed_by: CanBeSignedBy::KeyHolder,
    };
    type Digest = RsaSha256;

    fn read(headers: &SingleHeaders<'_>) -> Result<Self, HeaderFault> {
        Ok(Self { signature: headers.base64(SignatureHeader::SignatureV2)? })
    }

    fn begin(&self, _: &PublicKey) -> Result<RsaSha256, SecretProblem> {
        Ok(RsaSha256::new())
    }

    /// Makes the expected encoding and compares it whole: nothing of the received one is parsed
    /// (RFC 8017 section 8.2.2, step 4). All of it is public.
    fn first_match<T>(
        &self,
        key: &PublicKey,
        mut digests: impl Iterator<Item = (T, RsaSha256)>,
    ) -> Result<Option<T>, RepresentativeError> {
        let received = key.rsavp1(&self.signature)?;
        let matching = digests.find_map(|(name, digest)| {
            let expected = emsa_pkcs1_v1_5(&digest.0.finalize().into(), received.len());
            expected.is_some_and(|expected| expected == *received).then_some(name)
        });
        Ok(matching)
    }
}

/// A digest under way.
#[derive(Clone)]
pub(crate) struct RsaSha256(Sha256);

impl RsaSha256 {
    pub(super) fn new() -> Self {
        Self(Sha256::new())
    }
}

impl Sink for RsaSha256 {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}

/// Computes EMSA-PKCS1-v1_5 (RFC 8017 section 9.2) of a SHA-256 digest; `None` if the length is too
/// small for it.
pub(crate) fn emsa_pkcs1_v1_5(digest: &[u8; 32], length: usize) -> Option<Vec<u8>> {
    let padding = length.checked_sub(3 + SHA256_DIGEST_INFO.len() + digest.len())?;
    if padding < MIN_PADDING_BYTES {
        return None;
    }
    let mut encoded = Vec::with_capacity(length);
    encoded.extend([0x00, 0x01]);
    encoded.resize(2 + padding, 0xFF);
    encoded.push(0x00);
    encoded.extend(SHA256_DIGEST_INFO);
    encoded.extend(digest);
    Some(encoded)
}

/// RFC 8017 section 9.2, note 1.
const SHA256_DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05,
    0x00, 0x04, 0x20,
];
const MIN_PADDING_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    /// No key within the limits is that short; RFC 8017 asks for it all the same.
    #[test]
    fn eight_bytes_of_padding_are_the_least() {
        let shortest = 3 + 8 + SHA256_DIGEST_INFO.len() + 32;
        assert_eq!(emsa_pkcs1_v1_5(&[7; 32], shortest - 1), None);
        let encoded = emsa_pkcs1_v1_5(&[7; 32], shortest).unwrap();
        assert_eq!(encoded.len(), shortest);
        assert!(encoded.starts_with(b"\x00\x01\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x00\x30\x31"));
    }
}
