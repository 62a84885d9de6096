//! Makes what EventBridge would send of an event: one parameter of a target, or all of them.
//!
//! ```text
//! cargo run -- transform --form TEMPLATE --value '{"name":"$.data.name"}' \
//!     --template 'Hello ${name}' --event event.json
//! ```
//!
//! Exit code 0: made, 1: left out, as the event has no such path, 2: bad usage.

use std::{
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

use aliyun_eventbridge::{
    JsonEvent,
    transform::{TargetParameter, Transform, TransformError, TransformErrorKind},
};
use clap::Args;
use serde::Serialize;
use serde_json::Value;

use crate::{
    config_error::chain,
    event_reader::{EventReader, FoundEvent},
    inputs::{Inputs, Text},
    usage::{UsageError, program, read},
};

/// Prints what EventBridge would send of an event, byte for byte.
///
/// A transform is given by --form, --value and --template, or by --parameter. Without --json there
/// is one event and one parameter, and nothing follows its bytes.
///
/// Exit code 0: all parameters are made, 1: one is left out, as the event does not have its path,
/// 2: a transform or event is invalid.
#[derive(Args)]
pub struct Options {
    /// Events: a file, - for standard input, text that begins with { or [, or the name of a sample
    /// of push --list. A file has one event, an array of events, or one event on each line
    #[arg(long, value_name = "EVENT", num_args = 1.., required = true)]
    event: Vec<String>,
    /// The form: ORIGINAL, CONSTANT, JSONPATH or TEMPLATE
    #[arg(long, value_name = "FORM", required_unless_present = "parameter")]
    form: Option<String>,
    /// The constant, the path, or the variables of a template as a JSON object
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    value: Option<String>,
    /// A file that holds the value, taken as it is
    #[arg(long, value_name = "FILE", conflicts_with = "value")]
    value_file: Option<PathBuf>,
    /// The template
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    template: Option<String>,
    /// A file that holds the template, taken as it is
    #[arg(long, value_name = "FILE", conflicts_with = "template")]
    template_file: Option<PathBuf>,
    /// Instead of --form: a parameter, a list of parameters, or a target, as rules have them in
    /// JSON: a file, - for standard input, or text that begins with { or [
    #[arg(long, value_name = "PARAMETER", conflicts_with_all = ["value", "template"])]
    parameter: Option<String>,
    /// The ResourceKey of the parameter that is made, where --parameter has several
    #[arg(long, value_name = "NAME", requires = "parameter")]
    resource_key: Option<String>,
    /// Print a JSON object for each event and parameter
    #[arg(long)]
    json: bool,
}

/// One line of `--json`.
#[derive(Serialize)]
struct Line<'a> {
    event: &'a str,
    /// Counts the events of all inputs from 0.
    index: u64,
    resource_key: &'a str,
    /// Absent where the event does not have the path.
    result: Option<&'a str>,
}

