//! `receive --check`: says what the receiver would do, from the same settings, and binds nothing.

use serde::Serialize;

use super::{
    options::{Options, WouldDo, public_part},
    serve::Limits,
};
use crate::{
    origins::{self, Setting},
    terminal::{self, ASIDE, HEADING, UNSURE, styled, table},
};

/// What would be done, and where each setting came from.
#[derive(Serialize)]
struct Report {
    would: Vec<Row>,
    limits: Vec<Row>,
    settings: Vec<SettingRow>,
    warnings: Vec<String>,
}

#[derive(Serialize)]
struct Row {
    name: &'static str,
    value: String,
}

#[derive(Serialize)]
struct SettingRow {
    option: String,
    values: Vec<String>,
    origin: &'static str,
    from: String,
}

/// Prints the report: as aligned text, or as one JSON object.
pub fn print(options: &Options, would: &WouldDo, limits: Limits, warnings: &[String]) {
    let report = Report {
        would: would.0.iter().map(|(name, value)| row(name, value)).collect(),
        limits: limit_rows(options, limits),
        settings: origins::all().iter().map(setting_row).collect(),
        warnings: warnings.to_vec(),
    };
    terminal::print(&if options.json() { report.to_json() } else { report.to_text() });
}

impl Report {
    fn to_json(&self) -> String {
        // Strings always serialize.
        let mut json = serde_json::to_string(self).unwrap_or_default();
        json.push('\n');
        json
    }

    fn to_text(&self) -> String {
        let width = terminal::width();
        let rows = |rows: &[Row]| -> Vec<Vec<String>> {
            rows.iter().map(|row| vec![format!("  {}", row.name), row.value.clone()]).collect()
        };
        let heading = |text: &str| format!("{}\n", styled(HEADING, text));
        let mut text = heading("what it would do");
        text += &table(&rows(&self.would), width);
        text += "\n";
        text += &heading("limits");
        text += &table(&rows(&self.limits), width);
        text += "\n";
        text += &heading("where each setting is from");
        let given: Vec<_> = self.settings.iter().filter(|row| row.origin != "default").collect();
        let settings = given.iter().map(|row| {
            let option = format!("  {}", row.option);
            vec![option, styled(ASIDE, &row.from), row.values.join(", ")]
        });
        text += &table(&settings.collect::<Vec<_>>(), width);
        let others = self.settings.len().saturating_sub(given.len());
        text += &format!("  {}\n", styled(ASIDE, format!("{others} others have their default")));
        for warning in &self.warnings {
            for line in terminal::wrap(&format!("warning: {warning}"), width) {
                text += &format!("{}\n", styled(UNSURE, line));
            }
        }
        text
    }
}

fn row(name: &'static str, value: &str) -> Row {
    Row { name, value: value.to_owned() }
}

fn setting_row(setting: &Setting) -> SettingRow {
    let values = match setting.secret {
        true => setting.values.iter().map(|_| "(not shown)".to_owned()).collect(),
        // A URL may hold a password, and its query an access key.
        false => setting
            .values
            .iter()
            .map(|value| match value.contains("://") {
                true => public_part(value),
                false => value.clone(),
            })
            .collect(),
    };
    SettingRow {
        option: setting.option.clone(),
        values,
        origin: setting.origin.kind(),
        from: setting.origin.to_string(),
    }
}

fn limit_rows(options: &Options, limits: Limits) -> Vec<Row> {
    let Limits { handler_timeout, drain_timeout, room } = limits;
    let mut rows = options.limit_rows();
    rows.extend([
        ("an event, to be handled", format!("{} s", handler_timeout.as_secs())),
        ("requests under way at the end", format!("{} s", drain_timeout.as_secs())),
        ("connections", room.connections.to_string()),
        ("connections of one address", room.connections_per_peer.to_string()),
        ("requests at a time", room.requests.to_string()),
    ]);
    rows.into_iter().map(|(name, value)| Row { name, value }).collect()
}
