//! A request with date, nonce and signature.

use std::time::Duration;

use ::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, header};
use bytes::Bytes;
use jiff::Timestamp;

use super::client::Inner;
use crate::{
    credentials::Credentials,
    error::CallErrorReason,
    field::InvalidField,
    operation::{Protocol, Unsigned},
    random,
    sign::{acs, acs3},
};

/// Says that a request was sent before: the 2020-04-01 API is told.
#[derive(Clone, Copy)]
pub(super) struct Repeat {
    pub(super) attempts: u32,
    pub(super) wait: Duration,
}

impl Inner {
    pub(super) async fn sign(
        &self,
        operation: &'static str,
        unsigned: &Unsigned,
        repeat: Option<Repeat>,
    ) -> Result<Request<Bytes>, CallErrorReason> {
        let credentials =
            self.credentials.credentials().await.map_err(CallErrorReason::Credentials)?;
        let nonce = random::uuid(self.random.as_ref()).map_err(CallErrorReason::Random)?;
        let mut headers = Headers(HeaderMap::new());
        headers.set("host", self.endpoint.authority())?;
        headers.set("accept", "application/json")?;
        headers.set("user-agent", &self.user_agent)?;
        // Answers are bounded in bytes as they come: nothing is decompressed.
        headers.set("accept-encoding", "identity")?;
        if let Some(content_type) = unsigned.content_type {
            headers.set("content-type", content_type)?;
        }
        if let Some(token) = credentials.security_token() {
            headers.set("x-acs-accesskey-id", credentials.access_key_id())?;
            headers.set("x-acs-security-token", token)?;
        }
        match self.protocol {
            Protocol::OpenApi => self.sign_acs(&mut headers, unsigned, &nonce, &credentials)?,
            Protocol::Api20200401 => {
                headers.set("x-acs-action", operation)?;
                if let Some(Repeat { attempts, wait }) = repeat {
                    headers.set("x-acs-retry-attempts", &attempts.to_string())?;
                    headers.set("x-acs-retry-delay", &wait.as_millis().to_string())?;
                }
                self.sign_acs3(&mut headers, unsigned, &nonce, &credentials)?;
            }
        }
        let url = format!("{}{}", self.endpoint, *unsigned.target);
        let mut request = Request::post(url)
            .body(Bytes::copy_from_slice(&unsigned.body))
            .map_err(|_| unsendable("request target", "is too long for a URL"))?;
        *request.headers_mut() = headers.0;
        Ok(request)
    }

    fn sign_acs(
        &self,
        headers: &mut Headers,
        unsigned: &Unsigned,
        nonce: &str,
        credentials: &Credentials,
    ) -> Result<(), CallErrorReason> {
        headers.set("date", &self.date("%a, %d %b %Y %H:%M:%S GMT")?)?;
        headers.set("x-acs-signature-nonce", nonce)?;
        headers.set("x-acs-signature-method", "HMAC-SHA1")?;
        headers.set("x-acs-signature-version", "1.0")?;
        headers.set("x-eventbridge-version", "2015-06-06")?;
        if let Some(region) = &self.region {
            headers.set("x-eventbridge-regionid", region)?;
        }
        let canonical = acs::canonical_request(&Method::POST, &unsigned.target, &headers.0);
        headers.set("authorization", &acs::authorization(&canonical, credentials))
    }

    fn sign_acs3(
        &self,
        headers: &mut Headers,
        unsigned: &Unsigned,
        nonce: &str,
        credentials: &Credentials,
    ) -> Result<(), CallErrorReason> {
        let provider =
            if credentials.security_token().is_some() { "static_sts" } else { "static_ak" };
        let hash = acs3::sha256_hex(&unsigned.body);
        headers.set("x-acs-version", "2020-04-01")?;
        headers.set("x-acs-date", &self.date("%Y-%m-%dT%H:%M:%SZ")?)?;
        headers.set("x-acs-signature-nonce", &nonce.replace('-', ""))?;
        headers.set("x-acs-content-sha256", &hash)?;
        headers.set("x-acs-credentials-provider", provider)?;
        let canonical = acs3::canonical_request(&Method::POST, &unsigned.target, &headers.0, &hash);
        let value = acs3::authorization(&canonical, &headers.0, credentials);
        headers.set("authorization", &value)
    }

    fn date(&self, format: &str) -> Result<String, CallErrorReason> {
        let now = Timestamp::try_from(self.clock.now())
            .map_err(|_| unsendable("date", "is out of range: check the clock"))?;
        Ok(now.strftime(format).to_string())
    }
}

struct Headers(HeaderMap);

impl Headers {
    fn set(&mut self, name: &'static str, value: &str) -> Result<(), CallErrorReason> {
        let mut text = HeaderValue::from_str(value)
            .map_err(|_| unsendable(name, "has a character that no header may have"))?;
        let name = HeaderName::from_static(name);
        text.set_sensitive(name == header::AUTHORIZATION || name == "x-acs-security-token");
        self.0.insert(name, text);
        Ok(())
    }
}

fn unsendable(field: &'static str, rule: &'static str) -> CallErrorReason {
    CallErrorReason::Invalid(InvalidField::rule(field, rule))
}
