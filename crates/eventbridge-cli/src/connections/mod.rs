//! Connections, which authenticate API destinations: list, get, create, update, delete.

mod authorization;

use std::process::ExitCode;

use aliyun_eventbridge::connections::{
    Connection, CreateConnection, ListConnections, NetworkParameters, UpdateConnection,
};
use authorization::{AuthFile, AuthOptions};
use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::{
    api::{Common, Named, Problem, ended, from_file, without_secrets},
    usage::UsageError,
};

/// Lists, creates, changes and deletes connections.
///
/// The service takes their secrets in the URL of the request: a proxy that ends TLS can log them.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists connections, without their secrets
    List {
        /// Only connections whose names begin so
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Prints a connection, without its secrets
    Get(Named),
    /// Creates a connection
    Create(Box<Change>),
    /// Changes a connection; what is not given stays
    Update(Box<Change>),
    /// Deletes a connection that no API destination uses
    Delete(Named),
}

#[derive(Args)]
struct Change {
    /// 2 to 127 letters, digits, _ and -
    #[arg(value_name = "NAME", required_unless_present = "from")]
    name: Option<String>,
    #[command(flatten)]
    auth: AuthOptions,
    /// Requests come from this VPC, vpc-…; without it from the internet
    #[arg(long, value_name = "ID", requires_all = ["vswitch_id", "security_group_id"])]
    vpc_id: Option<String>,
    /// The vSwitch in it, vsw-…
    #[arg(long, value_name = "ID", requires = "vpc_id")]
    vswitch_id: Option<String>,
    /// The security group in it, sg-…
    #[arg(long, value_name = "ID", requires = "vpc_id")]
    security_group_id: Option<String>,
    /// The description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The parameters of CreateConnection as JSON: a file, - or text that begins with {. Options
    /// come first
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct File {
    connection_name: Option<String>,
    description: Option<String>,
    network_parameters: Option<NetworkParameters>,
    auth_parameters: Option<AuthFile>,
}

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    ended(options.action.run().await)
}

impl Action {
    async fn run(&self) -> Result<(), Problem> {
        match self {
            Self::List { prefix, common } => {
                let mut request = ListConnections::default();
                if let Some(prefix) = prefix {
                    request = request.connection_name_prefix(prefix);
                }
                let client = common.api.client_of_20200401()?;
                let all = client.list_connections(&request).collect().await?;
                let rows: Vec<_> =
                    all.iter().map(|one| (cells(one), without_secrets(one))).collect();
                common.output.list(&["NAME", "AUTHORIZATION", "NETWORK"], &rows);
            }
            Self::Get(Named { name, common }) => {
                let found = common.api.client_of_20200401()?.get_connection(name).await?.result;
                let absent = || {
                    let text = format!("the service has no connection {name}: {LIST}");
                    Problem::Failed(text)
                };
                common.output.one(&without_secrets(&found.ok_or_else(absent)?));
            }
            Self::Create(change) => change.create().await?,
            Self::Update(change) => change.update().await?,
            Self::Delete(Named { name, common }) => {
                common.api.client_of_20200401()?.delete_connection(name).await?;
                common.output.done("deleted", "connection", name, None);
            }
        }
        Ok(())
    }
}

impl Change {
    async fn create(&self) -> Result<(), Problem> {
        let (name, file) = self.file()?;
        let auth = self.auth.authorization(file.auth_parameters)?.ok_or_else(|| {
            let reason = "give it, --api-key-name, --oauth-endpoint or --from: how does the \
                 connection authenticate?";
            UsageError::new("--username", reason)
        })?;
        let network = file.network_parameters.unwrap_or_else(NetworkParameters::public);
        let mut request = CreateConnection::new(&name, network, auth);
        if let Some(text) = file.description {
            request = request.description(text);
        }
        self.common.api.client_of_20200401()?.create_connection(&request).await?;
        self.common.output.done("created", "connection", &name, None);
        Ok(())
    }

    async fn update(&self) -> Result<(), Problem> {
        let (name, file) = self.file()?;
        let mut request = UpdateConnection::new(&name);
        if let Some(text) = file.description {
            request = request.description(text);
        }
        if let Some(network) = file.network_parameters {
            request = request.network_parameters(network);
        }
        if let Some(auth) = self.auth.authorization(file.auth_parameters)? {
            request = request.auth_parameters(auth);
        }
        self.common.api.client_of_20200401()?.update_connection(&request).await?;
        self.common.output.done("updated", "connection", &name, None);
        Ok(())
    }

    fn file(&self) -> Result<(String, File), UsageError> {
        let mut file: File = from_file(self.from.as_deref(), &MEMBERS)?;
        if let (Some(vpc), Some(vswitch), Some(group)) =
            (&self.vpc_id, &self.vswitch_id, &self.security_group_id)
        {
            file.network_parameters = Some(NetworkParameters::private(vpc, vswitch, group));
        }
        file.description = self.description.clone().or(file.description);
        let name = self.name.clone().or_else(|| file.connection_name.take());
        let name =
            name.ok_or_else(|| UsageError::new("NAME", "give the name of the connection"))?;
        Ok((name, file))
    }
}

fn cells(one: &Connection) -> Vec<String> {
    let auth = one.auth_parameters.as_ref();
    let network = one.network_parameters.as_ref();
    vec![
        one.connection_name.clone().unwrap_or_default(),
        auth.and_then(|auth| auth.authorization_type.clone()).unwrap_or_default(),
        network.map_or_else(String::new, |network| network.network_type.to_string()),
    ]
}

const LIST: &str = "eventbridge connections list shows all";
const MEMBERS: [&str; 4] = ["ConnectionName", "Description", "NetworkParameters", "AuthParameters"];
