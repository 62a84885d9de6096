//! What is wrong with a configuration, in the words of the command line.

use std::{error::Error, io};

use tower_eventbridge::{ConfigError, certificate::REGIONS};

use crate::{mistakes::nearest, origins, usage::UsageError};

/// The options that a setting may have come from.
pub struct Labels {
    pub token: &'static str,
    pub certificate_url: &'static str,
}

/// The configuration error in the words of the command line.
pub fn of_config_error(error: &ConfigError, labels: &Labels) -> UsageError {
    let option = match error {
        ConfigError::NoToken => {
            return UsageError::new("--token", "give at least one, or --any-tenant");
        }
        ConfigError::TokenAndAnyTenant => {
            return UsageError::new(
                "--any-tenant",
                "cannot be used together with --token or EVENTBRIDGE_TOKEN",
            );
        }
        ConfigError::NoCertificate => {
            return UsageError::new("--region", "give at least one, or --certificate URL=FILE");
        }
        ConfigError::UnknownRegion { region, .. } => {
            return unknown_region(region);
        }
        ConfigError::InvalidToken { .. } | ConfigError::DuplicateToken => labels.token,
        ConfigError::InvalidLimit { setting: "max_body_bytes", .. } => "--max-body",
        ConfigError::InvalidLimit { setting: "max_body_in_flight", .. } => "--max-body-in-flight",
        ConfigError::InvalidRegion { .. } => "--unlisted-region",
        ConfigError::NoEndpoint
        | ConfigError::DuplicateEndpoint { .. }
        | ConfigError::EndpointWithoutToken { .. }
        | ConfigError::InvalidEndpoint { .. }
        | ConfigError::TooManyCandidates { .. } => "--endpoint",
        ConfigError::InvalidCertificateUrl { .. } | ConfigError::DuplicateCertificateUrl { .. } => {
            labels.certificate_url
        }
        ConfigError::InvalidCertificate { .. }
        | ConfigError::InvalidCertificateKey { .. }
        | ConfigError::CertificateKeyNotPinned { .. } => "--certificate",
        ConfigError::V1WithoutTokenContradicted
        | ConfigError::InvalidPublicKeyPin { .. }
        | ConfigError::NoCertificateSource
        | ConfigError::CertificateSource { .. }
        | ConfigError::CertificateSourceGivenTwice
        | ConfigError::InvalidLimit { .. }
        | _ => "options that do not fit together",
    };
    UsageError::new(option, chain(error))
}

/// A region of finance or government is one that the library does not list.
fn unknown_region(region: &str) -> UsageError {
    let near = nearest(region, REGIONS.iter().copied()).unwrap_or_default();
    let url = match origins::of("--certificate-url") {
        Some(_) => "--certificate-url URL or --certificate URL=FILE",
        None => "--certificate URL=FILE",
    };
    let known = REGIONS.join(", ");
    UsageError::new(
        "--region",
        format_args!(
            "{region:?} is not a known region id; the nearest is {near:?}, and all are {known}. \
             For another region, of finance or government too, look at the certificate URL of a \
             push. If its host begins with the id and -eventbridge.oss-, give --unlisted-region \
             ID, spelt exactly: anybody can own the host of a misspelt id. Else give that one \
             URL by {url}. The steps are in docs/regions.md"
        ),
    )
}

/// An error and its causes.
pub fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| (**cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Tells whether a connection was refused: nobody listens at the address.
pub fn is_refused(error: &(dyn Error + 'static)) -> bool {
    let mut causes = std::iter::successors(Some(error), |cause| (**cause).source());
    causes.any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == io::ErrorKind::ConnectionRefused)
    })
}
