//! The settings as a whole: which are rejected, and the verifier that the others make.

use std::{collections::HashMap, time::Duration};

use super::{
    builder::{Tenancy, V1, VerifierBuilder},
    error::ConfigError,
};
use crate::{
    certificate::{MAX_KEY_BITS, MIN_KEY_BITS},
    redacted_url::redacted_url,
    signature::{
        policy::Policy,
        rules::{
            certificate::CertificatePolicy,
            endpoint::CompiledEndpoint,
            timestamp::Window,
            token::{TokenScope, TokenSet},
        },
        scheme::Scheme,
        verifier::Verifier,
    },
};

impl VerifierBuilder {
    /// Checks the configuration as a whole.
    ///
    /// # Errors
    ///
    /// Fails if a setting is missing, contradictory or misspelt, and says how to mend it.
    pub fn build(self) -> Result<Verifier, ConfigError> {
        self.check_limits()?;
        let endpoints = self.compiled_endpoints()?;
        let tokens = self.checked_tokens()?;
        let schemes = self.accepted_schemes(&tokens)?;
        let urls = self.certificates.checked_urls()?;
        let public_key_pins = self.certificates.checked_pins()?;
        let given = self.certificates.given_certificates(self.min_key_bits, &public_key_pins)?;
        Ok(Verifier::new(Policy {
            methods: self.methods,
            schemes,
            body_endings: self.body_endings,
            token_lines: self.token_lines,
            window: Window { max_age: self.max_age, max_future: self.max_future },
            tokens,
            endpoints,
            certificates: CertificatePolicy {
                urls,
                given,
                validity: self.validity,
                min_key_bits: self.min_key_bits,
                public_key_pins,
            },
            max_body_bytes: self.max_body_bytes,
        }))
    }

    fn check_limits(&self) -> Result<(), ConfigError> {
        if !(MIN_KEY_BITS..=MAX_KEY_BITS).contains(&self.min_key_bits) {
            return Err(ConfigError::InvalidLimit {
                setting: "min_key_bits",
                possible: "must be 1024 to 4096",
            });
        }
        for (setting, limit) in [("max_age", self.max_age), ("max_future", self.max_future)] {
            if limit > MAX_TOLERANCE {
                let possible = "must be 24 hours at most: without a window an old push can be \
                     replayed for ever";
                return Err(ConfigError::InvalidLimit { setting, possible });
            }
        }
        if self.methods.is_empty() {
            return Err(ConfigError::InvalidLimit {
                setting: "methods",
                possible: "must name at least one method",
            });
        }
        Ok(())
    }

    fn compiled_endpoints(&self) -> Result<Vec<CompiledEndpoint>, ConfigError> {
        if self.endpoints.is_empty() {
            return Err(ConfigError::NoEndpoint);
        }
        let compiled = self.endpoints.iter().map(|endpoint| {
            let invalid = |problem| ConfigError::InvalidEndpoint {
                endpoint: redacted_url(endpoint.label()),
                problem,
            };
            endpoint.compile().map_err(invalid)
        });
        let compiled: Vec<_> = compiled.collect::<Result<_, _>>()?;
        for (index, endpoint) in compiled.iter().enumerate() {
            if compiled.iter().take(index).any(|earlier| endpoint.repeats(earlier)) {
                let endpoint = redacted_url(&endpoint.label);
                return Err(ConfigError::DuplicateEndpoint { endpoint });
            }
        }
        let candidates = most_candidates(&compiled);
        if candidates > MAX_CANDIDATES {
            return Err(ConfigError::TooManyCandidates { candidates, limit: MAX_CANDIDATES });
        }
        Ok(compiled)
    }

    fn checked_tokens(&self) -> Result<TokenSet, ConfigError> {
        let mut tokens = TokenSet::default();
        for token in &self.tokens {
            tokens.push(token.clone(), TokenScope::EveryEndpoint);
        }
        for (index, endpoint) in self.endpoints.iter().enumerate() {
            for token in &endpoint.tokens {
                tokens.push(token.clone(), TokenScope::Endpoint(index));
            }
        }
        for (index, (token, _)) in tokens.iter().enumerate() {
            if let Some(problem) = token.problem() {
                return Err(ConfigError::InvalidToken { index, problem });
            }
        }
        if tokens.has_conflict() {
            return Err(ConfigError::DuplicateToken);
        }
        match (self.tenancy, tokens.is_empty()) {
            (Tenancy::ByToken, true) => Err(ConfigError::NoToken),
            (Tenancy::Any, false) => Err(ConfigError::TokenAndAnyTenant),
            (Tenancy::Any, true) => Ok(tokens),
            (Tenancy::ByToken, false) => {
                let without =
                    self.endpoints.iter().enumerate().find(|(index, _)| !tokens.covers(*index));
                match without {
                    Some((_, endpoint)) => Err(ConfigError::EndpointWithoutToken {
                        endpoint: redacted_url(endpoint.label()),
                    }),
                    None => Ok(tokens),
                }
            }
        }
    }

    fn accepted_schemes(&self, tokens: &TokenSet) -> Result<Vec<Scheme>, ConfigError> {
        let required_v2 = self.v1_with_token == V1::Reject;
        if self.v1_without_token == V1::Accept && (required_v2 || !tokens.is_empty()) {
            return Err(ConfigError::V1WithoutTokenContradicted);
        }
        let v1 = if tokens.is_empty() { self.v1_without_token } else { self.v1_with_token };
        let accepted = |scheme: &Scheme| v1 == V1::Accept || !scheme.needs_token();
        Ok(Scheme::ALL.iter().copied().filter(accepted).collect())
    }
}

/// Returns the most endpoints that one request can be for.
fn most_candidates(endpoints: &[CompiledEndpoint]) -> usize {
    let mut at_target = HashMap::<&str, usize>::new();
    let mut anywhere = 0;
    for endpoint in endpoints {
        match endpoint.fixed_target() {
            Some(target) => *at_target.entry(target).or_default() += 1,
            None => anywhere += 1,
        }
    }
    anywhere + at_target.values().max().copied().unwrap_or_default()
}

const MAX_TOLERANCE: Duration = Duration::from_secs(24 * 60 * 60);
/// One digest each, so this bounds the work that one request can ask for.
const MAX_CANDIDATES: usize = 8;
