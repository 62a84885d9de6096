//! Targets of a rule: list, get, create, update, delete.

use std::{path::PathBuf, process::ExitCode};

use aliyun_eventbridge::{
    call::Client,
    operation::Protocol,
    sinks::HttpsTarget,
    targets::{
        DeadLetterQueue, ErrorsTolerance, PushRetryStrategy, PutTargets, Target, TargetParameter,
        TargetResults,
    },
};
use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use crate::{
    api::{
        ApiOptions, Output, Problem, ProtocolArg, ended, from_file, hidden_secret, without_secrets,
    },
    inputs::Inputs,
    usage::{UsageError, read},
};

/// Lists, creates, changes and deletes the targets of a rule.
///
/// `eventbridge provision` makes the target of a receiver with its rule.
#[derive(Args)]
pub struct Options {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists the targets of a rule
    List {
        #[command(flatten)]
        common: Common,
    },
    /// Prints a target; secrets are stars
    Get(Named),
    /// Creates a target
    Create(Change),
    /// Changes a target; what is not given stays. The openapi protocol cannot do that
    Update(Change),
    /// Deletes a target
    Delete(Named),
}

#[derive(Args)]
struct Named {
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Change {
    /// The id, unique within the rule, at most 255 characters
    #[arg(value_name = "ID", required_unless_present = "from")]
    id: Option<String>,
    /// An HTTP or HTTPS target: where events are pushed to, each as it is
    #[arg(long, value_name = "URL", conflicts_with = "kind")]
    url: Option<String>,
    /// With --url: a file of which the first line is the token that pushes carry
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
    /// Another target: its type, acs.mns.queue for one
    #[arg(long = "type", id = "kind", value_name = "TYPE")]
    kind: Option<String>,
    /// Another target: its resource, acs:mns:…
    #[arg(long, value_name = "RESOURCE")]
    resource: Option<String>,
    /// A parameter, or a list of them, as JSON: a file, or text that begins with { or [. It takes
    /// the place of one with the same ResourceKey. May be repeated
    #[arg(long, value_name = "PARAMETER")]
    parameter: Vec<String>,
    /// How often a push is tried again: BACKOFF_RETRY or EXPONENTIAL_DECAY_RETRY
    #[arg(long, value_name = "STRATEGY")]
    push_retry_strategy: Option<String>,
    /// What happens after a push failed for good: ALL, the rule goes on, or NONE, it stops
    #[arg(long, value_name = "TOLERANCE")]
    errors_tolerance: Option<String>,
    /// The resource of the dead letter queue
    #[arg(long, value_name = "RESOURCE")]
    dead_letter: Option<String>,
    /// A target as JSON: a file, - or text that begins with {. Options come first
    #[arg(long, value_name = "FILE")]
    from: Option<String>,
    #[command(flatten)]
    common: Common,
}

#[derive(Args)]
struct Common {
    /// The rule
    #[arg(long, value_name = "NAME")]
    rule: String,
    /// The bus
    #[arg(long, value_name = "NAME", default_value = "default")]
    bus: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    api: ApiOptions,
}

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    ended(options.action.run().await)
}

impl Action {
    async fn run(&self) -> Result<(), Problem> {
        match self {
            Self::List { common } => {
                let targets = common.all(&common.client()?).await?;
                let rows: Vec<_> =
                    targets.iter().map(|target| (cells(target), without_secrets(target))).collect();
                common.output.list(&["ID", "TYPE", "ENDPOINT", "RETRY", "DEAD LETTER"], &rows);
            }
            Self::Get(Named { id, common }) => {
                let targets = common.all(&common.client()?).await?;
                common.output.one(&without_secrets(common.find(&targets, id)?));
            }
            Self::Create(change) => {
                let target = change.changed(None)?;
                let client = change.common.client()?;
                let others = change.common.all(&client).await?;
                if others.iter().any(|other| other.id == target.id) {
                    let id = &target.id;
                    let text = format!("the rule has a target {id}: change it by update");
                    return Err(Problem::Failed(text));
                }
                change.common.put(&client, target, "created").await?;
            }
            Self::Update(change) => {
                let client = change.common.client()?;
                if client.protocol() == Protocol::OpenApi {
                    let reason = "openapi cannot change a target: use 2020-04-01";
                    return Err(UsageError::new("--protocol", reason).into());
                }
                let id = change.named()?;
                let targets = change.common.all(&client).await?;
                let target = change.changed(Some(change.common.find(&targets, &id)?))?;
                change.common.put(&client, target, "updated").await?;
            }
            Self::Delete(Named { id, common }) => {
                let (bus, rule) = (&common.bus, &common.rule);
                let answer = common.client()?.delete_targets(bus, rule, &[id]).await?;
                let request_id = answer.request_id.clone();
                common.done("deleted", id, answer.result, request_id.as_deref())?;
            }
        }
        Ok(())
    }
}

impl Common {
    fn client(&self) -> Result<Client, UsageError> {
        self.api.client(ProtocolArg::Api20200401)
    }

    async fn all(&self, client: &Client) -> Result<Vec<Target>, Problem> {
        Ok(client.list_targets(&self.bus, &self.rule, 100).collect().await?)
    }

