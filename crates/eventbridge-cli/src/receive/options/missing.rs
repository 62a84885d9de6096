//! What a receiver cannot do without.

use super::Options;
use crate::usage::{UsageError, missing};

impl Options {
    /// Rejects options that say too little, and names all that misses.
    pub(super) fn check_missing(&self) -> Result<(), UsageError> {
        if self.dev || self.local.is_some() {
            return Ok(());
        }
        let token = !self.token.is_empty() || self.token_file.is_some() || self.any_tenant;
        let certificate = !self.region.is_empty()
            || !self.unlisted_region.is_empty()
            || !self.certificate_url.is_empty()
            || !self.certificate.is_empty();
        let nothing = self.listen.is_none() && self.endpoint.is_empty() && !token && !certificate;
        missing(&[
            ("--listen", self.listen.is_none(), "give the address to listen on"),
            ("--endpoint", self.endpoint.is_empty(), "give the URL that EventBridge pushes to"),
            ("--token", !token, "give at least one, or --token-file, or --any-tenant"),
            (
                "--region",
                !certificate,
                "give the region that pushes, or --certificate-url, or --certificate URL=FILE",
            ),
            ("--dev", nothing, "needs none of these: give it alone to try it on this machine"),
        ])
    }
}
