//! The bytes that are signed: the URL, a line for each signed header, the body, and an ending
//! ([`BodyEnding`](super::words::BodyEnding)).
//!
//! ```text
//! URL LF
//! name: value LF          timestamp, the scheme's method line, version, certificate URL,
//!                         then the token if there is one
//! body ending             the body as received, then LF (reference) or nothing (documented)
//! ```
//!
//! Fed piece by piece: the string never exists in memory. Values enter as received, so leading
//! zeros, odd case and bytes that are not UTF-8 survive.

use crate::signature::header::SignatureHeader;

/// Takes the string to sign: a digest, or a buffer in tests and in the signer.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// The header that names a scheme's method, and the only value of it that is accepted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MethodLine {
    pub(crate) header: SignatureHeader,
    pub(crate) value: &'static str,
}

/// Everything that stands before the body.
pub(crate) struct SignedHead<'a> {
    pub(crate) url: &'a str,
    pub(crate) method: MethodLine,
    pub(crate) timestamp: &'a [u8],
    pub(crate) certificate_url: &'a [u8],
    pub(crate) token: Option<&'a [u8]>,
}

impl SignedHead<'_> {
    pub(crate) fn feed(&self, sink: &mut impl Sink) {
        sink.put(self.url.as_bytes());
        sink.put(LINE_FEED);
        let lines = [
            (SignatureHeader::Timestamp, Some(self.timestamp)),
            (self.method.header, Some(self.method.value.as_bytes())),
            (SignatureHeader::Version, Some(VERSION.as_bytes())),
            (SignatureHeader::CertificateUrl, Some(self.certificate_url)),
            (SignatureHeader::Token, self.token),
        ];
        for (header, value) in lines {
            let Some(value) = value else { continue };
            sink.put(header.as_str().as_bytes());
            sink.put(b": ");
            sink.put(value);
            sink.put(LINE_FEED);
        }
    }
}

/// The version, the same in every scheme.
pub(crate) const VERSION: &str = "1.0";
const LINE_FEED: &[u8] = b"\n";
