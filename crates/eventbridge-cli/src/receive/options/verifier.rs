//! The layer that the options ask for.

use std::{path::Path, time::Duration};

use eventbridge_local::CERTIFICATE_URL;
use tower_eventbridge::{
    Verifier, VerifyLayer, certificate::CertificateCache, clock::SystemClock, signature::BodyEnding,
};

use super::{FormArg, Options};
use crate::{
    arguments::{endpoints, lines},
    config_error::{Labels, of_config_error},
    usage::{UsageError, read},
};

impl Options {
    /// Makes the layer, and the cache of the certificates that it fetches.
    pub fn layer(&self) -> Result<(VerifyLayer, Option<CertificateCache>), UsageError> {
        let verifier = self.verifier()?;
        let fetches = verifier.fetches_certificates();
        let mut builder =
            VerifyLayer::builder(verifier).max_body_in_flight(self.max_body_in_flight);
        let mut cache = None;
        if fetches {
            let certificates = CertificateCache::new(self.source()?, SystemClock::new());
            builder = builder.cache(certificates.clone());
            cache = Some(certificates);
        }
        let layer = builder.build().map_err(|error| of_config_error(&error, &self.labels()))?;
        Ok((layer, cache))
    }

    fn labels(&self) -> Labels {
        Labels {
            token: if self.token_file.is_some() { "--token-file" } else { "--token" },
            certificate_url: match (self.certificate_url.is_empty(), self.certificate.is_empty()) {
                (true, _) => "--certificate",
                (false, true) => "--certificate-url",
                (false, false) => "--certificate-url or --certificate",
            },
        }
    }

    fn verifier(&self) -> Result<Verifier, UsageError> {
        let tolerance = Duration::from_secs(self.tolerance);
        let mut builder = Verifier::builder()
            .max_age(tolerance)
            .max_future(tolerance)
            .max_body_bytes(self.max_body);
        for endpoint in endpoints(&self.endpoint_urls(), &lines(&self.seen_as), self.seen_anywhere)?
        {
            builder = builder.endpoint(endpoint.endpoint());
        }
        for token in self.tokens()? {
            builder = builder.token(token);
        }
        if self.accepts_any_tenant() {
            builder = builder.dangerous_accept_any_tenant();
        }
        if self.require_v2 {
            builder = builder.require_v2();
        }
        builder = match self.form {
            FormArg::Any => builder,
            FormArg::Reference => builder.body_ending(BodyEnding::Reference),
            FormArg::Documented => builder.body_ending(BodyEnding::Documented),
        };
        for region in lines(&self.region) {
            builder = builder.region(region);
        }
        for region in &self.unlisted_region {
            builder = builder.unlisted_region(region);
        }
        if self.internal_oss_host {
            builder = builder.internal_oss_host();
        }
        for url in lines(&self.certificate_url) {
            builder = builder.certificate_url(url);
        }
        if self.local.is_some() {
            builder = builder.certificate_url(CERTIFICATE_URL);
        }
        for argument in lines(&self.certificate) {
            let (url, file) = argument.split_once('=').ok_or_else(|| {
                UsageError::new("--certificate", format_args!("{argument:?} is not URL=FILE"))
            })?;
            builder = builder.certificate(url, read("--certificate", Path::new(file))?);
        }
        if let Some(key) = &self.dev_key {
            let signer = &key.signer;
            builder = builder.certificate(signer.certificate_url(), signer.certificate_pem());
        }
        self.check_missing()?;
        builder.build().map_err(|error| of_config_error(&error, &self.labels()))
    }
}
