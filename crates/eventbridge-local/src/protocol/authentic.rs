//! Who asks: the signature of a request, recomputed with the key that it names.

use std::collections::BTreeSet;

use aliyun_eventbridge::{
    credentials::Credentials,
    error::ErrorCode,
    operation::Protocol,
    sign::{acs, acs3},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::{Timestamp, fmt::rfc2822};
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

use super::request::ApiRequest;
use crate::{core::Core, fault::Fault, limits::SIGNATURE_WINDOW};

/// The header of the nonce.
const NONCE: &str = "x-acs-signature-nonce";
/// How many headers a request of the 2020-04-01 API signs at most; the SDKs sign about ten.
const MOST_SIGNED: usize = 64;
/// What a request of the 2020-04-01 API signs at least.
const SIGNED_AT_LEAST: [&str; 6] =
    ["host", "x-acs-action", "x-acs-content-sha256", "x-acs-date", NONCE, "x-acs-version"];

/// Checks key, date, signature, the body's hash, and that the nonce is new.
pub(super) fn check(
    core: &Core,
    credentials: &[Credentials],
    protocol: Protocol,
    request: &ApiRequest,
) -> Result<(), Fault> {
    let given = request.header("authorization").ok_or_else(|| {
        Fault::new(403, ErrorCode::AccessDenied, "the header Authorization is missing")
    })?;
    match protocol {
        Protocol::OpenApi => openapi(core, credentials, request, given),
        Protocol::Api20200401 | _ => api(core, credentials, request, given),
    }
}

fn openapi(
    core: &Core,
    credentials: &[Credentials],
    request: &ApiRequest,
    given: &str,
) -> Result<(), Fault> {
    let malformed = || denied("Authorization is not acs:<AccessKeyId>:<signature>");
    // The SDKs send a colon, the pages print a space.
    let rest = given.strip_prefix("acs").and_then(|rest| rest.strip_prefix([':', ' ']));
    let (id, signature) = rest.and_then(|rest| rest.split_once(':')).ok_or_else(malformed)?;
    let key = known(credentials, id)?;
    security_token(request, key)?;
    let date = request.header("date").and_then(|date| rfc2822::parse(date).ok());
    in_window(core, date.map(|date| date.timestamp()), "date")?;
    let ApiRequest { method, target, headers, .. } = request;
    let texts = [
        acs::canonical_request(method, target, headers),
        acs::documented_canonical_request(method, target, headers),
    ];
    if !texts.iter().any(|text| same(&acs::signature(text, key), signature)) {
        return Err(mismatch());
    }
    content_md5(request)?;
    nonce_is_new(core, request, key)
}

fn api(
    core: &Core,
    credentials: &[Credentials],
    request: &ApiRequest,
    given: &str,
) -> Result<(), Fault> {
    let malformed =
        || denied("Authorization is not ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…");
    let fields = given.strip_prefix(acs3::METHOD).map(str::trim_start).ok_or_else(malformed)?;
    let field = |name: &str| {
        let mut fields = fields.split(',').filter_map(|field| field.trim().split_once('='));
        fields.find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let id = field("Credential").ok_or_else(malformed)?;
    let names = signed_names(field("SignedHeaders").ok_or_else(malformed)?)?;
    let signature = field("Signature").ok_or_else(malformed)?;
    let key = known(credentials, id)?;
    security_token(request, key)?;
    if let Some(name) = SIGNED_AT_LEAST.iter().find(|name| !names.contains(name)) {
        return Err(denied(&format!("the header {name} is not signed")));
    }
    let date = request.header("x-acs-date").and_then(|date| date.parse().ok());
    in_window(core, date, "x-acs-date")?;
    let hash = acs3::sha256_hex(&request.body);
    if request.header("x-acs-content-sha256") != Some(hash.as_str()) {
        return Err(denied("x-acs-content-sha256 is not the SHA-256 of the body"));
    }
    let ApiRequest { method, target, headers, .. } = request;
    let text = acs3::canonical_request_of(method, target, headers, &names, &hash);
    if !same(&acs3::signature(&text, key), signature) {
        return Err(mismatch());
    }
    nonce_is_new(core, request, key)
}

/// Compares the body with its MD5 hash, if the request has one: the signature covers only the hash.
fn content_md5(request: &ApiRequest) -> Result<(), Fault> {
    let mut given = request.headers.get_all("content-md5").iter();
    let Some(first) = given.next() else { return Ok(()) };
    let hash = STANDARD.encode(Md5::digest(&request.body));
    if first.as_bytes() == hash.as_bytes() && given.next().is_none() {
        return Ok(());
    }
    let code = ErrorCode::from("ContentMD5NotMatched");
    Err(Fault::new(400, code, "Content-MD5 is not the base64 text of the MD5 hash of the body"))
}

/// Uses the nonce of a request whose signature is right. The vendor's page of the `openapi`
/// protocol does not demand one.
fn nonce_is_new(core: &Core, request: &ApiRequest, key: &Credentials) -> Result<(), Fault> {
    let mut given = request.headers.get_all(NONCE).iter();
    let Some(nonce) = given.next() else { return Ok(()) };
    let nonce = nonce.to_str().ok().filter(|_| given.next().is_none());
    let nonce = nonce.ok_or_else(|| denied("the header x-acs-signature-nonce is not one text"))?;
    if core.nonces.first_use(key.access_key_id(), nonce, core.shared.clock.now()) {
        return Ok(());
    }
    let code = ErrorCode::from("SignatureNonceUsed");
    let message = "x-acs-signature-nonce was used already: each request needs a new one";
    Err(Fault::new(400, code, message))
}

/// Returns the names of the signed headers. A name that stands twice would be copied twice.
fn signed_names(list: &str) -> Result<Vec<&str>, Fault> {
    let names: Vec<&str> = list.split(';').take(MOST_SIGNED.saturating_add(1)).collect();
    let distinct: BTreeSet<&str> = names.iter().copied().collect();
    if names.len() > MOST_SIGNED || distinct.len() < names.len() {
        let limit = format!("SignedHeaders names a header twice, or more than {MOST_SIGNED}");
        return Err(denied(&limit));
    }
    Ok(names)
}

fn known<'a>(credentials: &'a [Credentials], id: &str) -> Result<&'a Credentials, Fault> {
    credentials.iter().find(|key| key.access_key_id() == id).ok_or_else(|| {
        let message = "the AccessKey id is not one of this server; the default is `local`";
        Fault::new(403, ErrorCode::InvalidAccessKeyId, message)
    })
}

