//! Who calls, where, and for how long.

use std::{env, path::PathBuf, time::Duration};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    credentials::{self, Credentials, CredentialsError},
    endpoint::Endpoint,
    field::InvalidField,
    operation::Protocol,
};
use clap::{Args, ValueEnum, value_parser};

use super::cure::LOCAL_KEYS;
use crate::{
    arguments::lines,
    config_error::chain,
    dev,
    usage::{UsageError, missing},
};

/// Options of every call.
#[derive(Args, Clone)]
pub struct ApiOptions {
    /// The region of the bus, cn-hangzhou for one; also ALIBABA_CLOUD_REGION_ID
    #[arg(long, value_name = "ID", value_delimiter = '\n', help_heading = API)]
    region: Vec<String>,
    /// The account id, which the endpoints of the openapi protocol name
    #[arg(long, value_name = "ID", help_heading = API)]
    account: Option<String>,
    /// The endpoint instead of the region's: https://HOST, or http:// and an address of this
    /// machine
    #[arg(long, value_name = "URL", help_heading = API)]
    api_endpoint: Option<String>,
    /// Use the region's endpoint inside a VPC; of the openapi protocol it is plain HTTP
    #[arg(long, help_heading = API)]
    vpc: bool,
    /// The protocol [default: openapi for publish, else 2020-04-01]
    #[arg(long, value_enum, help_heading = API)]
    protocol: Option<ProtocolArg>,
    /// The section of the credentials file [default: default]; also ALIBABA_CLOUD_PROFILE
    #[arg(long, value_name = "NAME", help_heading = API)]
    profile: Option<String>,
    /// The vendor's credentials file [default: ~/.alibabacloud/credentials, then credentials.ini];
    /// also ALIBABA_CLOUD_CREDENTIALS_FILE
    #[arg(long, value_name = "FILE", help_heading = API)]
    credentials_file: Option<PathBuf>,
    /// How many seconds a call may take, all its attempts included
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 30,
        value_parser = value_parser!(u64).range(1..=3_600),
        help_heading = API,
    )]
    call_timeout: u64,
    /// How often a request is sent at most
    #[arg(
        long,
        value_name = "N",
        default_value_t = 4,
        value_parser = value_parser!(u32).range(1..=100),
        help_heading = API,
    )]
    attempts: u32,
}

/// The two protocols of EventBridge's API.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProtocolArg {
    /// POST /openapi/…, which needs --account
    Openapi,
    #[value(name = "2020-04-01")]
    Api20200401,
}

impl ApiOptions {
    /// Returns the time of a call.
    pub fn time(&self) -> Duration {
        Duration::from_secs(self.call_timeout)
    }

    /// Makes the client; `protocol` is the one that is spoken without --protocol.
    pub fn client(&self, protocol: ProtocolArg) -> Result<Client, UsageError> {
        let protocol = match self.protocol.unwrap_or(protocol) {
            ProtocolArg::Openapi => Protocol::OpenApi,
            ProtocolArg::Api20200401 => Protocol::Api20200401,
        };
        let region = self.region()?;
        let (endpoint, credentials) =
            match (self.endpoint(protocol, region.as_deref()), self.credentials()) {
                (Ok(endpoint), Ok(credentials)) => (endpoint, credentials),
                (Err(one), Err(other)) => return Err(one.and(&other)),
                (Err(error), Ok(_)) | (Ok(_), Err(error)) => return Err(error),
            };
        let mut client = Client::builder(protocol, endpoint, credentials)
            .deadline(self.time())
            .retry(RetryPolicy::default().attempts(self.attempts))
            .user_agent(concat!("eventbridge-cli/", env!("CARGO_PKG_VERSION")));
        if let Some(region) = region {
            client = client.region(region);
        }
        client.build().map_err(|error| UsageError::new("--region", chain(&error)))
    }

