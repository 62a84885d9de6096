//! Target parameters as rules have them.

use std::{borrow::Cow, fmt};

use serde::{Deserialize, Serialize};

/// Holds one target parameter of a rule: how a part of the request to the target is made of an
/// event.
///
/// It is read and written with the vendor's names.
///
/// ```
/// use aliyun_eventbridge::{JsonEvent, transform::TargetParameter};
///
/// let parameter: TargetParameter = serde_json::from_str(
///     r#"{"ResourceKey": "Body", "Form": "TEMPLATE",
///         "Value": "{\"name\": \"$.data.name\"}", "Template": "Hello ${name}"}"#,
/// )?;
/// let event = JsonEvent::parse(r#"{"data": {"name": "tom"}}"#)?;
/// assert_eq!(parameter.compile()?.apply(&event)?.as_deref(), Some("Hello tom"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct TargetParameter {
    /// The name of the part: `Body`, `url`.
    pub resource_key: String,
    /// How it is made.
    pub form: Form,
    /// The constant, the path, or the variables of a template as a JSON object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The template.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// Says how a part of the request is made of an event.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Cow<'_, str>", into = "String")]
#[non_exhaustive]
pub enum Form {
    /// `Value` as it is.
    Constant,
    /// The event as it is.
    Original,
    /// The value at the path `Value`.
    JsonPath,
    /// `Template` with the variables in `Value`.
    Template,
    /// A form that EventBridge does not document; it is kept, and rejected when it is compiled.
    Other(String),
}

impl TargetParameter {
    fn new(resource_key: impl Into<String>, form: Form) -> Self {
        Self { resource_key: resource_key.into(), form, value: None, template: None }
    }

    /// Returns a parameter that is always the same.
    pub fn constant(resource_key: impl Into<String>, value: impl Into<String>) -> Self {
        Self { value: Some(value.into()), ..Self::new(resource_key, Form::Constant) }
    }

    /// Returns a parameter that is the whole event.
    pub fn original(resource_key: impl Into<String>) -> Self {
        Self::new(resource_key, Form::Original)
    }

    /// Returns a parameter that is the value at a path.
    pub fn json_path(resource_key: impl Into<String>, path: impl Into<String>) -> Self {
        Self { value: Some(path.into()), ..Self::new(resource_key, Form::JsonPath) }
    }

    /// Returns a parameter that is made by a template. The variables are a JSON object.
    pub fn template(
        resource_key: impl Into<String>,
        variables: impl Into<String>,
        template: impl Into<String>,
    ) -> Self {
        let value = Some(variables.into());
        Self { value, template: Some(template.into()), ..Self::new(resource_key, Form::Template) }
    }
}

impl Form {
    /// Returns the vendor's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Constant => "CONSTANT",
            Self::Original => "ORIGINAL",
            Self::JsonPath => "JSONPATH",
            Self::Template => "TEMPLATE",
            Self::Other(other) => other,
        }
    }
}

impl From<&str> for Form {
    fn from(name: &str) -> Self {
        match name {
            "CONSTANT" => Self::Constant,
            "ORIGINAL" => Self::Original,
            "JSONPATH" => Self::JsonPath,
            "TEMPLATE" => Self::Template,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<Cow<'_, str>> for Form {
    fn from(name: Cow<'_, str>) -> Self {
        Self::from(&*name)
    }
}

impl From<Form> for String {
    fn from(form: Form) -> Self {
        form.as_str().to_owned()
    }
}

impl fmt::Display for Form {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
