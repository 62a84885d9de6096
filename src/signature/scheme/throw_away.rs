//! A third scheme, for unit tests only: a SHA-256 of the string to sign. It proves nothing; it
//! shows that a scheme is one file, a line in `table.rs` and a line for its header in
//! `../header.rs`.

use sha2::{Digest, Sha256};

use super::{
    definition::{CanBeSignedBy, SchemeSpec, SecretProblem, SignatureScheme},
    string_to_sign::{MethodLine, Sink},
};
use crate::{
    certificate::{PublicKey, RepresentativeError},
    signature::header::{HeaderFault, SignatureHeader, SingleHeaders},
};

pub(crate) struct ThrowAway {
    hash: Vec<u8>,
}

#[derive(Clone)]
pub(crate) struct Hash(Sha256);

impl SignatureScheme for ThrowAway {
    const SPEC: SchemeSpec = SchemeSpec {
        name: "v3",
        method: MethodLine { header: SignatureHeader::HashMethod, value: "THROW-AWAY" },
        signature: SignatureHeader::SignatureV3,
        can_be_signed_by: CanBeSignedBy::KeyHolder,
    };
    type Digest = Hash;

    fn read(headers: &SingleHeaders<'_>) -> Result<Self, HeaderFault> {
        Ok(Self { hash: headers.base64(SignatureHeader::SignatureV3)? })
    }

    fn begin(&self, _: &PublicKey) -> Result<Hash, SecretProblem> {
        Ok(Hash(Sha256::new()))
    }

    fn first_match<T>(
        &self,
        _: &PublicKey,
        mut digests: impl Iterator<Item = (T, Hash)>,
    ) -> Result<Option<T>, RepresentativeError> {
        Ok(digests
            .find_map(|(name, hash)| (hash.0.finalize().as_slice() == self.hash).then_some(name)))
    }
}

impl Sink for Hash {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}
