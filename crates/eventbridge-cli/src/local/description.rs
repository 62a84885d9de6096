//! The file of `--rules`: what there is at the start.

use std::path::Path;

use aliyun_eventbridge::{
    buses::CreateEventBus, connections::CreateConnection, credentials::Credentials,
    destinations::CreateApiDestination, provision::Wanted, rules::CreateRule, secret::Secret,
};
use eventbridge_local::Builder;
use serde::Deserialize;

use toml::de::{DeTable, DeValue};

use super::members::members;
use crate::{
    mistakes::{line_number, of_toml, unknown_key},
    usage::{UsageError, read},
};

/// What there is at the start. Members of the API's own tables are spelt as the API spells them.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Description {
    account: Option<String>,
    region: Option<String>,
    #[serde(default)]
    access_key: Vec<AccessKey>,
    #[serde(default)]
    event_bus: Vec<CreateEventBus>,
    #[serde(default)]
    connection: Vec<CreateConnection>,
    #[serde(default)]
    api_destination: Vec<CreateApiDestination>,
    /// A rule with one target each, as the table `[provision]` of a receiver has it.
    #[serde(default)]
    webhook: Vec<Wanted>,
    #[serde(default)]
    rule: Vec<CreateRule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct AccessKey {
    id: String,
    secret: Secret,
}

impl Description {
    pub fn read(file: &Path) -> Result<Self, UsageError> {
        let wrong = |reason: &dyn std::fmt::Display| {
            UsageError::new("--rules", format_args!("{}: {reason}", file.display()))
        };
        let text = String::from_utf8(read("--rules", file)?).map_err(|_| wrong(&"is not text"))?;
        let mistake = |error: toml::de::Error| {
            // Without the line of the file, which can hold a secret.
            let start = error.span().map_or(0, |span| span.start);
            let (line, reason) =
                (line_number(&text, start), of_toml(&text, start, error.message()));
            wrong(&format_args!("line {line}: {reason}"))
        };
        let table = DeTable::parse(&text).map_err(mistake)?;
        check_keys(table.get_ref()).map_err(|(start, reason)| {
            wrong(&format_args!("line {}: {reason}", line_number(&text, start)))
        })?;
        toml::from_str(&text).map_err(mistake)
    }

    /// Adds what the file describes.
    pub fn add_to(self, mut builder: Builder) -> Result<Builder, UsageError> {
        let wrong = |what: &str, name: &str, error: &dyn std::fmt::Display| {
            UsageError::new("--rules", format_args!("{what} {name:?}: {error}"))
        };
        if let Some(account) = self.account {
            builder = builder.account(account);
        }
        if let Some(region) = self.region {
            builder = builder.region(region);
        }
        for AccessKey { id, secret } in self.access_key {
            let key = Credentials::new(&id, secret);
            builder = builder.access_key(key.map_err(|error| wrong("access-key", &id, &error))?);
        }
        for bus in self.event_bus {
            builder = builder.event_bus(bus);
        }
        for connection in self.connection {
            builder = builder.connection(connection);
        }
        for destination in self.api_destination {
            builder = builder.api_destination(destination);
        }
        for webhook in self.webhook {
            let checked = webhook.check().and_then(|()| webhook.create_rule());
            let rule = checked.map_err(|error| wrong("webhook", &webhook.rule, &error))?;
            if webhook.create_bus {
                builder = builder.event_bus(CreateEventBus::new(&webhook.bus));
            }
            builder = builder.rule(rule);
        }
        for rule in self.rule {
            builder = builder.rule(rule);
        }
        Ok(builder)
    }
}

/// Finds a key that a table of the API's own members does not have: these tables take any. The byte
/// of the key comes with what is wrong.
fn check_keys(table: &DeTable<'_>) -> Result<(), (usize, String)> {
    for (name, known) in [
        ("event-bus", members::<CreateEventBus>()),
        ("connection", members::<CreateConnection>()),
        ("api-destination", members::<CreateApiDestination>()),
        ("rule", members::<CreateRule>()),
    ] {
        let Some(DeValue::Array(entries)) = table.get(name).map(|value| value.get_ref()) else {
            continue;
        };
        let entries = entries.iter().filter_map(|entry| entry.get_ref().as_table());
        for key in entries.flat_map(|entry| entry.keys()) {
            if !known.is_empty() && !known.contains(&key.get_ref().as_ref()) {
                let reason = unknown_key(key.get_ref(), known.iter().copied());
                return Err((key.span().start, format!("[[{name}]]: {reason}")));
            }
        }
    }
    Ok(())
}
