//! Bad usage is one line that names the option and the reason, and exit code 2.

use std::{fmt, process::ExitCode};

use clap::Parser;
use tower_eventbridge::ConfigError;

/// What is wrong with the command line, without the program's name.
#[derive(Debug)]
pub struct UsageError(String);

impl UsageError {
    pub fn new(option: &str, reason: impl fmt::Display) -> Self {
        Self(format!("{option}: {reason}"))
    }

    pub fn exit(&self, program: &str) -> ExitCode {
        // One line whatever a path or value holds.
        let line: Vec<_> = self.0.split_whitespace().collect();
        eprintln!("{program}: {}", line.join(" "));
        ExitCode::from(2)
    }
}

/// Parses the command line; help and version are printed and end the program.
pub fn parse<T: Parser>() -> Result<T, UsageError> {
    T::try_parse().map_err(|error| {
        if !error.use_stderr() {
            error.exit();
        }
        // clap's first paragraph names the option and the reason; what follows is how to get help.
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        UsageError(without_tokens(first.trim_start_matches("error: ")))
    })
}

/// clap quotes what it does not understand, and that may be a token that begins with a hyphen.
fn without_tokens(text: &str) -> String {
    let arguments: Vec<_> = std::env::args().collect();
    let tokens = arguments.windows(2).filter_map(|pair| match pair {
        [option, value] if option == "--token" && !value.is_empty() => Some(value),
        _ => None,
    });
    tokens.fold(text.to_owned(), |text, token| text.replace(token, "<redacted>"))
}

/// The configuration error in the words of the command line.
pub fn of_config_error(error: &ConfigError) -> UsageError {
    let option = match error {
        ConfigError::NoToken => {
            return UsageError::new("--token", "give at least one, or --any-tenant");
        }
        ConfigError::TokenAndAnyTenant => {
            return UsageError::new("--any-tenant", "cannot be used together with --token");
        }
        ConfigError::NoCertificate => {
            return UsageError::new("--region", "give at least one, or --certificate URL=FILE");
        }
        ConfigError::UnknownRegion { region, .. } => {
            let reason = "is not a known region id; if it is new, use --unlisted-region";
            return UsageError::new("--region", format_args!("{region:?} {reason}"));
        }
        ConfigError::InvalidToken { .. } | ConfigError::DuplicateToken => "--token",
        ConfigError::InvalidRegion { .. } => "--unlisted-region",
        ConfigError::NoEndpoint
        | ConfigError::DuplicateEndpoint { .. }
        | ConfigError::EndpointWithoutToken { .. }
        | ConfigError::InvalidEndpoint { .. }
        | ConfigError::TooManyCandidates { .. } => "--endpoint",
        ConfigError::InvalidCertificateUrl { .. }
        | ConfigError::DuplicateCertificateUrl { .. }
        | ConfigError::InvalidCertificate { .. }
        | ConfigError::InvalidCertificateKey { .. }
        | ConfigError::CertificateKeyNotPinned { .. } => "--certificate",
        _ => "options that do not fit together",
    };
    UsageError::new(option, error)
}
