//! One push, as EventBridge would send it, or as an attacker would.

use std::{fmt, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use getrandom::rand_core::TryRng;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Method, Request, Uri, header};
use sha1::Sha1;

use super::{error::SignerError, forgery::Forgery, identity::Signer, sign_with::SignWith};
use crate::{
    clock::unix_millis,
    signature::{
        BodyEnding, Scheme, TokenLine,
        signer_support::{SignatureHeader, SignedHead, VERSION},
    },
};

/// Holds a push to be signed. Every setting has a default, so `signer.push(url).sign(now)` is a
/// good push.
#[derive(Clone)]
#[must_use]
pub struct Push<'a> {
    pub(super) signer: &'a Signer,
    pub(super) url: String,
    pub(super) with: SignWith,
    pub(super) body_ending: BodyEnding,
    pub(super) token_line: TokenLine,
    pub(super) token: Option<String>,
    pub(super) body: Bytes,
    pub(super) method: Method,
    pub(super) target: Option<String>,
    pub(super) forgery: Option<Forgery>,
}

impl Signer {
    /// Begins a push to a URL.
    pub fn push(&self, url: impl Into<String>) -> Push<'_> {
        Push::new(self, url.into())
    }
}

impl<'a> Push<'a> {
    fn new(signer: &'a Signer, url: String) -> Self {
        Self {
            signer,
            url,
            with: SignWith::V2,
            body_ending: BodyEnding::Reference,
            token_line: TokenLine::Signed,
            token: None,
            body: Bytes::new(),
            method: Method::POST,
            target: None,
            forgery: None,
        }
    }

    /// Sets which signatures it carries. Default: v2.
    pub fn with(mut self, with: SignWith) -> Self {
        self.with = with;
        self
    }

    /// Sets the ending of the string to sign. Default: [`BodyEnding::Reference`].
    pub fn body_ending(mut self, ending: BodyEnding) -> Self {
        self.body_ending = ending;
        self
    }

    /// Sets the target's token. Default: none.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets whether v2 signs the token. Default: [`TokenLine::Signed`].
    pub fn token_line(mut self, token_line: TokenLine) -> Self {
        self.token_line = token_line;
        self
    }