fn security_token(request: &ApiRequest, key: &Credentials) -> Result<(), Fault> {
    let given = request.header("x-acs-security-token");
    let right = match (given, key.security_token()) {
        (None, None) => true,
        (Some(given), Some(token)) => same(given, token),
        (None, Some(_)) | (Some(_), None) => false,
    };
    if right {
        return Ok(());
    }
    let message = "the security token is not the one of the AccessKey";
    Err(Fault::new(403, ErrorCode::InvalidStsAccessKeyId, message))
}

fn in_window(core: &Core, date: Option<Timestamp>, header: &str) -> Result<(), Fault> {
    let date = date.ok_or_else(|| denied(&format!("the header {header} is not a date")))?;
    let now = Timestamp::try_from(core.shared.clock.now()).unwrap_or_default();
    if now.duration_since(date).unsigned_abs() > SIGNATURE_WINDOW {
        return Err(denied(&format!("the header {header} is more than 15 minutes off")));
    }
    Ok(())
}

fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn denied(message: &str) -> Fault {
    Fault::new(403, ErrorCode::AccessDenied, message)
}

fn mismatch() -> Fault {
    let code = ErrorCode::from("SignatureDoesNotMatch");
    Fault::new(403, code, "the signature is not that of the request under this AccessKey")
}
