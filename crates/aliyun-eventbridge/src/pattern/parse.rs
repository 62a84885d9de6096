//! Pattern texts into leaves.

use std::{borrow::Cow, collections::HashSet};

use super::{
    cidr::Block,
    condition::{AnythingBut, Comparison, Condition, Operator, Sign, Test},
    error::{PatternError, PatternErrorKind},
    leaf::Leaf,
    rules::{ContainsOperator, KNOWN_NAMES, PatternRules, SeveralOperators, TopLevelNames},
    scalar::{Scalar, ValueSet},
};
use crate::json::{
    path::JsonPathText,
    tape::{Kind, Node, Tape},
};

/// Limits the characters of a pattern.
pub const MAX_PATTERN_CHARS: usize = 8_192;

/// Limits the arrays and objects in each other of a pattern.
pub const MAX_PATTERN_DEPTH: usize = 64;

/// Limits the operators of a condition.
pub const MAX_OPERATORS: usize = 5;

/// Reads the leaves of a pattern.
pub(super) fn leaves(text: &str, rules: &PatternRules) -> Result<Vec<Leaf>, PatternError> {
    let chars = text.chars().count();
    if chars > MAX_PATTERN_CHARS {
        let found = format!("{chars} characters");
        return Err(PatternError::new(PatternErrorKind::TooLong, "$", &found));
    }
    let tape = Tape::parse(Cow::Borrowed(text)).map_err(PatternError::not_json)?;
    if tape.depth() > MAX_PATTERN_DEPTH {
        let found = tape.depth().to_string();
        return Err(PatternError::new(PatternErrorKind::TooDeep, "$", &found));
    }
    let mut parser = Parser { rules, leaves: Vec::new() };
    parser.top(tape.root())?;
    Ok(parser.leaves)
}

struct Parser<'r> {
    rules: &'r PatternRules,
    leaves: Vec<Leaf>,
}

impl Parser<'_> {
    fn top(&mut self, pattern: Node<'_>) -> Result<(), PatternError> {
        let root = JsonPathText::root();
        if pattern.kind() != Kind::Object {
            return Err(rejected(PatternErrorKind::NotAnObject, &root, pattern));
        }
        for (name, path, value) in members(pattern, &root)? {
            if self.rules.names == TopLevelNames::Known && !KNOWN_NAMES.contains(&&*name) {
                return Err(rejected(PatternErrorKind::UnknownName, &path, value));
            }
            let names = vec![Box::from(&*name)];
            match (&*name, value.kind()) {
                ("data", Kind::Object) => self.fields(value, &path, &names)?,
                ("data", _) => {
                    return Err(rejected(PatternErrorKind::DataNotAnObject, &path, value));
                }
                _ => self.leaf(value, &path, names)?,
            }
        }
        Ok(())
    }

    /// Reads an object within `data`.
    fn fields(
        &mut self,
        object: Node<'_>,
        path: &JsonPathText,
        names: &[Box<str>],
    ) -> Result<(), PatternError> {
        let members = members(object, path)?;
        if members.is_empty() {
            return Err(rejected(PatternErrorKind::EmptyObject, path, object));
        }
        for (name, path, value) in members {
            let names: Vec<_> = names.iter().cloned().chain([Box::from(&*name)]).collect();
            if value.kind() == Kind::Object {
                self.fields(value, &path, &names)?;
            } else {
                self.leaf(value, &path, names)?;
            }
        }
        Ok(())
    }

    fn leaf(
        &mut self,
        array: Node<'_>,
        path: &JsonPathText,
        names: Vec<Box<str>>,
    ) -> Result<(), PatternError> {
        if array.kind() != Kind::Array {
            return Err(rejected(PatternErrorKind::NotConditions, path, array));
        }
        let conditions = array.elements().enumerate();
        let conditions: Vec<_> = conditions
            .map(|(index, node)| self.condition(node, &path.element(index)))
            .collect::<Result<_, _>>()?;
        if conditions.is_empty() {
            return Err(rejected(PatternErrorKind::NoConditions, path, array));
        }
        self.leaves.push(Leaf::new(path.as_str(), names, conditions));
        Ok(())
    }

    fn condition(&self, node: Node<'_>, path: &JsonPathText) -> Result<Condition, PatternError> {
        let test = match node.kind() {
            Kind::Array => return Err(rejected(PatternErrorKind::NestedArray, path, node)),
            Kind::Object => Test::Operators(self.operators(node, path)?),
            Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null => {
                Test::Value(value(node, path)?)
            }
        };
        Ok(Condition { test, span: node.span() })
    }

    fn operators(
        &self,
        object: Node<'_>,
        path: &JsonPathText,
    ) -> Result<Vec<Operator>, PatternError> {
        let members = members(object, path)?;
        let rejected = |kind| Err(rejected(kind, path, object));
        match members.len() {
            0 => return rejected(PatternErrorKind::NoOperator),
            1 => {}
            2..=MAX_OPERATORS => {
                if self.rules.several_operators == SeveralOperators::Reject {
                    return rejected(PatternErrorKind::SeveralOperators);
                }
            }
            _ => return rejected(PatternErrorKind::TooManyOperators),
        }
        let members = members.into_iter();
        members.map(|(name, path, value)| self.operator(&name, value, &path)).collect()
    }

    fn operator(
        &self,
        name: &str,
        value: Node<'_>,
        path: &JsonPathText,
    ) -> Result<Operator, PatternError> {
        match name {
            "prefix" => Ok(Operator::Prefix(text(value, path)?)),
            "suffix" => Ok(Operator::Suffix(text(value, path)?)),
            "contains" if self.rules.contains == ContainsOperator::Accept => {
                Ok(Operator::Contains(text(value, path)?))
            }
            "anything-but" => anything_but(value, path).map(Operator::AnythingBut),
            "numeric" => match comparisons(value) {
                Some(comparisons) => Ok(Operator::Numeric(comparisons)),
                None => Err(rejected(PatternErrorKind::Numeric, path, value)),
            },
            "cidr" => {
                let block = string(value, path)?
                    .and_then(|block| Block::parse(&block, self.rules.cidr_ends));
                let rejected = || rejected(PatternErrorKind::Cidr, path, value);
                block.map(Operator::Cidr).ok_or_else(rejected)
            }
            "exists" => match value.kind() {
                Kind::True => Ok(Operator::Exists(true)),
                Kind::False => Ok(Operator::Exists(false)),
                Kind::Object | Kind::Array | Kind::String | Kind::Number | Kind::Null => {
                    Err(rejected(PatternErrorKind::Exists, path, value))
                }
            },
            _ => Err(rejected(PatternErrorKind::UnknownOperator, path, value)),
        }
    }
}

