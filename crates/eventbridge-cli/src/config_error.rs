//! What is wrong with a configuration, in the words of the command line.

use tower_eventbridge::ConfigError;

use crate::usage::UsageError;

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
            let reason = "is not a known region id; if it is new, use --unlisted-region";
            return UsageError::new("--region", format_args!("{region:?} {reason}"));
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

/// An error and its causes.
pub fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
