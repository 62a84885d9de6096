//! Tables for people, JSON for programs.

use std::{
    fmt::Write as _,
    io::{self, IsTerminal, Write as _},
};

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

/// How results are printed.
#[derive(Args, Clone, Copy)]
pub struct Output {
    /// Print JSON on a terminal too
    #[arg(long)]
    json: bool,
    /// Print a table on a pipe too
    #[arg(long, conflicts_with = "json")]
    table: bool,
}

impl Output {
    fn for_people(self) -> bool {
        self.table || (!self.json && io::stdout().is_terminal())
    }

    /// Prints a list: a table, or one JSON object on each line.
    pub fn list(self, titles: &[&str], rows: &[(Vec<String>, Value)]) {
        if self.for_people() {
            let cells: Vec<_> = rows.iter().map(|(cells, _)| cells.as_slice()).collect();
            print(&table(titles, &cells));
        } else {
            let lines = rows.iter().map(|(_, value)| format!("{value}\n"));
            print(&lines.collect::<String>());
        }
    }

    /// Prints one thing: its members line by line, or indented JSON.
    pub fn one(self, value: &Value) {
        if self.for_people() {
            print(&members(value));
        } else {
            // A value is always JSON.
            print(&format!("{}\n", serde_json::to_string_pretty(value).unwrap_or_default()));
        }
    }

    /// Prints what was done to a thing.
    pub fn done(self, action: &str, kind: &str, name: &str, request_id: Option<&str>) {
        if self.for_people() {
            print(&format!("{action} {kind} {}\n", visible(name)));
        } else {
            let line =
                json!({"action": action, "kind": kind, "name": name, "request_id": request_id});
            print(&format!("{line}\n"));
        }
    }
}

/// A reader that has seen enough is not an error.
fn print(text: &str) {
    let _ = io::stdout().write_all(text.as_bytes());
}

/// Returns a value in the API's shape, with the values of secret parameters as stars.
pub fn without_secrets(value: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(value).unwrap_or_default();
    hide(&mut value);
    value
}

fn hide(value: &mut Value) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(hide),
        Value::Object(members) => {
            let secret = members.get("ResourceKey").and_then(Value::as_str).is_some_and(is_secret);
            for (name, member) in members {
                let of_parameter = secret && matches!(name.as_str(), "Value" | "Template");
                let by_name = is_secret(name) && member.is_string();
                if (of_parameter || by_name) && !member.is_null() {
                    *member = Value::from(HIDDEN);
                } else {
                    hide(member);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["token", "password", "secret", "apikeyvalue"].iter().any(|part| name.contains(part))
}

fn table(titles: &[&str], rows: &[&[String]]) -> String {
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| cut(cell)).collect()).collect();
    let widths: Vec<usize> = titles
        .iter()
        .enumerate()
        .map(|(at, title)| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.max().unwrap_or_default().max(title.chars().count())
        })
        .collect();
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let mut text = String::new();
    for row in std::iter::once(&titles).chain(&rows) {
        let mut line = String::new();
        for (cell, width) in row.iter().zip(&widths) {
            // Writing to a string does not fail.
            let _ = write!(line, "{cell:width$}  ");
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Members of an object, one on each line; what is not text is JSON.
fn members(value: &Value) -> String {
    let Value::Object(members) = value else { return format!("{value}\n") };
    let width = members.keys().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut text = String::new();
    for (name, value) in members {
        let value = match value {
            Value::String(text) => visible(text),
            Value::Array(_) | Value::Object(_) => {
                let pretty = serde_json::to_string_pretty(value).unwrap_or_default();
                pretty.replace('\n', "\n  ")
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
        };
        let _ = writeln!(text, "{:width$}  {value}", visible(name));
    }
    text
}

/// Text of others on one line, whatever it holds.
pub fn visible(text: &str) -> String {
    text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn cut(text: &str) -> String {
    let text = visible(text);
    if text.chars().count() <= WIDEST {
        return text;
    }
    text.chars().take(WIDEST.saturating_sub(1)).chain(['…']).collect()
}

/// Characters of a cell at most.
const WIDEST: usize = 60;
const HIDDEN: &str = "******";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_as_wide_as_its_cells() {
        let rows = [
            vec!["orders-to-hook".to_owned(), "ENABLE".to_owned(), "{}".to_owned()],
            vec!["a\u{1b}[31m".to_owned(), "主题".to_owned(), "x".repeat(80)],
        ];
        let rows: Vec<_> = rows.iter().map(Vec::as_slice).collect();
        let expected = format!(
            "NAME            STATUS  PATTERN\norders-to-hook  ENABLE  {{}}\n\
             a [31m          主题      {}…\n",
            "x".repeat(59)
        );
        assert_eq!(table(&["NAME", "STATUS", "PATTERN"], &rows), expected);
    }

    #[test]
    fn secrets_are_stars() {
        let target = json!({
            "Id": "1",
            "ParamList": [
                {"ResourceKey": "Token", "Form": "CONSTANT", "Value": "t0k3n"},
                {"ResourceKey": "url", "Form": "CONSTANT", "Value": "https://a"},
                {"ResourceKey": "password", "Form": "TEMPLATE", "Value": "{}", "Template": "p"},
            ],
            "Password": "p", "NextToken": null,
        });
        let shown = without_secrets(&target);
        assert_eq!(shown["ParamList"][0]["Value"], HIDDEN);
        assert_eq!(shown["ParamList"][1]["Value"], "https://a");
        assert_eq!(shown["ParamList"][2]["Template"], HIDDEN);
        assert_eq!(shown["Password"], HIDDEN);
        assert_eq!(shown["NextToken"], Value::Null);
    }

    #[test]
    fn one_thing_is_shown_member_by_member() {
        let text = members(&json!({"RuleName": "a\nb", "Targets": [{"Id": "1"}]}));
        assert_eq!(text, "RuleName  a b\nTargets   [\n    {\n      \"Id\": \"1\"\n    }\n  ]\n");
    }
}
