//! One pattern.

use std::{fmt, str::FromStr};

use serde_json::Value;

use super::{
    error::PatternError,
    explain::Explanation,
    leaf::Leaf,
    located::{DATA, FieldId, Located, PathTree},
    parse,
    rules::PatternRules,
};
use crate::{EventError, JsonEvent};

/// Says which events a rule lets through. The [module](super) describes the language.
///
/// Matching takes at most time in the size of the event times the number of conditions. It takes no
/// stack in the depth of the event.
///
/// ```
/// use aliyun_eventbridge::pattern::EventPattern;
///
/// let pattern = r#"{"source": ["acs.oss"], "type": [{"prefix": "oss:Object"}]}"#;
/// let pattern: EventPattern = pattern.parse()?;
/// assert!(pattern.matches(r#"{"source": "acs.oss", "type": "oss:ObjectCreated:PutObject"}"#)?);
/// assert!(!pattern.matches(r#"{"source": "acs.oss", "type": "oss:BucketCreated"}"#)?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct EventPattern {
    text: Box<str>,
    tree: PathTree,
    /// In the order of the tree's fields.
    leaves: Vec<Leaf>,
    needs_data: bool,
}

impl EventPattern {
    /// Reads a pattern by the default rules. A byte order mark before it is left out.
    ///
    /// # Errors
    ///
    /// Fails if a rule of the language is broken. The error names the rule and the place.
    pub fn parse(pattern: &str) -> Result<Self, PatternError> {
        Self::parse_with(pattern, &PatternRules::default())
    }

    /// Reads a pattern by these rules.
    ///
    /// # Errors
    ///
    /// Fails as [`parse`](Self::parse) does.
    pub fn parse_with(pattern: &str, rules: &PatternRules) -> Result<Self, PatternError> {
        let text = pattern.strip_prefix('\u{FEFF}').unwrap_or(pattern);
        let leaves = parse::leaves(text, rules)?;
        let mut tree = PathTree::default();
        // Every leaf has a path of its own, so that fields are numbered as leaves are.
        for leaf in &leaves {
            tree.field(&leaf.names);
        }
        let needs_data = leaves.iter().any(|leaf| leaf.names.len() > 1);
        Ok(Self { text: Box::from(text), tree, leaves, needs_data })
    }

    /// Returns whether the event, JSON text, matches.
    ///
    /// # Errors
    ///
    /// Fails if the event is not a JSON object in UTF-8.
    pub fn matches(&self, event: impl AsRef<[u8]>) -> Result<bool, EventError> {
        Ok(self.matches_event(&JsonEvent::of_names(event.as_ref(), &self.tree, DATA)?))
    }

    /// Returns whether a decoded event matches. Its numbers are compared as `serde_json` prints
    /// them: see [`JsonEvent::from_value`].
    ///
    /// # Errors
    ///
    /// Fails if the event is not an object.
    pub fn matches_value(&self, event: &Value) -> Result<bool, EventError> {
        Ok(self.matches_event(&JsonEvent::from_value(event)?))
    }

    /// Returns whether a typed event matches, by the JSON text that it was read from: see
    /// [`JsonEvent::from_cloud_event`].
    ///
    /// # Errors
    ///
    /// Fails if a new event cannot be written as JSON.
    #[cfg(feature = "envelope")]
    #[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
    pub fn matches_cloud_event<D>(
        &self,
        event: &eventbridge_envelope::CloudEvent<D>,
    ) -> Result<bool, EventError> {
        Ok(self.matches_event(&JsonEvent::from_cloud_event(event)?))
    }

    /// Returns whether the event matches.
    #[must_use]
    pub fn matches_event(&self, event: &JsonEvent<'_>) -> bool {
        let located = self.tree.locate(event.root());
        self.holds(&located, (0..).map(FieldId))
    }

    /// Returns which fields match and which do not, and why.
    #[must_use]
    pub fn explain(&self, event: &JsonEvent<'_>) -> Explanation {
        let located = self.tree.locate(event.root());
        Explanation::of(&self.text, &self.leaves, self.needs_data, &located)
    }

    /// Returns which fields of a typed event match and which do not, and why.
    ///
    /// # Errors
    ///
    /// Fails if a new event cannot be written as JSON.
    #[cfg(feature = "envelope")]
    #[cfg_attr(docsrs, doc(cfg(feature = "envelope")))]
    pub fn explain_cloud_event<D>(
        &self,
        event: &eventbridge_envelope::CloudEvent<D>,
    ) -> Result<Explanation, EventError> {
        Ok(self.explain(&JsonEvent::from_cloud_event(event)?))
    }

    /// Returns the pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn leaves(&self) -> &[Leaf] {
        &self.leaves
    }

    /// Returns whether every leaf holds, and data is there if it must be. The fields are those of
    /// the leaves, in their order.
    pub(super) fn holds(
        &self,
        located: &Located<'_>,
        fields: impl IntoIterator<Item = FieldId>,
    ) -> bool {
        let mut leaves = self.leaves.iter().zip(fields);
        (located.has_data || !self.needs_data)
            && leaves.all(|(leaf, field)| leaf.holds(located.get(field)))
    }
}

impl FromStr for EventPattern {
    type Err = PatternError;

    fn from_str(pattern: &str) -> Result<Self, PatternError> {
        Self::parse(pattern)
    }
}

/// The pattern as it was written.
impl fmt::Display for EventPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl fmt::Debug for EventPattern {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EventPattern({})", self.text)
    }
}