    /// Sets the body. Default: empty.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets the method. It is not signed. Default: POST.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// Sets the path and query that arrive, where a proxy rewrites them. Default: those of the URL.
    pub fn seen_as(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Makes it a forgery.
    pub fn forgery(mut self, forgery: Forgery) -> Self {
        self.forgery = Some(forgery);
        self
    }

    /// Returns the strings that are signed at this time, each with its scheme. They hold the token.
    #[must_use]
    pub fn strings_to_sign(&self, now: SystemTime) -> Vec<(Scheme, Vec<u8>)> {
        let timestamp = unix_millis(now).to_string();
        let schemes: &[Scheme] = match self.with {
            SignWith::V1 => &[Scheme::V1],
            SignWith::V2 => &[Scheme::V2],
            SignWith::Both => &[Scheme::V1, Scheme::V2],
        };
        schemes.iter().map(|scheme| (*scheme, self.string_to_sign(*scheme, &timestamp))).collect()
    }

    pub(super) fn sign_honestly(&self, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
        self.sign_with_secret(now, &random_secret()?, None)
    }

    /// Signs v1 with this secret and, if given, other octets for the wrapped secret.
    pub(super) fn sign_with_secret(
        &self,
        now: SystemTime,
        secret: &[u8],
        wrapped: Option<Vec<u8>>,
    ) -> Result<Request<Bytes>, SignerError> {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.request_target()?;
        let url: Uri = self.url.parse().map_err(SignerError::new)?;
        let timestamp = unix_millis(now).to_string();
        let mut put = |header: SignatureHeader, value: &str| {
            let value = HeaderValue::from_str(value).map_err(SignerError::new)?;
            request.headers_mut().insert(header.name(), value);
            Ok::<(), SignerError>(())
        };
        put(SignatureHeader::Timestamp, &timestamp)?;
        put(SignatureHeader::Version, VERSION)?;
        put(SignatureHeader::CertificateUrl, self.signer.certificate_url())?;
        if let Some(token) = &self.token {
            put(SignatureHeader::Token, token)?;
        }
        let (v1, v2) = match self.with {
            SignWith::V1 => (true, false),
            SignWith::V2 => (false, true),
            SignWith::Both => (true, true),
        };
        if v1 {
            let wrapped = match wrapped {
                Some(wrapped) => wrapped,
                None => self.signer.key.wrap(secret)?,
            };
            put(SignatureHeader::Method, Scheme::V1.method().value)?;
            put(SignatureHeader::Secret, &STANDARD.encode(wrapped))?;
            let mac = hmac_sha1(secret, &self.string_to_sign(Scheme::V1, &timestamp))?;
            put(SignatureHeader::Signature, &STANDARD.encode(mac))?;
        }
        if v2 {
            put(SignatureHeader::HashMethod, Scheme::V2.method().value)?;
            let signature =
                self.signer.key.sign_sha256(&self.string_to_sign(Scheme::V2, &timestamp))?;
            put(SignatureHeader::SignatureV2, &STANDARD.encode(signature))?;
        }
        if let Some(host) = url.authority() {
            let host = HeaderValue::from_str(host.as_str()).map_err(SignerError::new)?;
            request.headers_mut().insert(header::HOST, host);
        }
        Ok(request)
    }

    fn request_target(&self) -> Result<Uri, SignerError> {
        match &self.target {
            Some(target) => target.parse().map_err(SignerError::new),
            None => {
                let url: Uri = self.url.parse().map_err(SignerError::new)?;
                let target = url.path_and_query().map_or("/", |target| target.as_str());
                target.parse().map_err(SignerError::new)
            }
        }
    }

    pub(super) fn string_to_sign(&self, scheme: Scheme, timestamp: &str) -> Vec<u8> {
        // Where only the token authenticates its line is always signed.
        let leave_token_out = !scheme.needs_token() && self.token_line == TokenLine::Unsigned;
        let token = self.token.as_deref().filter(|_| !leave_token_out);
        let head = SignedHead {
            url: &self.url,
            method: scheme.method(),
            timestamp: timestamp.as_bytes(),
            certificate_url: self.signer.certificate_url().as_bytes(),
            token: token.map(str::as_bytes),
        };
        let mut string_to_sign = Vec::new();
        head.feed(&mut string_to_sign);
        string_to_sign.extend_from_slice(&self.body);
        string_to_sign.extend_from_slice(self.body_ending.bytes());
        string_to_sign
    }
}

impl fmt::Debug for Push<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Push")
            .field("with", &self.with)
            .field("body_ending", &self.body_ending)
            .field("body_bytes", &self.body.len())
            .field("forgery", &self.forgery)
            .finish_non_exhaustive()
    }
}

pub(super) fn hmac_sha1(secret: &[u8], message: &[u8]) -> Result<Vec<u8>, SignerError> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret).map_err(SignerError::new)?;
    mac.update(message);
    Ok(mac.finalize().into_bytes().to_vec())
}

/// Makes 32 letters and digits, as the vendor's sender does.
fn random_secret() -> Result<Vec<u8>, SignerError> {
    random_bytes(32).map(|bytes| bytes.into_iter().map(alphanumeric).collect())
}

fn alphanumeric(byte: u8) -> u8 {
    match byte % 62 {
        digit @ 0..=9 => b'0' + digit,
        lower @ 10..=35 => b'a' + lower - 10,
        upper => b'A' + upper - 36,
    }
}

pub(super) fn random_bytes(length: usize) -> Result<Vec<u8>, SignerError> {
    let mut bytes = vec![0; length];
    getrandom::SysRng.try_fill_bytes(&mut bytes).map_err(SignerError::new)?;
    Ok(bytes)
}
