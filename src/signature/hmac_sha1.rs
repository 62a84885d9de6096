//! v1: HMAC-SHA1 over the string to sign (RFC 2104).

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use super::{
    scheme::Form,
    secret::{MAX_SECRET_BYTES, TemporarySecret},
    string_to_sign::{Sink, ending},
};

/// Bytes of an HMAC-SHA1.
pub(crate) const MAC_BYTES: usize = 20;

/// A MAC under way.
#[derive(Clone)]
pub(crate) struct HmacSha1(Hmac<Sha1>);

impl HmacSha1 {
    pub(crate) fn new(secret: &TemporarySecret) -> Self {
        Self::keyed(secret.as_bytes())
    }

    /// A secret is never longer than SHA-1's block, so RFC 2104's zero padding is all that happens to it.
    pub(super) fn keyed(key: &[u8]) -> Self {
        let mut block = Zeroizing::new([0; MAX_SECRET_BYTES]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        Self(Hmac::new((&*block).into()))
    }

    /// The form in which the string to sign gives this MAC, compared in constant time.
    pub(crate) fn matching_form(&self, forms: &[Form], mac: &[u8; MAC_BYTES]) -> Option<Form> {
        forms.iter().copied().find(|&form| {
            let mut state = self.clone();
            state.put(ending(form));
            state.0.verify_slice(mac).is_ok()
        })
    }
}

impl Sink for HmacSha1 {
    fn put(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }
}
