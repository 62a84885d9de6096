//! The values of a JSON text that lie under asked names, and no others.
//!
//! `serde_json` checks the grammar of the whole text. What nobody asks for is skipped: it makes no
//! token.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

use super::{
    tape::{Kind, Tape, Token},
    text,
};

/// The names that are asked for, as a tree. Node 0 is the root.
pub(crate) trait Names {
    /// Returns the node of a member.
    fn member(&self, node: usize, name: &str) -> Option<usize>;

    /// Returns whether any member of the node is asked for.
    fn has_members(&self, node: usize) -> bool;
}

impl<'a> Tape<'a> {
    /// Reads an object. Only values under these names can be looked up. `always` is the name of a
    /// member of the root that is always looked up. Returns `None` if it is not an object whose
    /// grammar holds.
    pub(crate) fn of_names(text: &'a str, names: &impl Names, always: &str) -> Option<Self> {
        let RawMembers(members) = serde_json::from_str(text).ok()?;
        let start = text.len().saturating_sub(text.trim_ascii_start().len());
        let end = text.trim_ascii_end().len();
        let mut scan = Named { text, names, tokens: Vec::with_capacity(32) };
        scan.push(Kind::Object, start, end);
        for (name, value) in members {
            let inside = name.get().get(1..name.get().len().saturating_sub(1)).unwrap_or_default();
            let decoded = text::decode(inside).0;
            let node = names.member(0, &decoded);
            if node.is_none() && decoded != always {
                continue;
            }
            let at = offset(text, name.get())?;
            scan.push(Kind::String, at, at.saturating_add(name.get().len()));
            let at = offset(text, value.get())?;
            let end = at.saturating_add(value.get().len());
            match node {
                Some(node) => scan.value(at, end, node)?,
                None => scan.skipped(at, end)?,
            }
        }
        scan.close(0);
        Some(Self::of_tokens(Cow::Borrowed(text), scan.tokens))
    }
}

/// Returns where a part of a text begins in it.
fn offset(text: &str, part: &str) -> Option<usize> {
    part.as_ptr().addr().checked_sub(text.as_ptr().addr())
}

/// Names and values of the root as they are written.
struct RawMembers<'a>(Vec<(&'a RawValue, &'a RawValue)>);

impl<'de> Deserialize<'de> for RawMembers<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = RawMembers<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(RawMembers(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// Writes tokens of a text whose grammar was checked. `None` never comes then.
struct Named<'a, N> {
    text: &'a str,
    names: &'a N,
    tokens: Vec<Token>,
}

impl<N: Names> Named<'_, N> {
    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        let next = self.tokens.len().saturating_add(1);
        self.tokens.push(Token { kind, start, end, next });
    }

    /// Ends the array or object whose token this is.
    fn close(&mut self, opened: usize) {
        let next = self.tokens.len();
        if let Some(token) = self.tokens.get_mut(opened) {
            token.next = next;
        }
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn kind(&self, at: usize) -> Option<Kind> {
        Some(match self.byte(at)? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::String,
            b't' => Kind::True,
            b'f' => Kind::False,
            b'n' => Kind::Null,
            _ => Kind::Number,
        })
    }

    /// Writes a value without what is in it.
    fn skipped(&mut self, start: usize, end: usize) -> Option<()> {
        self.push(self.kind(start)?, start, end);
        Some(())
    }

    /// Writes a value: of an object the asked members, of an array the elements without what is in
    /// them. Calls itself no deeper than names are asked for.
    fn value(&mut self, start: usize, end: usize, node: usize) -> Option<()> {
        let opened = self.tokens.len();
        self.skipped(start, end)?;
        match self.kind(start)? {
            Kind::Object if self.names.has_members(node) => {
                let mut at = self.next_in(start)?;
                while self.byte(at)? != b'}' {
                    let name_end = self.value_end(at)?;
                    let value = self.next_in(name_end)?;
                    let value_end = self.value_end(value)?;
                    let inside = self.text.get(at.checked_add(1)?..name_end.checked_sub(1)?)?;
                    if let Some(node) = self.names.member(node, &text::decode(inside).0) {
                        self.push(Kind::String, at, name_end);
                        self.value(value, value_end, node)?;
                    }
                    at = self.after(value_end)?;
                }
            }
            Kind::Array => {
                let mut at = self.next_in(start)?;
                while self.byte(at)? != b']' {
                    let end = self.value_end(at)?;
                    self.skipped(at, end)?;
                    at = self.after(end)?;
                }
            }
            Kind::Object | Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null => {}
        }
        self.close(opened);
        Some(())
    }

    /// Returns where the next value begins, or the closing bracket stands, after an opening bracket
    /// or a name.
    fn next_in(&self, at: usize) -> Option<usize> {
        let from = at.checked_add(usize::from(matches!(self.byte(at)?, b'{' | b'[')))?;
        self.after(from)
    }

    /// Returns where the next value begins, or the closing bracket stands.
    fn after(&self, from: usize) -> Option<usize> {
        let rest = self.text.as_bytes().get(from..)?;
        let between = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b':');
        rest.iter().position(|byte| !between(byte))?.checked_add(from)
    }

    /// Returns where the value that begins here ends.
    fn value_end(&self, start: usize) -> Option<usize> {
        match self.byte(start)? {
            b'"' => self.string_end(start),
            b'{' | b'[' => {
                let mut open = 0_usize;
                let mut at = start;
                loop {
                    match self.byte(at)? {
                        b'"' => {
                            at = self.string_end(at)?;
                            continue;
                        }
                        b'{' | b'[' => open = open.checked_add(1)?,
                        b'}' | b']' => open = open.checked_sub(1)?,
                        _ => {}
                    }
                    at = at.checked_add(1)?;
                    if open == 0 {
                        return Some(at);
                    }
                }
            }
            _ => {
                let rest = self.text.as_bytes().get(start..)?;
                let ends =
                    |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
                rest.iter().position(ends)?.checked_add(start)
            }
        }
    }

    fn string_end(&self, start: usize) -> Option<usize> {
        let mut at = start.checked_add(1)?;
        loop {
            match self.byte(at)? {
                b'"' => return at.checked_add(1),
                b'\\' => at = at.checked_add(2)?,
                _ => at = at.checked_add(1)?,
            }
        }
    }
}
