//! Values as targets get them.

use std::collections::HashMap;

use super::{
    error::{TransformError, TransformErrorKind},
    select::Selected,
};
use crate::json::{
    tape::{Kind, Node},
    text,
};

/// Limits the arrays and objects in each other of a value.
pub const MAX_VALUE_DEPTH: usize = 128;

/// Returns a string's characters, or the compact JSON text of anything else. Strings are escaped as
/// Gson does it, and numbers stay as they are written. Members of objects that are null are left
/// out. A doubled name has its first place and its last value.
pub(super) fn render(selected: &Selected<'_>) -> Result<String, TransformError> {
    let mut output = String::new();
    match selected {
        Selected::One(node) if node.kind() == Kind::String => {
            return Ok(node.characters().into_owned());
        }
        Selected::One(node) => write(&mut output, *node, 0)?,
        Selected::Members(members) => {
            let names = members.iter().map(|(name, node)| (serde_json::json!(name), node));
            let names: Vec<_> = names.map(|(name, node)| (name.to_string(), *node)).collect();
            let members = names.iter().map(|(name, node)| (inside(name), *node));
            write_object(&mut output, members, 0)?;
        }
    }
    Ok(output)
}

fn write(output: &mut String, node: Node<'_>, depth: usize) -> Result<(), TransformError> {
    match node.kind() {
        Kind::Object | Kind::Array if depth >= MAX_VALUE_DEPTH => {
            Err(TransformError::new(TransformErrorKind::ValueTooDeep, node.raw()))
        }
        Kind::Object => write_object(output, last_of_each(node).into_iter(), depth),
        Kind::Array => {
            output.push('[');
            for (index, element) in node.elements().enumerate() {
                if index > 0 {
                    output.push(',');
                }
                write(output, element, depth.saturating_add(1))?;
            }
            output.push(']');
            Ok(())
        }
        Kind::String => {
            text::write_string(output, node.inside());
            Ok(())
        }
        Kind::Number | Kind::True | Kind::False | Kind::Null => {
            output.push_str(node.raw());
            Ok(())
        }
    }
}

fn write_object<'t>(
    output: &mut String,
    members: impl Iterator<Item = (&'t str, Node<'t>)>,
    depth: usize,
) -> Result<(), TransformError> {
    output.push('{');
    let members = members.filter(|(_, value)| value.kind() != Kind::Null);
    for (index, (name, value)) in members.enumerate() {
        if index > 0 {
            output.push(',');
        }
        text::write_string(output, name);
        output.push(':');
        write(output, value, depth.saturating_add(1))?;
    }
    output.push('}');
    Ok(())
}

/// Returns the members of an object, each name at its first place with its last value.
fn last_of_each<'t>(object: Node<'t>) -> Vec<(&'t str, Node<'t>)> {
    let mut places = HashMap::new();
    let mut members: Vec<(&str, Node<'t>)> = Vec::new();
    for (name, value) in object.members() {
        let place = *places.entry(name.characters()).or_insert(members.len());
        match members.get_mut(place) {
            Some((_, last)) => *last = value,
            None => members.push((name.inside(), value)),
        }
    }
    members
}

/// Returns what is between the quotes of a JSON string.
fn inside(json: &str) -> &str {
    json.get(1..json.len().saturating_sub(1)).unwrap_or_default()
}
