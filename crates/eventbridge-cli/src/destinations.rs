//! API destinations: list, get, create, update, delete.

use std::process::ExitCode;

use aliyun_eventbridge::destinations::{
    ApiDestination, CreateApiDestination, HttpApiParameters, HttpMethod, ListApiDestinations,
    UpdateApiDestination,
};
use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::{
    api::{Common, Named, Problem, ended, from_file, without_secrets},
    usage::UsageError,
};

/// Lists, creates, changes and deletes API destinations.
///
/// Whether their pushes carry EventBridge's signature is not documented. Assume that they do not.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists API destinations
    List {
        /// Only API destinations whose names begin so
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        /// Only API destinations with this connection
        #[arg(long, value_name = "NAME")]
        connection: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Prints an API destination
    Get(Named),
    /// Creates an API destination
    Create(Change),
    /// Changes an API destination; what is not given stays
    Update(Change),
    /// Deletes an API destination
    Delete(Named),
}

#[derive(Args)]
struct Change {
    /// 2 to 127 letters, digits, _ and -
    #[arg(value_name = "NAME", required_unless_present = "from")]
    name: Option<String>,
    /// The connection that authenticates
    #[arg(long, value_name = "NAME")]
    connection: Option<String>,
    /// Where requests go, at most 127 characters
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// The method of requests: GET, POST, HEAD, DELETE, PUT or PATCH [default for create: POST]
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// The description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The parameters of CreateApiDestination as JSON: a file, - or text that begins with {.
    /// Options come first
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct File {
    api_destination_name: Option<String>,
    connection_name: Option<String>,
    description: Option<String>,
    http_api_parameters: Option<HttpApiParameters>,
}

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    ended(options.action.run().await)
}

impl Action {
    async fn run(&self) -> Result<(), Problem> {
        match self {
            Self::List { prefix, connection, common } => {
                let mut request = ListApiDestinations::default();
                if let Some(prefix) = prefix {
                    request = request.api_destination_name_prefix(prefix);
                }
                if let Some(connection) = connection {
                    request = request.connection_name(connection);
                }
                let client = common.api.client_of_20200401()?;
                let all = client.list_api_destinations(&request).collect().await?;
                let rows: Vec<_> =
                    all.iter().map(|one| (cells(one), without_secrets(one))).collect();
                common.output.list(&["NAME", "CONNECTION", "METHOD", "URL"], &rows);
            }
            Self::Get(Named { name, common }) => {
                let found = common.api.client_of_20200401()?.get_api_destination(name).await?;
                common.output.one(&without_secrets(&found.result));
            }
            Self::Create(change) => change.create().await?,
            Self::Update(change) => change.update().await?,
            Self::Delete(Named { name, common }) => {
                common.api.client_of_20200401()?.delete_api_destination(name).await?;
                common.output.done("deleted", KIND, name, None);
            }
        }
        Ok(())
    }
}

impl Change {
    async fn create(&self) -> Result<(), Problem> {
        let file = self.file()?;
        let name = self.named(&file)?;
        let missing = |option, what| UsageError::new(option, format_args!("give {what}"));
        let connection = file.connection_name.ok_or_else(|| missing("--connection", "it"))?;
        let http = self.http(file.http_api_parameters)?;
        let http = http.ok_or_else(|| missing("--url", "the URL of requests"))?;
        let mut request = CreateApiDestination::new(&name, connection, http);
        if let Some(text) = file.description {
            request = request.description(text);
        }
        let client = self.common.api.client_of_20200401()?;
        let answer = client.create_api_destination(&request).await?;
        self.common.output.done("created", KIND, &name, answer.request_id.as_deref());
        Ok(())
    }

    async fn update(&self) -> Result<(), Problem> {
        let file = self.file()?;
        let name = self.named(&file)?;
        let mut request = UpdateApiDestination::new(&name);
        if let Some(connection) = file.connection_name {
            request = request.connection_name(connection);
        }
        if let Some(text) = file.description {
            request = request.description(text);
        }
        let client = self.common.api.client_of_20200401()?;
        let mut http = file.http_api_parameters;
        if http.is_none() && (self.url.is_some() || self.method.is_some()) {
            // URL and method go together: the one that is not given is the one that is there.
            http = client.get_api_destination(&name).await?.result.http_api_parameters;
        }
        if let Some(http) = self.http(http)? {
            request = request.http_api_parameters(http);
        }
        client.update_api_destination(&request).await?;
        self.common.output.done("updated", KIND, &name, None);
        Ok(())
    }

    fn file(&self) -> Result<File, UsageError> {
        let mut file: File = from_file(self.from.as_deref(), &MEMBERS)?;
        file.connection_name = self.connection.clone().or(file.connection_name);
        file.description = self.description.clone().or(file.description);
        Ok(file)
    }

    fn named(&self, file: &File) -> Result<String, UsageError> {
        let name = self.name.clone().or_else(|| file.api_destination_name.clone());
        name.ok_or_else(|| UsageError::new("NAME", "give the name of the API destination"))
    }

    /// Puts URL and method of the options into the parameters.
    fn http(
        &self,
        base: Option<HttpApiParameters>,
    ) -> Result<Option<HttpApiParameters>, UsageError> {
        let method = self.method.as_deref().map(|method| method.to_ascii_uppercase());
        let method = method.as_deref().map(HttpMethod::from);
        Ok(match (base, &self.url) {
            (Some(mut http), url) => {
                http.endpoint = url.clone().unwrap_or(http.endpoint);
                http.method = method.unwrap_or(http.method);
                Some(http)
            }
            (None, Some(url)) => {
                Some(HttpApiParameters::new(url, method.unwrap_or(HttpMethod::Post)))
            }
            (None, None) if method.is_some() => {
                return Err(UsageError::new("--method", "needs --url"));
            }
            (None, None) => None,
        })
    }
}

fn cells(one: &ApiDestination) -> Vec<String> {
    let http = one.http_api_parameters.as_ref();
    vec![
        one.api_destination_name.clone().unwrap_or_default(),
        one.connection_name.clone().unwrap_or_default(),
        http.map_or_else(String::new, |http| http.method.to_string()),
        http.map_or_else(String::new, |http| http.endpoint.clone()),
    ]
}

const KIND: &str = "API destination";
const MEMBERS: [&str; 4] =
    ["ApiDestinationName", "ConnectionName", "Description", "HttpApiParameters"];
