//! The signature headers: exactly one of each, read into a [`SignatureHead`] that keeps the raw bytes.

use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header};
use zeroize::Zeroizing;

use super::{
    facts::{Excerpt, HeaderProblem},
    hmac_sha1::MAC_BYTES,
    kind::Stage,
    names::SignatureHeader,
    reason::Reason,
    scheme::Scheme,
    string_to_sign::{VERSION, method_line},
    timestamp::Timestamp,
};

/// The signature headers of a push, well-formed and single.
pub(crate) struct SignatureHead {
    pub(crate) timestamp: Timestamp,
    pub(crate) timestamp_text: HeaderValue,
    pub(crate) certificate_url: HeaderValue,
    pub(crate) proof: Proof,
}

/// What is to be proved true.
pub(crate) enum Proof {
    V1 { wrapped_secret: Zeroizing<Vec<u8>>, mac: [u8; MAC_BYTES] },
    V2 { signature: Vec<u8> },
}

impl Proof {
    pub(crate) const fn scheme(&self) -> Scheme {
        match self {
            Self::V1 { .. } => Scheme::V1,
            Self::V2 { .. } => Scheme::V2,
        }
    }
}

/// Whether v1 pushes are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum V1Policy {
    Accept,
    Refuse,
}

/// The signature headers of a request, each there once at most.
pub(crate) struct SingleHeaders<'a> {
    values: [Option<&'a HeaderValue>; SignatureHeader::ALL.len()],
}

impl<'a> SingleHeaders<'a> {
    /// No signature header twice, not even with equal values: who reads which one differs between readers.
    pub(crate) fn of(headers: &'a HeaderMap) -> Result<Self, Reason> {
        let mut single = Self { values: [None; SignatureHeader::ALL.len()] };
        let mut doubled: Option<SignatureHeader> = None;
        for (name, value) in headers {
            let Some(header) = SignatureHeader::of(name.as_str()) else { continue };
            let Some(slot) = single.values.get_mut(header.index()) else { continue };
            let is_first = doubled.is_none_or(|other| header.index() < other.index());
            if slot.replace(value).is_some() && is_first {
                doubled = Some(header);
            }
        }
        match doubled {
            Some(header) => Err(Reason::DuplicateHeader { header }),
            None => Ok(single),
        }
    }

    fn get(&self, header: SignatureHeader) -> Option<&'a HeaderValue> {
        self.values.get(header.index()).copied().flatten()
    }
}

/// A v2 signature, even an empty one, always decides: a good v1 never rescues a bad v2.
pub(crate) fn choose_scheme(headers: &SingleHeaders<'_>, v1: V1Policy) -> Result<Scheme, Reason> {
    if headers.get(SignatureHeader::SignatureV2).is_some() {
        return Ok(Scheme::V2);
    }
    match v1 {
        V1Policy::Accept => Ok(Scheme::V1),
        V1Policy::Refuse => Err(Reason::OnlyV2),
    }
}

/// Reads the headers of one scheme, in the order in which they are signed; then the unsigned ones; then compares
/// method and version.
pub(crate) fn read(headers: &SingleHeaders<'_>, scheme: Scheme) -> Result<SignatureHead, Reason> {
    let (method_header, method_wanted) = method_line(scheme);
    let timestamp_text = present(headers, SignatureHeader::Timestamp)?;
    let timestamp = Timestamp::parse(timestamp_text.as_bytes())
        .ok_or_else(|| malformed(SignatureHeader::Timestamp, HeaderProblem::NotDigits))?;
    let method = present(headers, method_header)?;
    let version = present(headers, SignatureHeader::Version)?;
    let certificate_url = present(headers, SignatureHeader::CertificateUrl)?;
    let proof = match scheme {
        Scheme::V1 => Proof::V1 {
            wrapped_secret: Zeroizing::new(decoded(headers, SignatureHeader::Secret)?),
            mac: mac_of(&decoded(headers, SignatureHeader::Signature)?)?,
        },
        Scheme::V2 => Proof::V2 { signature: decoded(headers, SignatureHeader::SignatureV2)? },
    };
    if method.as_bytes() != method_wanted.as_bytes() {
        let got = Excerpt::of(method.as_bytes());
        return Err(Reason::SignatureMethod { header: method_header, got, want: method_wanted });
    }
    if version.as_bytes() != VERSION.as_bytes() {
        let got = Excerpt::of(version.as_bytes());
        return Err(Reason::SignatureVersion { got, want: VERSION });
    }
    Ok(SignatureHead {
        timestamp,
        timestamp_text: timestamp_text.clone(),
        certificate_url: certificate_url.clone(),
        proof,
    })
}

/// The token header where a token is configured: there and not empty.
pub(crate) fn required_token<'a>(headers: &SingleHeaders<'a>) -> Result<&'a HeaderValue, Reason> {
    let value = headers
        .get(SignatureHeader::Token)
        .ok_or_else(|| missing(Stage::Token, SignatureHeader::Token))?;
    if value.is_empty() {
        return Err(Reason::MalformedHeader {
            stage: Stage::Token,
            header: SignatureHeader::Token,
            problem: HeaderProblem::Empty,
        });
    }
    Ok(value)
}

