//! The bytes that are signed: the URL, one line for each signed header, the body, and an ending that depends on the form.
//!
//! ```text
//! URL LF
//! name: value LF          timestamp, method or hash method, version, certificate URL, then the token if there is one
//! body                    as received, then LF in the reference form and nothing in the documented form
//! ```
//!
//! Fed piece by piece: the string never exists in memory. Values enter as received, so leading zeros, odd case and
//! bytes that are not UTF-8 survive.

use super::{
    names::SignatureHeader,
    scheme::{Form, Scheme},
};

/// Where the string to sign goes: a digest, or a buffer in tests.
pub(crate) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// Everything that stands before the body.
pub(crate) struct SignedHead<'a> {
    pub(crate) url: &'a str,
    pub(crate) scheme: Scheme,
    pub(crate) timestamp: &'a [u8],
    pub(crate) certificate_url: &'a [u8],
    pub(crate) token: Option<&'a [u8]>,
}

impl SignedHead<'_> {
    pub(crate) fn feed(&self, sink: &mut impl Sink) {
        let (method_header, method) = method_line(self.scheme);
        sink.put(self.url.as_bytes());
        sink.put(LINE_FEED);
        let lines = [
            (SignatureHeader::Timestamp, Some(self.timestamp)),
            (method_header, Some(method.as_bytes())),
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

/// The header that names the method, and the only value that is accepted. v1 and v2 use different headers.
pub(crate) const fn method_line(scheme: Scheme) -> (SignatureHeader, &'static str) {
    match scheme {
        Scheme::V1 => (SignatureHeader::Method, "HMAC-SHA1"),
        Scheme::V2 => (SignatureHeader::HashMethod, "SHA256"),
    }
}

/// What stands after the body.
pub(crate) const fn ending(form: Form) -> &'static [u8] {
    match form {
        Form::Reference => LINE_FEED,
        Form::Documented => b"",
    }
}

/// The only version there is, in both schemes.
pub(crate) const VERSION: &str = "1.0";
const LINE_FEED: &[u8] = b"\n";
