//! One push, as EventBridge would send it, or as an attacker would.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use getrandom::rand_core::TryRng;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderValue, Method, Request, Uri, header};
use sha1::Sha1;

use super::{Forgery, Signer, SignerError, forgery::flip_bit};
use crate::{
    clock::unix_millis,
    signature::{
        Form, Scheme, TokenLine,
        signer_support::{SignatureHeader, SignedHead, VERSION, ending, method_line},
    },
};

/// Which signatures a push carries.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignWith {
    /// v1 only.
    V1,
    /// v2 only.
    #[default]
    V2,
    /// Both.
    Both,
}

impl SignWith {
    /// Returns the schemes of the signatures.
    pub(super) const fn schemes(self) -> &'static [Scheme] {
        match self {
            Self::V1 => &[Scheme::V1],
            Self::V2 => &[Scheme::V2],
            Self::Both => &[Scheme::V1, Scheme::V2],
        }
    }
}

/// A push to be signed. Every setting has a default, so `signer.push(url).sign(now)` is a good push.
#[derive(Clone)]
#[must_use]
pub struct Push<'a> {
    pub(super) signer: &'a Signer,
    pub(super) url: String,
    pub(super) with: SignWith,
    pub(super) form: Form,
    pub(super) token_line: TokenLine,
    pub(super) token: Option<String>,
    pub(super) body: Bytes,
    pub(super) method: Method,
    pub(super) target: Option<String>,
    pub(super) forgery: Option<Forgery>,
}

impl<'a> Push<'a> {
    pub(super) fn new(signer: &'a Signer, url: String) -> Self {
        Self {
            signer,
            url,
            with: SignWith::V2,
            form: Form::Reference,
            token_line: TokenLine::Signed,
            token: None,
            body: Bytes::new(),
            method: Method::POST,
            target: None,
            forgery: None,
        }
    }

    /// Which signatures it carries. Default: v2.
    pub fn with(mut self, with: SignWith) -> Self {
        self.with = with;
        self
    }

    /// The form of the string to sign. Default: [`Form::Reference`].
    pub fn form(mut self, form: Form) -> Self {
        self.form = form;
        self
    }

    /// The target's token. Default: none.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Whether v2 signs the token. Default: [`TokenLine::Signed`].
    pub fn token_line(mut self, token_line: TokenLine) -> Self {
        self.token_line = token_line;
        self
    }

    /// The body. Default: empty.
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// The method. It is not signed. Default: POST.
    pub fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    /// The path and query that arrive, where a proxy rewrites them. Default: those of the URL.
    pub fn seen_as(mut self, target: impl Into<String>) -> Self {
        self.target = Some(target.into());
        self
    }

    /// Makes it a forgery.
    pub fn forgery(mut self, forgery: Forgery) -> Self {
        self.forgery = Some(forgery);
        self
    }

    /// Signs the push at `now`. The request has the URL's path and query as its target and the host in `Host`.
    ///
    /// # Errors
    ///
    /// If the URL, the token or the target cannot stand in a request, or the forgery does not apply to the scheme.
    pub fn sign(&self, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
        match self.forgery {
            Some(forgery) => forgery.sign(self, now),
            None => self.sign_honestly(now),
        }
    }

    pub(super) fn sign_honestly(&self, now: SystemTime) -> Result<Request<Bytes>, SignerError> {
        self.sign_with_secret(now, &random_secret()?, None)
    }

    /// Signs v1 with this secret and, if given, other octets for the wrapped secret.
    pub(super) fn sign_with_secret(
        &self,
        now: SystemTime,
        secret: &[u8],
        wrapped: Option<&[u8]>,
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
        for scheme in self.with.schemes() {
            let string = self.string_to_sign(*scheme, &timestamp);
            match scheme {
                Scheme::V1 => {
                    let wrapped = match wrapped {
                        Some(wrapped) => wrapped.to_owned(),
                        None => self.signer.key.wrap(secret)?,
                    };
                    put(SignatureHeader::Method, method_line(Scheme::V1).1)?;
                    put(SignatureHeader::Secret, &STANDARD.encode(wrapped))?;
                    put(SignatureHeader::Signature, &STANDARD.encode(hmac_sha1(secret, &string)?))?;
                }
                Scheme::V2 => {
                    put(SignatureHeader::HashMethod, method_line(Scheme::V2).1)?;
                    let signature = self.signer.key.sign_sha256(&string)?;
                    put(SignatureHeader::SignatureV2, &STANDARD.encode(signature))?;
                }
            }
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
        let leave_token_out = scheme == Scheme::V2 && self.token_line == TokenLine::Unsigned;
        let token = self.token.as_deref().filter(|_| !leave_token_out);
        let head = SignedHead {
            url: &self.url,
            scheme,
            timestamp: timestamp.as_bytes(),
            certificate_url: self.signer.certificate_url().as_bytes(),
            token: token.map(str::as_bytes),
        };
        let mut string_to_sign = Vec::new();
        head.feed(&mut string_to_sign);
        string_to_sign.extend_from_slice(&self.body);
        string_to_sign.extend_from_slice(ending(self.form));
        string_to_sign
    }
}

impl fmt::Debug for Push<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Push")
            .field("with", &self.with)
            .field("form", &self.form)
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

/// 32 letters and digits, as the vendor's sender makes them.
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

pub(super) fn shifted(
    now: SystemTime,
    by: Duration,
    back: bool,
) -> Result<SystemTime, SignerError> {
    let shifted = if back { now.checked_sub(by) } else { now.checked_add(by) };
    shifted.ok_or_else(|| SignerError::new("the time cannot be shifted that far"))
}

/// Flips one bit of a base64 header's octets; it stays base64 of the same length.
pub(super) fn flip_header_bit(
    request: &mut Request<Bytes>,
    header: SignatureHeader,
) -> Result<(), SignerError> {
    let missing = || SignerError::new(format_args!("the push has no {}", header.as_str()));
    let value = request.headers().get(header.name()).ok_or_else(missing)?;
    let octets = STANDARD.decode(value.as_bytes()).map_err(SignerError::new)?;
    let flipped =
        HeaderValue::from_str(&STANDARD.encode(flip_bit(octets))).map_err(SignerError::new)?;
    request.headers_mut().insert(header.name(), flipped);
    Ok(())
}