/// The token header where none is configured: not there.
pub(crate) fn no_token(headers: &SingleHeaders<'_>) -> Result<(), Reason> {
    if headers.get(SignatureHeader::Token).is_some() {
        return Err(Reason::UnexpectedToken);
    }
    Ok(())
}

/// Only identity: a body that is decoded on the way is not the body that was signed.
pub(crate) fn check_encoding(headers: &HeaderMap) -> Result<(), Reason> {
    let plain = |value: &HeaderValue| {
        value.as_bytes().split(|&byte| byte == b',').all(|coding| {
            let coding = coding.trim_ascii();
            coding.is_empty() || coding.eq_ignore_ascii_case(b"identity")
        })
    };
    match headers.get_all(header::CONTENT_ENCODING).iter().find(|value| !plain(value)) {
        Some(value) => Err(Reason::ContentEncoding { got: Excerpt::of(value.as_bytes()) }),
        None => Ok(()),
    }
}

/// The length that Content-Length declares, if there is one; repeated values must agree (RFC 9110 section 8.6).
pub(crate) fn declared_length(headers: &HeaderMap) -> Result<Option<u64>, Reason> {
    let mut declared = None;
    for value in headers.get_all(header::CONTENT_LENGTH) {
        let length = decimal(value.as_bytes()).ok_or(Reason::MalformedLength)?;
        if declared.is_some_and(|declared| declared != length) {
            return Err(Reason::MalformedLength);
        }
        declared = Some(length);
    }
    Ok(declared)
}

/// Digits only; a number that does not fit is larger than any limit.
fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        Some(number.saturating_mul(10).saturating_add(digit))
    })
}

fn present<'a>(
    headers: &SingleHeaders<'a>,
    header: SignatureHeader,
) -> Result<&'a HeaderValue, Reason> {
    let value = headers.get(header).ok_or_else(|| missing(Stage::SignatureHeaders, header))?;
    if value.is_empty() {
        return Err(malformed(header, HeaderProblem::Empty));
    }
    Ok(value)
}

/// Strict base64: the standard alphabet, padded, nothing else (RFC 4648 section 4).
fn decoded(headers: &SingleHeaders<'_>, header: SignatureHeader) -> Result<Vec<u8>, Reason> {
    let value = present(headers, header)?;
    if value.len() > MAX_BASE64_BYTES {
        return Err(malformed(
            header,
            HeaderProblem::TooLong { bytes: value.len(), limit: MAX_BASE64_BYTES },
        ));
    }
    STANDARD.decode(value.as_bytes()).map_err(|_| malformed(header, HeaderProblem::NotBase64))
}

fn mac_of(decoded: &[u8]) -> Result<[u8; MAC_BYTES], Reason> {
    let wrong_length = |_| {
        malformed(
            SignatureHeader::Signature,
            HeaderProblem::NotAMac { bytes: decoded.len(), want: MAC_BYTES },
        )
    };
    decoded.try_into().map_err(wrong_length)
}

fn missing(stage: Stage, header: SignatureHeader) -> Reason {
    Reason::MissingHeader { stage, header }
}

fn malformed(header: SignatureHeader, problem: HeaderProblem) -> Reason {
    Reason::MalformedHeader { stage: Stage::SignatureHeaders, header, problem }
}

/// Far above the 684 characters of a 4096-bit signature.
const MAX_BASE64_BYTES: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    /// Whatever order they come in, the operator reads the same name.
    #[test]
    fn of_headers_that_are_there_twice_the_first_in_signing_order_is_named() {
        let mut headers = HeaderMap::new();
        for header in [SignatureHeader::Signature, SignatureHeader::Token, SignatureHeader::Secret]
        {
            for value in ["a", "b"] {
                headers.append(header.name(), HeaderValue::from_static(value));
            }
        }
        let Err(Reason::DuplicateHeader { header }) = SingleHeaders::of(&headers) else {
            panic!("no duplicate");
        };
        assert_eq!(header, SignatureHeader::Token);
    }

    #[test]
    fn base64_has_4096_characters_at_most() {
        let mut headers = HeaderMap::new();
        for (header, value) in [
            (SignatureHeader::Timestamp, "1"),
            (SignatureHeader::HashMethod, "SHA256"),
            (SignatureHeader::Version, "1.0"),
            (SignatureHeader::CertificateUrl, "https://example.com/"),
        ] {
            headers.insert(header.name(), HeaderValue::from_static(value));
        }
        for (characters, fits) in [(4092, true), (4096, true), (4100, false)] {
            let value = HeaderValue::try_from("A".repeat(characters)).unwrap();
            headers.insert(SignatureHeader::SignatureV2.name(), value);
            let Ok(single) = SingleHeaders::of(&headers) else { panic!("there is one of each") };
            assert_eq!(read(&single, Scheme::V2).is_ok(), fits, "{characters}");
        }
    }
}
