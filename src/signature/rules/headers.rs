//! The signature headers: which scheme decides, and the headers of that scheme.

use http::HeaderValue;

use super::timestamp::Timestamp;
use crate::signature::{
    excerpt::Excerpt,
    header::{HeaderFault, HeaderProblem, SignatureHeader, SingleHeaders},
    rejection::{Reason, Stage},
    scheme::{Claim, Scheme, VERSION},
};

/// The signature headers of a push, well-formed. Raw values are kept: they are signed.
pub(crate) struct SignatureHead {
    pub(crate) timestamp: Timestamp,
    pub(crate) timestamp_text: HeaderValue,
    pub(crate) certificate_url: HeaderValue,
    pub(crate) claim: Claim,
}

/// Chooses the scheme that decides: of those that signed the push, the first in the table.
///
/// A v2 signature, even an empty one, always decides: a good v1 never rescues a bad v2. A push
/// without any signature is read as [`Scheme::FALLBACK`].
pub(crate) fn choose_scheme(
    headers: &SingleHeaders<'_>,
    accepted: &[Scheme],
) -> Result<Scheme, Reason> {
    let is_signed = |scheme: &&Scheme| headers.get(scheme.signature_header()).is_some();
    let signed = Scheme::ALL.iter().find(is_signed).copied();
    let deciding = signed.unwrap_or(Scheme::FALLBACK);
    match accepted.last() {
        Some(nearest) if !accepted.contains(&deciding) => {
            let missing = nearest.signature_header();
            Err(Reason::SchemeNotAccepted { missing, rejected: deciding })
        }
        Some(_) | None => Ok(deciding),
    }
}

/// Reads the headers of one scheme: those that are signed, in their order; then its own; then
/// compares method and version.
pub(crate) fn read(headers: &SingleHeaders<'_>, scheme: Scheme) -> Result<SignatureHead, Reason> {
    let timestamp_text = present(headers, SignatureHeader::Timestamp)?;
    let timestamp = Timestamp::parse(timestamp_text.as_bytes())
        .ok_or_else(|| malformed(SignatureHeader::Timestamp.fault(HeaderProblem::NotDigits)))?;
    let method_wanted = scheme.method();
    let method = present(headers, method_wanted.header)?;
    let version = present(headers, SignatureHeader::Version)?;
    let certificate_url = present(headers, SignatureHeader::CertificateUrl)?;
    let claim = scheme.read(headers).map_err(malformed)?;
    if method.as_bytes() != method_wanted.value.as_bytes() {
        let got = Excerpt::of(method.as_bytes());
        let (header, want) = (method_wanted.header, method_wanted.value);
        return Err(Reason::SignatureMethod { header, got, want });
    }
    if version.as_bytes() != VERSION.as_bytes() {
        let got = Excerpt::of(version.as_bytes());
        return Err(Reason::SignatureVersion { got, want: VERSION });
    }
    Ok(SignatureHead {
        timestamp,
        timestamp_text: timestamp_text.clone(),
        certificate_url: certificate_url.clone(),
        claim,
    })
}

fn present<'a>(
    headers: &SingleHeaders<'a>,
    header: SignatureHeader,
) -> Result<&'a HeaderValue, Reason> {
    headers.present(header).map_err(malformed)
}

/// Rejects at this stage.
pub(crate) const fn malformed(fault: HeaderFault) -> Reason {
    Reason::Header { stage: Stage::SignatureHeaders, fault }
}
