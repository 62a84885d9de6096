//! Target parameters that were checked, applied to events.

use std::{borrow::Cow, collections::HashMap};

use super::{
    error::{TransformError, TransformErrorKind},
    parameter::{Form, TargetParameter},
    path::Path,
    render::render,
    select::Selector,
    template::Template,
};
use crate::{
    JsonEvent,
    json::tape::{Kind, Node, Tape},
};

/// Holds a target parameter that was checked.
#[derive(Debug, Clone)]
pub struct Transform {
    resource_key: String,
    rule: Rule,
    max_output: usize,
}

#[derive(Debug, Clone)]
enum Rule {
    Constant(String),
    Original,
    JsonPath(Path),
    Template { template: Template, variables: HashMap<String, Variable> },
}

#[derive(Debug, Clone)]
enum Variable {
    Path(Path),
    Constant(String),
}

/// Bounds the sizes of parameters and their results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TransformLimits {
    max_chars: usize,
    max_output: usize,
}

impl Default for TransformLimits {
    fn default() -> Self {
        Self { max_chars: 10_240, max_output: 1_048_576 }
    }
}

impl TransformLimits {
    /// Sets how many characters `Value` and `Template` may have each. Default: 10,240, which the
    /// vendor documents.
    #[must_use]
    pub fn max_chars(mut self, characters: usize) -> Self {
        self.max_chars = characters;
        self
    }

    /// Sets how many bytes paths and templates may make. Default: 1,048,576. A template can name a
    /// large value thousands of times.
    #[must_use]
    pub fn max_output(mut self, bytes: usize) -> Self {
        self.max_output = bytes;
        self
    }
}

impl TargetParameter {
    /// Checks the parameter by the default limits.
    ///
    /// # Errors
    ///
    /// Fails if a rule is broken. The error names the rule, the parameter and the place.
    pub fn compile(&self) -> Result<Transform, TransformError> {
        self.compile_with(TransformLimits::default())
    }

    /// Checks the parameter by these limits.
    ///
    /// # Errors
    ///
    /// Fails as [`compile`](Self::compile) does.
    pub fn compile_with(&self, limits: TransformLimits) -> Result<Transform, TransformError> {
        Transform::of(self, limits)
    }
}

impl Transform {
    fn of(parameter: &TargetParameter, limits: TransformLimits) -> Result<Self, TransformError> {
        let resource_key = parameter.resource_key.clone();
        let rule = Rule::of(parameter, limits).map_err(|error| error.of(&resource_key))?;
        Ok(Self { resource_key, rule, max_output: limits.max_output })
    }

    /// Returns the `ResourceKey` of the parameter.
    #[must_use]
    pub fn resource_key(&self) -> &str {
        &self.resource_key
    }

    /// Makes the parameter of an event. `None` if it is the value at a path that the event does not
    /// have: the parameter is then left out.
    ///
    /// # Errors
    ///
    /// Fails if the result is longer than the limit, or a value has more than
    /// [`MAX_VALUE_DEPTH`](super::MAX_VALUE_DEPTH) arrays and objects in each other.
    pub fn apply<'a>(
        &'a self,
        event: &'a JsonEvent<'_>,
    ) -> Result<Option<Cow<'a, str>>, TransformError> {
        let made = match &self.rule {
            Rule::Constant(value) => return Ok(Some(Cow::Borrowed(value))),
            Rule::Original => return Ok(Some(Cow::Borrowed(event.text()))),
            Rule::JsonPath(path) => value_at(&mut Selector::new(event.root()), path),
            Rule::Template { template, variables } => {
                self.fill(template, variables, event).map(Some)
            }
        };
        let made = made.map_err(|error| error.of(&self.resource_key))?;
        if let Some(text) = made.as_ref().filter(|text| text.len() > self.max_output) {
            return Err(self.too_long(&format!("{} bytes", text.len())));
        }
        Ok(made.map(Cow::Owned))
    }

    fn fill(
        &self,
        template: &Template,
        variables: &HashMap<String, Variable>,
        event: &JsonEvent<'_>,
    ) -> Result<String, TransformError> {
        let mut selector = Selector::new(event.root());
        let mut values = HashMap::new();
        let too_long = || self.too_long(&format!("more than {} bytes", self.max_output));
        // Each value comes out once at least, so that many large ones are never held together.
        let mut bytes = 0_usize;
        for name in template.names() {
            if values.contains_key(name) {
                continue;
            }
            let value = match variables.get(name) {
                None => None,
                Some(Variable::Constant(text)) => Some(text.clone()),
                Some(Variable::Path(path)) => value_at(&mut selector, path)?,
            };
            if let Some(value) = value {
                bytes = bytes.saturating_add(value.len());
                if bytes > self.max_output {
                    return Err(too_long());
                }
                values.insert(name, value);
            }
        }
        template.fill(&values, self.max_output).ok_or_else(too_long)
    }

    fn too_long(&self, found: &str) -> TransformError {
        TransformError::new(TransformErrorKind::OutputTooLong, found).of(&self.resource_key)
    }
}

