//! A parameter that is made of an event.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Checked, InvalidField},
    targets::{Form, TargetParameter},
};

/// Says how a parameter of a sink is made: form, value, template.
///
/// ```
/// use aliyun_eventbridge::sinks::Transformed;
///
/// // `Value` has to be a JSON object that defines the names of the template.
/// let wrong = Transformed::template("$.data", "The event ${eventName} occurred at ${time}");
/// assert!(wrong.check().is_err());
/// let right = Transformed::template(
///     r#"{"eventName":"$.data.eventName","time":"$.time"}"#,
///     "The event ${eventName} occurred at ${time}",
/// );
/// assert!(right.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Transformed {
    /// How the parameter is made.
    pub form: Form,
    /// The value, path, or names and paths as JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl Transformed {
    /// Returns the event as it is.
    #[must_use]
    pub const fn original() -> Self {
        Self { form: Form::Original, value: None, template: None }
    }

    /// Returns a fixed value.
    #[must_use]
    pub fn constant(value: impl Into<String>) -> Self {
        Self { form: Form::Constant, value: Some(value.into()), template: None }
    }

    /// Returns what a path names.
    #[must_use]
    pub fn json_path(path: impl Into<String>) -> Self {
        Self { form: Form::JsonPath, value: Some(path.into()), template: None }
    }

    /// Returns a template. `names` is a JSON object of names and paths, as text.
    #[must_use]
    pub fn template(names: impl Into<String>, template: impl Into<String>) -> Self {
        Self { form: Form::Template, value: Some(names.into()), template: Some(template.into()) }
    }

    /// Checks form and lengths.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        self.clone().into_parameter("parameter").check()
    }

    pub(super) fn check_as(&self, name: &'static str) -> Checked {
        self.check().map_err(|field: InvalidField| field.within(name))
    }

    pub(super) fn into_parameter(self, resource_key: &str) -> TargetParameter {
        let mut parameter = TargetParameter::original(resource_key);
        parameter.form = self.form;
        parameter.value = self.value;
        parameter.template = self.template;
        parameter
    }
}
