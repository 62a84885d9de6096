//! The place that a path names in an event.

use std::{borrow::Cow, collections::HashMap};

use super::path::{Path, Step};
use crate::json::tape::{Kind, Node};

/// An event, and what is in those objects and arrays that paths went through: each is read once.
pub(super) struct Selector<'t> {
    root: Node<'t>,
    objects: HashMap<usize, HashMap<Cow<'t, str>, Node<'t>>>,
    arrays: HashMap<usize, Vec<Node<'t>>>,
}

/// What a path names.
pub(super) enum Selected<'t> {
    One(Node<'t>),
    /// Members that were picked, of which an object is made.
    Members(Vec<(Box<str>, Node<'t>)>),
}

impl<'t> Selector<'t> {
    pub(super) fn new(root: Node<'t>) -> Self {
        Self { root, objects: HashMap::new(), arrays: HashMap::new() }
    }

    /// Returns what is there; nothing if the path leads nowhere.
    pub(super) fn select(&mut self, path: &Path) -> Option<Selected<'t>> {
        let root = self.root;
        let node = path.steps.iter().try_fold(root, |node, step| self.step(node, step))?;
        if path.picked.is_empty() {
            return Some(Selected::One(node));
        }
        let members = (node.kind() == Kind::Object).then(|| self.members(node))?;
        let mut picked: Vec<(Box<str>, Node<'t>)> = Vec::new();
        for name in &path.picked {
            let known = picked.iter().any(|(known, _)| known == name);
            picked
                .extend(members.get(&**name).filter(|_| !known).map(|node| (name.clone(), *node)));
        }
        Some(Selected::Members(picked))
    }

    fn step(&mut self, node: Node<'t>, step: &Step) -> Option<Node<'t>> {
        match (step, node.kind()) {
            (Step::Name(name), Kind::Object) => self.members(node).get(&**name).copied(),
            (Step::Index(index), Kind::Array) => {
                let elements = self.elements(node);
                let distance = usize::try_from(index.unsigned_abs()).ok()?;
                let index = match *index {
                    0.. => distance,
                    ..0 => elements.len().checked_sub(distance)?,
                };
                elements.get(index).copied()
            }
            (Step::Name(_) | Step::Index(_), _) => None,
        }
    }

    /// Returns the members of an object; of a doubled name the last.
    fn members(&mut self, object: Node<'t>) -> &HashMap<Cow<'t, str>, Node<'t>> {
        let read = || object.members().map(|(name, value)| (name.characters(), value)).collect();
        self.objects.entry(object.position()).or_insert_with(read)
    }

    fn elements(&mut self, array: Node<'t>) -> &[Node<'t>] {
        self.arrays.entry(array.position()).or_insert_with(|| array.elements().collect())
    }
}
