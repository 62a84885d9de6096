//! Event buses: list, get, create, delete.

use std::{collections::BTreeMap, process::ExitCode};

use aliyun_eventbridge::buses::CreateEventBus;
use clap::{Args, Subcommand};
use serde::Deserialize;

use crate::{
    api::{Common, Problem, ProtocolArg, ended, from_file, key_and_value, without_secrets},
    usage::UsageError,
};

/// Lists, creates and deletes event buses.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists the buses
    List {
        /// Only buses whose names begin so
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Prints a bus
    Get {
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        common: Common,
    },
    /// Creates a bus
    Create {
        /// 1 to 127 letters, digits and hyphens
        #[arg(value_name = "NAME", required_unless_present = "from")]
        name: Option<String>,
        /// The description
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
        /// A tag. May be repeated
        #[arg(long, value_name = "KEY=VALUE", value_parser = key_and_value)]
        tag: Vec<(String, String)>,
        /// The parameters of CreateEventBus as JSON: a file, - or text that begins with {. Options
        /// come first
        #[arg(long, value_name = "FILE")]
        from: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Deletes a bus that has no rules
    Delete {
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        common: Common,
    },
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Bus {
    event_bus_name: Option<String>,
    description: Option<String>,
    tags: BTreeMap<String, String>,
}

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    ended(options.action.run().await)
}

impl Action {
    async fn run(&self) -> Result<(), Problem> {
        match self {
            Self::List { prefix, common } => {
                let client = common.api.client(ProtocolArg::Api20200401)?;
                let buses = client.list_event_buses(prefix.as_deref()).collect().await?;
                let rows = buses.iter().map(|bus| {
                    let text = |text: &Option<String>| text.clone().unwrap_or_default();
                    let cells = vec![text(&bus.event_bus_name), text(&bus.description)];
                    (cells, without_secrets(bus))
                });
                common.output.list(&["NAME", "DESCRIPTION"], &rows.collect::<Vec<_>>());
            }
            Self::Get { name, common } => {
                let client = common.api.client(ProtocolArg::Api20200401)?;
                let bus = client.get_event_bus(name).await?;
                common.output.one(&without_secrets(&bus.result));
            }
            Self::Create { name, description, tag, from, common } => {
                let file: Bus = from_file(from.as_deref(), &MEMBERS)?;
                let name = name.clone().or(file.event_bus_name);
                let name =
                    name.ok_or_else(|| UsageError::new("NAME", "give the name of the bus"))?;
                let mut request = CreateEventBus::new(&name);
                if let Some(text) = description.clone().or(file.description) {
                    request = request.description(text);
                }
                for (key, value) in file.tags.into_iter().chain(tag.iter().cloned()) {
                    request = request.tag(key, value);
                }
                let client = common.api.client(ProtocolArg::Api20200401)?;
                let answer = client.create_event_bus(&request).await?;
                common.output.done("created", "bus", &name, answer.request_id.as_deref());
            }
            Self::Delete { name, common } => {
                let client = common.api.client(ProtocolArg::Api20200401)?;
                client.delete_event_bus(name).await?;
                common.output.done("deleted", "bus", name, None);
            }
        }
        Ok(())
    }
}

const MEMBERS: [&str; 3] = ["EventBusName", "Description", "Tags"];
