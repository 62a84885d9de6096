//! What the page of `--ui` shows, and whether a person has to be told of it.

use std::path::Path;

use tower_eventbridge::{
    certificate::{Certificate, CertificateCache},
    clock::{Clock, SystemClock},
    signature::BodyEnding,
};

use super::{FormArg, Options};
use crate::{
    arguments::{endpoints, lines},
    explain::{Setup, Tokens},
    ui::receive::Verdicts,
    usage::{UsageError, read},
};

impl Options {
    /// Whether the page shows pushes that do not come from this machine.
    pub(super) fn shows_pushes_of_others(&self) -> bool {
        self.page.ui.is_some() && !self.dev && self.local.is_none()
    }

    /// What the page shows. `certificates` are those that the receiver fetches.
    pub fn verdicts(&self, certificates: Option<CertificateCache>) -> Result<Verdicts, UsageError> {
        Ok(Verdicts::new(self.setup()?, certificates))
    }

    /// What the receiver trusts, as `explain` takes it.
    fn setup(&self) -> Result<Setup, UsageError> {
        let any_tenant = self.accepts_any_tenant();
        Ok(Setup {
            endpoints: endpoints(&self.endpoint_urls(), &lines(&self.seen_as), self.seen_anywhere)?,
            tokens: match any_tenant {
                true => Tokens::AnyTenant,
                false => Tokens::Known(self.tokens()?),
            },
            regions: lines(&self.region),
            unlisted_regions: self.unlisted_region.clone(),
            internal_oss_host: self.internal_oss_host,
            certificates: self.given_certificates()?,
            substitute: None,
            // A receiver takes v1 only with a token.
            require_v2: self.require_v2 || any_tenant,
            form: match self.form {
                FormArg::Any => None,
                FormArg::Reference => Some(BodyEnding::Reference),
                FormArg::Documented => Some(BodyEnding::Documented),
            },
            now: SystemClock::new().now(),
            age_judged: true,
        })
    }

    fn given_certificates(&self) -> Result<Vec<(String, Certificate)>, UsageError> {
        let parsed = |option: &str, bytes: &[u8]| {
            Certificate::from_pem_or_der(bytes).map_err(|error| UsageError::new(option, error))
        };
        let mut all = Vec::new();
        for argument in lines(&self.certificate) {
            // What is no URL=FILE was rejected with the verifier.
            let Some((url, file)) = argument.split_once('=') else { continue };
            let bytes = read("--certificate", Path::new(file))?;
            all.push((url.to_owned(), parsed("--certificate", &bytes)?));
        }
        if let Some(key) = &self.dev_key {
            let pem = key.signer.certificate_pem().as_bytes();
            all.push((key.signer.certificate_url().to_owned(), parsed("--dev", pem)?));
        }
        Ok(all)
    }
}
