//! Rules: list, get, create, update, delete, enable, disable.

use std::{collections::BTreeMap, process::ExitCode};

use aliyun_eventbridge::{
    call::Client,
    rules::{CreateRule, ListRules, Rule, RuleStatus, UpdateRule},
    targets::Target,
};
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::Value;

use crate::{
    api::{
        ApiOptions, Output, Problem, ProtocolArg, checked_pattern, ended, from_file,
        without_secrets,
    },
    usage::UsageError,
};

/// Lists, creates, changes and deletes the rules of a bus.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists the rules of a bus
    List {
        /// Only rules whose names begin so
        #[arg(long, value_name = "TEXT")]
        prefix: Option<String>,
        #[command(flatten)]
        common: Common,
    },
    /// Prints a rule with its targets; secrets are stars
    Get(Named),
    /// Creates a rule
    Create {
        #[command(flatten)]
        change: Change,
        /// Create it so that it lets no events through
        #[arg(long)]
        disabled: bool,
    },
    /// Changes a rule; what is not given stays, and its targets stay
    Update {
        #[command(flatten)]
        change: Change,
    },
    /// Deletes a rule and its targets
    Delete(Named),
    /// Lets events through
    Enable(Named),
    /// Lets no events through
    Disable(Named),
}

#[derive(Args)]
struct Named {
    #[arg(value_name = "NAME")]
    name: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Change {
    /// 1 to 127 letters, digits and hyphens
    #[arg(value_name = "NAME", required_unless_present = "from")]
    name: Option<String>,
    /// The event pattern: a file, - for standard input, or text that begins with {
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<String>,
    /// The description
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The parameters of CreateRule or UpdateRule as JSON: a file, - or text that begins with {.
    /// Options come first
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Common {
    /// The bus [default: default]
    #[arg(long, value_name = "NAME")]
    bus: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    api: ApiOptions,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct File {
    event_bus_name: Option<String>,
    rule_name: Option<String>,
    description: Option<String>,
    status: Option<RuleStatus>,
    filter_pattern: Option<Value>,
    #[serde(alias = "EventTargets")]
    targets: Vec<Target>,
    tags: BTreeMap<String, String>,
}

/// What options and file say together.
struct Wanted {
    bus: String,
    name: String,
    pattern: Option<String>,
    description: Option<String>,
    file: File,
}

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    ended(options.action.run().await)
}

impl Action {
    async fn run(&self) -> Result<(), Problem> {
        match self {
            Self::List { prefix, common } => {
                let mut request = ListRules::new(common.bus());
                if let Some(prefix) = prefix {
                    request = request.rule_name_prefix(prefix);
                }
                let rules = common.client()?.list_rules(&request).collect().await?;
                let rows: Vec<_> =
                    rules.iter().map(|rule| (cells(rule), without_secrets(rule))).collect();
                common.output.list(&["NAME", "STATUS", "TARGETS", "PATTERN"], &rows);
            }
            Self::Get(Named { name, common }) => {
                let rule = common.client()?.get_rule(common.bus(), name).await?;
                common.output.one(&without_secrets(&rule.result));
            }
            Self::Create { change, disabled } => change.create(*disabled).await?,
            Self::Update { change } => change.update().await?,
            Self::Delete(Named { name, common }) => {
                common.client()?.delete_rule(common.bus(), name).await?;
                common.done("deleted", common.bus(), name, None);
            }
            Self::Enable(Named { name, common }) => {
                common.client()?.enable_rule(common.bus(), name).await?;
                common.done("enabled", common.bus(), name, None);
            }
            Self::Disable(Named { name, common }) => {
                common.client()?.disable_rule(common.bus(), name).await?;
                common.done("disabled", common.bus(), name, None);
            }
        }
        Ok(())
    }
}

impl Change {
    async fn create(&self, disabled: bool) -> Result<(), Problem> {
        let Wanted { bus, name, pattern, description, file } = self.wanted()?;
        let missing = || UsageError::new("--pattern", "give the event pattern of the rule");
        let mut rule = CreateRule::new(&bus, &name, pattern.ok_or_else(missing)?);
        if let Some(text) = description {
            rule = rule.description(text);
        }
        if let Some(status) = if disabled { Some(RuleStatus::Disable) } else { file.status } {
            rule = rule.status(status);
        }
        for target in file.targets {
            rule = rule.target(target);
        }
        for (key, value) in file.tags {
            rule = rule.tag(key, value);
        }
        let answer = self.common.client()?.create_rule(&rule).await?;
        self.common.done("created", &bus, &name, answer.request_id.as_deref());
        Ok(())
    }

    async fn update(&self) -> Result<(), Problem> {
        let Wanted { bus, name, pattern, description, file } = self.wanted()?;
        if !file.targets.is_empty() {
            let reason = "Targets: an update leaves the targets as they are: use `targets update`";
            return Err(UsageError::new("--from", reason).into());
        }
        if pattern.is_none() && description.is_none() && file.status.is_none() {
            let reason = "give --pattern, --description or --from: there is nothing to change";
            return Err(UsageError::new("NAME", reason).into());
        }
        let mut rule = UpdateRule::new(&bus, &name);
        if let Some(pattern) = pattern {
            rule = rule.filter_pattern(pattern);
        }
        if let Some(text) = description {
            rule = rule.description(text);
        }
        if let Some(status) = file.status {
            rule = rule.status(status);
        }
        self.common.client()?.update_rule(&rule).await?;
        self.common.done("updated", &bus, &name, None);
        Ok(())
    }

    fn wanted(&self) -> Result<Wanted, UsageError> {
        let mut file: File = from_file(self.from.as_deref(), &MEMBERS)?;
        let pattern = checked_pattern(self.pattern.as_deref(), file.filter_pattern.as_ref())?;
        let name = self.name.clone().or_else(|| file.rule_name.take());
        let name = name.ok_or_else(|| UsageError::new("NAME", "give the name of the rule"))?;
        let bus = self.common.bus.clone().or_else(|| file.event_bus_name.take());
        let bus = bus.unwrap_or_else(|| DEFAULT_BUS.to_owned());
        let description = self.description.clone().or_else(|| file.description.take());
        Ok(Wanted { bus, name, pattern, description, file })
    }
}

impl Common {
    fn bus(&self) -> &str {
        self.bus.as_deref().unwrap_or(DEFAULT_BUS)
    }

    fn client(&self) -> Result<Client, UsageError> {
        self.api.client(ProtocolArg::Api20200401)
    }

    fn done(&self, action: &str, bus: &str, name: &str, request_id: Option<&str>) {
        self.output.done(action, "rule", &format!("{bus}/{name}"), request_id);
    }
}

fn cells(rule: &Rule) -> Vec<String> {
    vec![
        rule.rule_name.clone().unwrap_or_default(),
        rule.status.as_ref().map_or_else(String::new, ToString::to_string),
        rule.targets.len().to_string(),
        rule.filter_pattern.clone().unwrap_or_default(),
    ]
}

const DEFAULT_BUS: &str = "default";
const MEMBERS: [&str; 8] = [
    "EventBusName",
    "RuleName",
    "Description",
    "Status",
    "FilterPattern",
    "Targets",
    "EventTargets",
    "Tags",
];