impl Rule {
    fn of(parameter: &TargetParameter, limits: TransformLimits) -> Result<Self, TransformError> {
        let value = || {
            let kinds = (TransformErrorKind::NoValue, TransformErrorKind::ValueTooLong);
            text(parameter.value.as_deref(), kinds, limits)
        };
        match &parameter.form {
            Form::Original => Ok(Self::Original),
            Form::Constant => Ok(Self::Constant(value()?.to_owned())),
            Form::JsonPath => Path::parse(value()?).map(Self::JsonPath),
            Form::Template => {
                let kinds = (TransformErrorKind::NoTemplate, TransformErrorKind::TemplateTooLong);
                let variables = variables(value()?)?;
                let template = text(parameter.template.as_deref(), kinds, limits)?;
                if let Some(start) = template.find(EMBEDDED_OBJECT) {
                    let before = template.get(..start).unwrap_or_default().chars().count();
                    let kind = TransformErrorKind::EmbeddedObject;
                    return Err(TransformError::new(kind, template).at(before));
                }
                Ok(Self::Template { template: Template::parse(template), variables })
            }
            Form::Other(other) => Err(TransformError::new(TransformErrorKind::UnknownForm, other)),
        }
    }
}

fn text(
    text: Option<&str>,
    (missing, too_long): (TransformErrorKind, TransformErrorKind),
    limits: TransformLimits,
) -> Result<&str, TransformError> {
    let text = text.ok_or_else(|| TransformError::new(missing, "none"))?;
    let chars = text.chars().count();
    if chars > limits.max_chars {
        let found = format!("{chars} characters, the limit is {}", limits.max_chars);
        return Err(TransformError::new(too_long, &found));
    }
    Ok(text)
}

/// Reads the variables of a template. Of a doubled name the last counts.
fn variables(value: &str) -> Result<HashMap<String, Variable>, TransformError> {
    let wrong = || TransformError::new(TransformErrorKind::VariablesNotAnObject, value);
    let tape = Tape::parse(Cow::Borrowed(value)).map_err(|_| wrong())?;
    if tape.root().kind() != Kind::Object {
        return Err(wrong());
    }
    let members = tape.root().members();
    members.map(|(name, node)| Ok((name.characters().into_owned(), variable(node)?))).collect()
}

/// Reads a variable: a text that is no definite path is itself.
fn variable(node: Node<'_>) -> Result<Variable, TransformError> {
    match node.kind() {
        Kind::String => {
            let text = node.characters().into_owned();
            Ok(Path::parse(&text).map_or_else(|_| Variable::Constant(text), Variable::Path))
        }
        Kind::Number | Kind::True | Kind::False => Ok(Variable::Constant(node.raw().to_owned())),
        Kind::Object | Kind::Array | Kind::Null => {
            Err(TransformError::new(TransformErrorKind::Variable, node.raw()))
        }
    }
}

fn value_at(selector: &mut Selector<'_>, path: &Path) -> Result<Option<String>, TransformError> {
    selector.select(path).map(|selected| render(&selected)).transpose()
}

/// A name in templates that the reference code gives a meaning of its own.
const EMBEDDED_OBJECT: &str = "EB_SYS_EMBED_OBJECT";
