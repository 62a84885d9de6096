//! The difference as a whole, and as text.

use std::fmt;

use super::{difference::Change, wanted::Wanted};
use crate::targets::Target;

/// Holds what would change. `Display` prints it for a person, without secrets.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) wanted: Wanted,
    pub(super) changes: Vec<Change>,
    pub(super) target: Target,
    pub(super) other_targets: usize,
}

impl Plan {
    /// Returns what would be done, in order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Tells whether everything is as wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Wanted { bus, rule, target, .. } = &self.wanted;
        if self.changes.is_empty() {
            return write!(f, "rule {bus}/{rule}, target {target}: as wanted, nothing to change");
        }
        write!(f, "rule {bus}/{rule}, target {target}:")?;
        for change in &self.changes {
            let (sign, what, lines) = match change {
                Change::CreateBus => ("+", format!("create bus {bus}"), &[][..]),
                Change::CreateRule(lines) => ("+", format!("create rule {rule}"), &lines[..]),
                Change::UpdateRule(lines) => ("~", format!("change rule {rule}"), &lines[..]),
                Change::CreateTarget(lines) => ("+", format!("add target {target}"), &lines[..]),
                Change::UpdateTarget(lines) => {
                    ("~", format!("replace target {target}"), &lines[..])
                }
            };
            write!(f, "\n  {sign} {what}")?;
            for line in lines {
                write!(f, "\n{line}")?;
            }
        }
        match self.other_targets {
            0 => Ok(()),
            1 => f.write_str("\n  1 other target of the rule stays"),
            more => write!(f, "\n  {more} other targets of the rule stay"),
        }
    }
}