    /// Returns the client of what the 2020-04-01 API alone has.
    pub fn client_of_20200401(&self) -> Result<Client, UsageError> {
        if self.protocol == Some(ProtocolArg::Openapi) {
            let reason = "openapi has no API destinations and connections: leave it out, and \
                 EVENTBRIDGE_PROTOCOL";
            return Err(UsageError::new("--protocol", reason));
        }
        self.client(ProtocolArg::Api20200401)
    }

    /// The receiver's setting of this name may have several regions.
    fn region(&self) -> Result<Option<String>, UsageError> {
        match lines(&self.region).as_slice() {
            [] => Ok(variable("ALIBABA_CLOUD_REGION_ID")),
            [region] => Ok(Some(region.clone())),
            several => {
                let reason = format!(
                    "has several regions, {}: give the one of the bus on the command line",
                    several.join(", ")
                );
                Err(UsageError::new("--region", reason))
            }
        }
    }

    fn endpoint(&self, protocol: Protocol, region: Option<&str>) -> Result<Endpoint, UsageError> {
        if let Some(url) = &self.api_endpoint {
            return Endpoint::given(url).map_err(|error| {
                let reason =
                    format!("{}; give https://HOST, or http://127.0.0.1:PORT", rule(&error));
                UsageError::new("--api-endpoint", reason)
            });
        }
        let of_account = matches!(protocol, Protocol::OpenApi);
        let account = self.account.as_deref();
        missing(&[
            (
                "--region",
                region.is_none(),
                "give the region, cn-hangzhou for one, or the endpoint by --api-endpoint",
            ),
            (
                "--account",
                of_account && account.is_none(),
                "give the account id, or the endpoint by --api-endpoint",
            ),
        ])?;
        let (account, region) = (account.unwrap_or_default(), region.unwrap_or_default());
        let made = match (of_account, self.vpc) {
            (true, true) => Endpoint::vpc(account, region),
            (true, false) => Endpoint::public(account, region),
            (false, true) => Endpoint::console_vpc(region),
            (false, false) => Endpoint::console(region),
        };
        made.map_err(|error| {
            let of_account = error.field().starts_with("account");
            UsageError::new(if of_account { "--account" } else { "--region" }, error)
        })
    }

    /// The environment comes first, unless an option names the file.
    fn credentials(&self) -> Result<Credentials, UsageError> {
        let file_is_meant = self.profile.is_some() || self.credentials_file.is_some();
        if !file_is_meant && variable("ALIBABA_CLOUD_ACCESS_KEY_ID").is_some() {
            return Credentials::from_environment().map_err(|error| self.no_credentials(&error));
        }
        let Some(file) = self.credentials_file.clone().or_else(credentials::default_file) else {
            let error = CredentialsError::new(
                "neither ALIBABA_CLOUD_ACCESS_KEY_ID nor a credentials file is there",
            );
            return Err(self.no_credentials(&error));
        };
        let profile = self.profile.clone().or_else(|| variable("ALIBABA_CLOUD_PROFILE"));
        let profile = profile.as_deref().unwrap_or("default");
        credentials::from_file(&file, profile).map_err(|error| self.no_credentials(&error))
    }

    fn no_credentials(&self, error: &CredentialsError) -> UsageError {
        let here = self.api_endpoint.as_deref().and_then(dev::place_here);
        let cure = here.map_or(SET_KEYS, |_| LOCAL_KEYS);
        UsageError::new("credentials", format_args!("{}; {cure}", chain(error)))
    }
}

/// The crate's words for its own callers name a function.
fn rule(error: &InvalidField) -> String {
    let text = error.to_string();
    text.split("; `").next().unwrap_or_default().trim_start_matches("endpoint ").to_owned()
}

/// A variable that is empty, or of white space only, is not given.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.trim().is_empty())
}

const SET_KEYS: &str = "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or \
     name a section of a credentials file by --profile and --credentials-file";
const API: &str = "Calls of EventBridge's API";
