//! The fields that patterns ask for, found in one walk of the event.

use std::{collections::HashMap, slice};

use super::scalar::Scalar;
use crate::json::{
    named::Names,
    tape::{Kind, Node},
};

/// The names that lead to fields, as a tree.
#[derive(Debug, Clone)]
pub(super) struct PathTree {
    nodes: Vec<PathNode>,
    fields: u32,
}

#[derive(Debug, Clone, Default)]
struct PathNode {
    members: HashMap<Box<str>, usize>,
    field: Option<FieldId>,
}

/// The number of a field in a [`PathTree`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct FieldId(pub(super) u32);

impl Default for PathTree {
    fn default() -> Self {
        Self { nodes: vec![PathNode::default()], fields: 0 }
    }
}

impl PathTree {
    /// Returns the field of this path; a new one if it is not there.
    pub(super) fn field(&mut self, names: &[Box<str>]) -> FieldId {
        let mut at = 0;
        for name in names {
            let new = self.nodes.len();
            let Some(node) = self.nodes.get_mut(at) else { break };
            at = match node.members.get(name) {
                Some(known) => *known,
                None => {
                    node.members.insert(name.clone(), new);
                    self.nodes.push(PathNode::default());
                    new
                }
            };
        }
        let new = FieldId(self.fields);
        let Some(node) = self.nodes.get_mut(at) else { return new };
        if node.field.is_none() {
            node.field = Some(new);
            self.fields = self.fields.saturating_add(1);
        }
        node.field.unwrap_or(new)
    }

    /// Returns the values of the fields that the event has.
    pub(super) fn locate<'t>(&self, event: Node<'t>) -> Located<'t> {
        let mut located = Located { values: Vec::new(), has_data: false };
        let mut objects = Vec::new();
        if let Some(root) = self.nodes.first() {
            located.has_data = event.members().any(|(name, _)| name.characters() == DATA);
            objects.push((root, event));
        }
        while let Some((node, object)) = objects.pop() {
            for (member, value) in node.members_in(object) {
                let Some(member) = self.nodes.get(member) else { continue };
                if let Some(field) = member.field {
                    located.values.push((field, FieldValue::of(value)));
                }
                if value.kind() == Kind::Object && !member.members.is_empty() {
                    objects.push((member, value));
                }
            }
        }
        located.values.sort_unstable_by_key(|(field, _)| *field);
        located
    }
}

impl Names for PathTree {
    fn member(&self, node: usize, name: &str) -> Option<usize> {
        self.nodes.get(node)?.members.get(name).copied()
    }

    fn has_members(&self, node: usize) -> bool {
        self.nodes.get(node).is_some_and(|node| !node.members.is_empty())
    }
}

/// The member of an event that patterns with fields in it ask for, whatever it holds.
pub(super) const DATA: &str = "data";

impl PathNode {
    /// Returns the members of an object that lead on; of a doubled name, the last.
    fn members_in<'t>(&self, object: Node<'t>) -> Vec<(usize, Node<'t>)> {
        if self.members.is_empty() {
            return Vec::new();
        }
        let known = object
            .members()
            .filter_map(|(name, value)| Some((*self.members.get(&*name.characters())?, value)));
        let mut known: Vec<_> = known.collect();
        // Stable, so that the last of a name stays last among its equals.
        known.sort_by_key(|(member, _)| *member);
        known.reverse();
        known.dedup_by_key(|(member, _)| *member);
        known
    }
}

/// The fields that an event has.
#[derive(Debug)]
pub(super) struct Located<'t> {
    /// In the order of the fields.
    pub(super) values: Vec<(FieldId, FieldValue<'t>)>,
    /// Whether the event has a member `data`.
    pub(super) has_data: bool,
}

impl<'t> Located<'t> {
    pub(super) fn get(&self, field: FieldId) -> Option<&FieldValue<'t>> {
        let index = self.values.binary_search_by_key(&field, |(field, _)| *field).ok()?;
        self.values.get(index).map(|(_, value)| value)
    }
}

/// The value of a field, which is there.
#[derive(Debug)]
pub(super) enum FieldValue<'t> {
    Object,
    /// An array with objects or arrays among its elements.
    NestedArray,
    Scalar(Scalar<'t>),
    Array(Vec<Scalar<'t>>),
}

impl<'t> FieldValue<'t> {
    fn of(node: Node<'t>) -> Self {
        match (node.kind(), Scalar::of(node)) {
            (_, Some(scalar)) => Self::Scalar(scalar),
            (Kind::Array, None) => {
                let scalars: Option<_> = node.elements().map(Scalar::of).collect();
                scalars.map_or(Self::NestedArray, Self::Array)
            }
            (_, None) => Self::Object,
        }
    }

    /// Returns the values that conditions are tried on: none for objects and arrays with nested
    /// ones.
    pub(super) fn scalars(&self) -> &[Scalar<'t>] {
        match self {
            Self::Object | Self::NestedArray => &[],
            Self::Scalar(scalar) => slice::from_ref(scalar),
            Self::Array(scalars) => scalars,
        }
    }
}