    fn find<'t>(&self, targets: &'t [Target], id: &str) -> Result<&'t Target, Problem> {
        targets.iter().find(|target| target.id == id).ok_or_else(|| {
            let Self { bus, rule, .. } = self;
            Problem::Failed(format!(
                "the rule {bus}/{rule} has no target {id}: eventbridge targets list shows all"
            ))
        })
    }

    async fn put(&self, client: &Client, target: Target, action: &str) -> Result<(), Problem> {
        let id = target.id.clone();
        let answer =
            client.put_targets(&PutTargets::new(&self.bus, &self.rule, vec![target])).await?;
        let request_id = answer.request_id.clone();
        self.done(action, &id, answer.result, request_id.as_deref())
    }

    fn done(
        &self,
        action: &str,
        id: &str,
        results: TargetResults,
        request_id: Option<&str>,
    ) -> Result<(), Problem> {
        if let Some(error) = results.error_entries.into_iter().next() {
            let code = error.error_code.unwrap_or_else(|| "no code".to_owned());
            let message = error.error_message.unwrap_or_else(|| "no message".to_owned());
            let text = format!("the service rejected target {id} with {code}: {message}");
            return Err(Problem::Failed(text));
        }
        if results.error_entries_count > 0 {
            return Err(Problem::Failed(format!("the service rejected target {id}")));
        }
        let name = format!("{}/{}/{id}", self.bus, self.rule);
        self.output.done(action, "target", &name, request_id);
        Ok(())
    }
}

impl Change {
    fn named(&self) -> Result<String, UsageError> {
        let file: Map<String, Value> = from_file(self.from.as_deref(), &[])?;
        let of_file = file.get("Id").and_then(Value::as_str).map(str::to_owned);
        let id = self.id.clone().or(of_file);
        id.ok_or_else(|| UsageError::new("ID", "give the id of the target"))
    }

    /// Puts file and options into a target that is there, or a new one.
    fn changed(&self, is: Option<&Target>) -> Result<Target, UsageError> {
        let mut target = is.cloned().unwrap_or_else(|| Target::new("", "", ""));
        if self.from.is_some() {
            let mut members: Map<String, Value> = from_file(self.from.as_deref(), &[])?;
            members.entry("ParamList").or_insert_with(|| Value::Array(Vec::new()));
            target = serde_json::from_value(Value::Object(members))
                .map_err(|error| UsageError::new("--from", error))?;
        }
        target.id = self.named()?;
        if let Some(url) = &self.url {
            let made = self.http(url, &target.id)?;
            (target.r#type, target.endpoint) = (made.r#type, made.endpoint);
            made.param_list.into_iter().for_each(|parameter| set(&mut target, parameter));
        }
        target.r#type = self.kind.clone().unwrap_or(target.r#type);
        target.endpoint = self.resource.clone().unwrap_or(target.endpoint);
        for parameter in self.parameters()? {
            set(&mut target, parameter);
        }
        if let Some(retry) = self.push_retry_strategy.as_deref() {
            target.push_retry_strategy = Some(PushRetryStrategy::from(retry));
        }
        if let Some(tolerance) = self.errors_tolerance.as_deref() {
            target.errors_tolerance = Some(ErrorsTolerance::from(tolerance));
        }
        if let Some(queue) = self.dead_letter.as_deref() {
            target.dead_letter_queue = Some(DeadLetterQueue::from(queue));
        }
        if hidden_secret(&serde_json::to_value(&target).unwrap_or_default()) {
            let reason = "the service hides the target's token: give it again, --url with \
                 --token-file or --parameter";
            return Err(UsageError::new("ID", reason));
        }
        target.check().map_err(|error| UsageError::new("target", error))?;
        Ok(target)
    }

    fn http(&self, url: &str, id: &str) -> Result<Target, UsageError> {
        let mut target = HttpsTarget::new(url);
        if let Some(file) = &self.token_file {
            let text = String::from_utf8(read("--token-file", file)?)
                .map_err(|_| UsageError::new("--token-file", "is not text"))?;
            let token = text.lines().find(|line| !line.is_empty()).unwrap_or_default();
            target = target.token(token);
        }
        target.into_target(id).map_err(|error| UsageError::new("--url", error))
    }

    fn parameters(&self) -> Result<Vec<TargetParameter>, UsageError> {
        let wrong = |error: serde_json::Error| UsageError::new("--parameter", error);
        let mut all = Vec::new();
        for value in &self.parameter {
            let text = Inputs::default().text("--parameter", value)?.text;
            match serde_json::from_str(&text).map_err(wrong)? {
                Value::Array(list) => {
                    for value in list {
                        all.push(serde_json::from_value(value).map_err(wrong)?);
                    }
                }
                one @ (Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::String(_)
                | Value::Object(_)) => all.push(serde_json::from_value(one).map_err(wrong)?),
            }
        }
        Ok(all)
    }
}

/// Names of parameters are compared without case, as pages and SDKs differ in it.
fn set(target: &mut Target, parameter: TargetParameter) {
    let same =
        |old: &&mut TargetParameter| old.resource_key.eq_ignore_ascii_case(&parameter.resource_key);
    match target.param_list.iter_mut().find(same) {
        Some(old) => *old = parameter,
        None => target.param_list.push(parameter),
    }
}

fn cells(target: &Target) -> Vec<String> {
    vec![
        target.id.clone(),
        target.r#type.clone(),
        target.endpoint.clone(),
        target.push_retry_strategy.as_ref().map_or_else(String::new, ToString::to_string),
        target.dead_letter_queue.as_ref().map_or_else(String::new, |queue| queue.arn.clone()),
    ]
}