pub fn run(options: &Options) -> Result<ExitCode, UsageError> {
    let mut inputs = Inputs::default();
    let opened = options.event.iter().map(|value| inputs.events(EVENT, value));
    let opened = opened.collect::<Result<Vec<_>, _>>()?;
    let transforms = options.transforms(&mut inputs)?;
    let mut made = Made { all: true, index: 0, out: Vec::new() };
    for input in opened {
        for found in EventReader::new(input, MOST_EVENT_BYTES) {
            let found = found.map_err(|malformed| UsageError::new(EVENT, malformed))?;
            if !options.json && made.index > 0 {
                let reason = "there are several events: give --json, which prints a line for each";
                return Err(UsageError::new(EVENT, reason));
            }
            made.of(&found, &transforms, options.json)?;
        }
    }
    if made.index == 0 {
        return Err(UsageError::new(EVENT, "has no event: give one JSON object at least"));
    }
    // The bytes of a single event, once it is known to be the only one.
    let _ = io::stdout().write_all(&made.out);
    if !made.all && !options.json {
        eprintln!("{}: the event does not have the path: the parameter is left out", program());
    }
    Ok(if made.all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Made {
    all: bool,
    index: u64,
    out: Vec<u8>,
}

impl Made {
    fn of(
        &mut self,
        found: &FoundEvent,
        transforms: &[Transform],
        json: bool,
    ) -> Result<(), UsageError> {
        let wrong =
            |error: String| UsageError::new(EVENT, format_args!("{}: {error}", found.place));
        let event = JsonEvent::parse(&found.json).map_err(|error| wrong(chain(&error)))?;
        for transform in transforms {
            let result = transform.apply(&event).map_err(|error| wrong(chain(&error)))?;
            self.all &= result.is_some();
            let result = result.as_deref();
            if json {
                let (event, resource_key) = (found.place.as_str(), transform.resource_key());
                let line = Line { event, index: self.index, resource_key, result };
                let line =
                    serde_json::to_string(&line).map_err(|error| wrong(error.to_string()))?;
                // A reader that has seen enough does not change the exit code.
                let _ = writeln!(io::stdout(), "{line}");
            } else {
                self.out.extend_from_slice(result.unwrap_or_default().as_bytes());
            }
        }
        self.index = self.index.saturating_add(1);
        Ok(())
    }
}

impl Options {
    fn transforms(&self, inputs: &mut Inputs) -> Result<Vec<Transform>, UsageError> {
        let Some(given) = &self.parameter else {
            return self.transform_of_flags().map(|one| vec![one]);
        };
        let Text { name, text } = inputs.text(PARAMETER, given)?;
        let wrong = |reason: String| UsageError::new(PARAMETER, format_args!("{name}: {reason}"));
        let mut parameters = parameters(&text).map_err(wrong)?;
        if let Some(key) = &self.resource_key {
            parameters.retain(|parameter| parameter.resource_key.eq_ignore_ascii_case(key));
            if parameters.is_empty() {
                return Err(UsageError::new(
                    "--resource-key",
                    format_args!("there is no parameter {key}"),
                ));
            }
        }
        if parameters.len() > 1 && !self.json {
            let names: Vec<_> =
                parameters.iter().map(|parameter| parameter.resource_key.as_str()).collect();
            let reason = format!(
                "has several parameters: give --resource-key, one of {}, or --json",
                names.join(", ")
            );
            return Err(wrong(reason));
        }
        let compiled = parameters.iter().map(TargetParameter::compile);
        compiled.collect::<Result<_, _>>().map_err(|error| wrong(chain(&error)))
    }

    fn transform_of_flags(&self) -> Result<Transform, UsageError> {
        let text = |option, given: &Option<String>, file: &Option<PathBuf>| match (given, file) {
            (Some(text), _) => Ok(Some(text.clone())),
            (None, None) => Ok(None),
            (None, Some(file)) => match String::from_utf8(read(option, file)?) {
                Ok(text) => Ok(Some(text)),
                Err(_) => {
                    Err(UsageError::new(option, format_args!("{}: is not UTF-8", file.display())))
                }
            },
        };
        let mut parameter = TargetParameter::original("Body");
        parameter.form =
            self.form.as_deref().unwrap_or_default().to_ascii_uppercase().as_str().into();
        parameter.value = text("--value-file", &self.value, &self.value_file)?;
        parameter.template = text("--template-file", &self.template, &self.template_file)?;
        parameter.compile().map_err(|error| of_flags(&error, &parameter))
    }
}

/// Names the option that the error of a transform is about.
fn of_flags(error: &TransformError, parameter: &TargetParameter) -> UsageError {
    let form = &parameter.form;
    let json = "the variables as a JSON object such as {\"name\":\"$.data.name\"}";
    let missing = |option: &str, what: &str| {
        let reason = format!("the form {form} needs it: give {what}, or {option}-file FILE");
        UsageError::new(option, reason)
    };
    let option = match error.kind() {
        TransformErrorKind::NoValue => {
            return match form.as_str() {
                "TEMPLATE" if parameter.template.is_none() => {
                    missing("--value", json).and(&missing("--template", TEMPLATE))
                }
                "TEMPLATE" => missing("--value", json),
                "JSONPATH" => missing("--value", "a path such as $.data.name"),
                _ => missing("--value", "the constant"),
            };
        }
        TransformErrorKind::NoTemplate => return missing("--template", TEMPLATE),
        TransformErrorKind::TemplateTooLong | TransformErrorKind::EmbeddedObject => "--template",
        TransformErrorKind::ValueTooLong
        | TransformErrorKind::Path
        | TransformErrorKind::PathNotClosed
        | TransformErrorKind::PathFunction
        | TransformErrorKind::PathNotDefinite
        | TransformErrorKind::VariablesNotAnObject
        | TransformErrorKind::Variable
        | TransformErrorKind::ValueTooDeep => "--value",
        TransformErrorKind::UnknownForm | TransformErrorKind::OutputTooLong | _ => "--form",
    };
    UsageError::new(option, chain(error))
}

/// Reads a parameter, a list of them, or a target with a `ParamList`.
fn parameters(text: &str) -> Result<Vec<TargetParameter>, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let list = match value {
        Value::Array(list) => list,
        Value::Object(mut members) => match members.remove("ParamList") {
            Some(Value::Array(list)) => list,
            Some(_) => return Err("ParamList is not an array".to_owned()),
            None => vec![Value::Object(members)],
        },
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            return Err("is not a parameter, a list of parameters, or a target".to_owned());
        }
    };
    if list.is_empty() {
        return Err("has no parameter".to_owned());
    }
    let read = |(at, value): (usize, Value)| {
        serde_json::from_value(value).map_err(|error| format!("parameter {at}: {error}"))
    };
    list.into_iter().enumerate().map(read).collect()
}

const EVENT: &str = "--event";
const TEMPLATE: &str = "a text such as 'Hello ${name}'";
const PARAMETER: &str = "--parameter";
/// Far more than any event that EventBridge takes.
const MOST_EVENT_BYTES: usize = 16 * 1024 * 1024;
