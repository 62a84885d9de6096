//! Who signs a push, for which URL and with which token.

use tower_eventbridge::signer::Signer;

use super::Options;
use crate::{
    dev::{self, DevKey},
    usage::{UsageError, missing, read, together},
};

/// The signer of the options, or of `--dev`.
pub struct Identity {
    pub signer: Signer,
    pub token: Option<String>,
    pub to: String,
    pub signed_url: String,
}

impl Options {
    /// Rejects options of which the one excludes the other, and values that cannot be signed.
    pub(super) fn check_identity(&self) -> Result<(), UsageError> {
        if self.dev {
            together(
                "--dev",
                "which signs with this user's own key",
                &[
                    ("--key", self.key.is_some()),
                    ("--certificate-url", self.certificate_url.is_some()),
                    ("--serve-certificate", self.serve_certificate.is_some()),
                    ("--token", self.token.is_some()),
                    ("--no-token", self.no_token),
                ],
            )?;
        } else {
            self.check_token()?;
            self.check_missing()?;
        }
        if self.sign_as.as_ref().is_some_and(|url| !is_url(url, &["http", "https"])) {
            return Err(UsageError::new("--sign-as", "is not an http or https URL"));
        }
        if self.certificate_url.as_ref().is_some_and(|url| !is_url(url, &["https"])) {
            return Err(UsageError::new("--certificate-url", "is not an https URL"));
        }
        Ok(())
    }

    fn check_token(&self) -> Result<(), UsageError> {
        match (&self.token, self.no_token) {
            (Some(_), true) => {
                let reason = "cannot be used together with --token or EVENTBRIDGE_TOKEN";
                Err(UsageError::new("--no-token", reason))
            }
            (Some(token), false) if http::HeaderValue::from_str(token).is_err() => {
                Err(UsageError::new("--token", "cannot stand in a header"))
            }
            (Some(_), false) | (None, _) => Ok(()),
        }
    }

    /// Names all that misses without `--dev`.
    fn check_missing(&self) -> Result<(), UsageError> {
        let token = self.token.is_some() || self.no_token;
        let given = [self.to.is_some(), token, self.key.is_some(), self.certificate_url.is_some()];
        missing(&[
            ("--to", self.to.is_none(), "give the URL of the receiver"),
            ("--token", !token, "give one, or --no-token"),
            ("--key", self.key.is_none(), "give the file of the private key that signs"),
            (
                "--certificate-url",
                self.certificate_url.is_none(),
                "give the URL at which the key's certificate is said to be",
            ),
            (
                "--dev",
                !given.contains(&true),
                "needs none of these: give it alone to push to `eventbridge receive --dev`",
            ),
        ])
    }

    /// Says which receiver is to be started where nobody listens, if it is one of this machine.
    pub(super) fn if_nobody_listens(&self, to: &str) -> Option<String> {
        let place = dev::place_here(to)?;
        Some(match self.dev {
            true if to == dev::TO => "start `eventbridge receive --dev`".to_owned(),
            true => format!("start `eventbridge receive --dev --listen {place}`, or give its --to"),
            false => format!("start the receiver on {place}, or give its address by --to"),
        })
    }

    /// Reads the key, of which `--dev` makes one if there is none.
    pub(super) fn identity(&self) -> Result<Identity, UsageError> {
        if self.dev {
            let to = self.to.as_deref().unwrap_or(dev::TO).to_owned();
            let accepted = dev::signed_url(&to)?;
            let DevKey { signer, token, .. } = DevKey::load()?;
            let signed_url = self.sign_as.clone().unwrap_or(accepted);
            return Ok(Identity { signer, token: Some(token), to, signed_url });
        }
        // All three were asked for.
        let missing = |option: &'static str| move || UsageError::new(option, "give one, or --dev");
        let to = self.to.clone().ok_or_else(missing("--to"))?;
        let file = self.key.as_ref().ok_or_else(missing("--key"))?;
        let url = self.certificate_url.as_ref().ok_or_else(missing("--certificate-url"))?;
        let key = String::from_utf8(read("--key", file)?)
            .map_err(|_| UsageError::new("--key", "is not PEM"))?;
        let signer = Signer::from_private_key_pem(&key).map_err(|error| {
            UsageError::new("--key", format_args!("{}: {error}", file.display()))
        })?;
        Ok(Identity {
            signer: signer.with_certificate_url(url),
            token: self.token.clone(),
            signed_url: self.sign_as.clone().unwrap_or_else(|| to.clone()),
            to,
        })
    }
}

fn is_url(text: &str, schemes: &[&str]) -> bool {
    text.parse::<http::Uri>().is_ok_and(|url| {
        url.scheme_str().is_some_and(|scheme| schemes.contains(&scheme)) && url.host().is_some()
    })
}