fn anything_but(node: Node<'_>, path: &JsonPathText) -> Result<AnythingBut, PatternError> {
    let wrong = |path, node| rejected(PatternErrorKind::AnythingBut, path, node);
    let mut values = ValueSet::default();
    match node.kind() {
        Kind::Object => {
            let members = members(node, path)?;
            return match (members.first(), members.len()) {
                (Some((name, path, value)), 1) if name == "prefix" => {
                    Ok(AnythingBut::Prefix(text(*value, path)?))
                }
                (Some((name, path, value)), 1) if name == "suffix" => {
                    Ok(AnythingBut::Suffix(text(*value, path)?))
                }
                _ => Err(wrong(path, node)),
            };
        }
        Kind::Array => {
            for (index, element) in node.elements().enumerate() {
                let path = path.element(index);
                match element.kind() {
                    Kind::Object | Kind::Array => return Err(wrong(&path, element)),
                    Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null => {
                        values.insert(&value(element, &path)?);
                    }
                }
            }
        }
        Kind::String | Kind::Number | Kind::True | Kind::False | Kind::Null => {
            values.insert(&value(node, path)?);
        }
    }
    Ok(AnythingBut::Values(values))
}

/// Reads one or two comparisons; none if they are wrong.
fn comparisons(node: Node<'_>) -> Option<Vec<Comparison>> {
    let elements: Vec<_> = node.elements().collect();
    if !matches!(elements.len(), 2 | 4) {
        return None;
    }
    let pairs = elements.chunks_exact(2);
    pairs
        .map(|pair| {
            let [sign, number] = pair else { return None };
            let sign =
                if sign.kind() == Kind::String { Sign::parse(&sign.characters()) } else { None };
            let number = Scalar::of(*number)?.number()?;
            Some(Comparison { sign: sign?, number }).filter(|_| number.abs() <= MAX_NUMBER)
        })
        .collect()
}

fn text(node: Node<'_>, path: &JsonPathText) -> Result<Box<str>, PatternError> {
    match string(node, path)? {
        Some(text) if !text.is_empty() => Ok(Box::from(&*text)),
        Some(_) | None => Err(rejected(PatternErrorKind::Text, path, node)),
    }
}

fn string<'t>(node: Node<'t>, path: &JsonPathText) -> Result<Option<Cow<'t, str>>, PatternError> {
    match node.kind() {
        Kind::String if node.has_lone_surrogate() => {
            Err(rejected(PatternErrorKind::LoneSurrogate, path, node))
        }
        Kind::String => Ok(Some(node.characters())),
        Kind::Object | Kind::Array | Kind::Number | Kind::True | Kind::False | Kind::Null => {
            Ok(None)
        }
    }
}

/// Reads a value that is compared; the caller knows that it has no members or elements.
fn value(node: Node<'_>, path: &JsonPathText) -> Result<Scalar<'static>, PatternError> {
    string(node, path)?;
    let wrong = || rejected(PatternErrorKind::NestedArray, path, node);
    let scalar = Scalar::of(node).ok_or_else(wrong)?;
    Ok(Scalar { kind: scalar.kind, text: Cow::Owned(scalar.text.into_owned()) })
}

type Member<'t> = (Cow<'t, str>, JsonPathText, Node<'t>);

/// Reads the members of an object, whose names are there once.
fn members<'t>(object: Node<'t>, path: &JsonPathText) -> Result<Vec<Member<'t>>, PatternError> {
    let mut names = HashSet::new();
    let members = object.members().map(|(name, value)| {
        let text = name.characters();
        let path = path.member(&text);
        if name.has_lone_surrogate() {
            return Err(rejected(PatternErrorKind::LoneSurrogate, &path, name));
        }
        if !names.insert(text.clone()) {
            return Err(rejected(PatternErrorKind::DoubledName, &path, name));
        }
        Ok((text, path, value))
    });
    members.collect()
}

fn rejected(kind: PatternErrorKind, path: &JsonPathText, node: Node<'_>) -> PatternError {
    PatternError::new(kind, path.as_str(), node.raw())
}

/// The largest number of a comparison, either way.
const MAX_NUMBER: f64 = 1e9;
