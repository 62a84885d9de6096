//! Values without members or elements, as patterns compare them: by their text.

use std::{borrow::Cow, collections::HashSet};

use crate::json::tape::{Kind, Node};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum ScalarKind {
    Null,
    Boolean,
    Number,
    String,
}

/// A string with its characters; a number, boolean or null with its text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Scalar<'t> {
    pub(super) kind: ScalarKind,
    pub(super) text: Cow<'t, str>,
}

impl<'t> Scalar<'t> {
    /// Returns `None` for objects and arrays.
    pub(super) fn of(node: Node<'t>) -> Option<Self> {
        let kind = match node.kind() {
            Kind::Object | Kind::Array => return None,
            Kind::String => {
                return Some(Self { kind: ScalarKind::String, text: node.characters() });
            }
            Kind::Number => ScalarKind::Number,
            Kind::True | Kind::False => ScalarKind::Boolean,
            Kind::Null => ScalarKind::Null,
        };
        Some(Self { kind, text: Cow::Borrowed(node.raw()) })
    }

    /// Returns the characters of a string.
    pub(super) fn string(&self) -> Option<&str> {
        (self.kind == ScalarKind::String).then_some(&*self.text)
    }

    /// Returns the number; one beyond a double is infinite.
    pub(super) fn number(&self) -> Option<f64> {
        (self.kind == ScalarKind::Number).then(|| self.text.parse().ok()).flatten()
    }

    /// Returns what equality compares: the text, and whether it is null.
    pub(super) fn key(&self) -> (bool, &str) {
        (self.kind == ScalarKind::Null, &self.text)
    }
}

/// Values of which one is looked for, in constant time.
#[derive(Debug, Clone, Default)]
pub(super) struct ValueSet {
    null: bool,
    texts: HashSet<Box<str>>,
}

impl ValueSet {
    pub(super) fn insert(&mut self, value: &Scalar<'_>) {
        match value.key() {
            (true, _) => self.null = true,
            (false, text) => {
                self.texts.insert(Box::from(text));
            }
        }
    }

    pub(super) fn contains(&self, value: &Scalar<'_>) -> bool {
        match value.key() {
            (true, _) => self.null,
            (false, text) => self.texts.contains(text),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len().saturating_add(usize::from(self.null))
    }

    /// Returns every value: whether it is null, and its text.
    pub(super) fn iter(&self) -> impl Iterator<Item = (bool, &str)> + Clone {
        let null = self.null.then_some((true, "null"));
        null.into_iter().chain(self.texts.iter().map(|text| (false, &**text)))
    }
}
