//! `PutEvents`, in both protocols.

use serde::{Deserialize, Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use crate::{
    error::ErrorCode,
    field::{self, Checked},
    operation::{Operation, ParameterPlace, Protocol},
};

/// Asks for events to be published on one bus.
pub(super) struct PutEvents<'a> {
    pub(super) protocol: Protocol,
    pub(super) bus: Option<&'a str>,
    pub(super) entries: Vec<&'a RawValue>,
}

impl Serialize for PutEvents<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self.protocol {
            Protocol::OpenApi => self.entries.serialize(to),
            Protocol::Api20200401 => {
                // As text: a parameter that is a JSON value would lose the digits of its numbers.
                let list =
                    serde_json::to_string(&self.entries).map_err(serde::ser::Error::custom)?;
                let mut map = to.serialize_map(None)?;
                map.serialize_entry("EventBusName", &self.bus)?;
                map.serialize_entry("EventList", &list)?;
                map.end()
            }
        }
    }
}

impl Operation for PutEvents<'_> {
    type Answer = Entries;

    fn name(&self) -> &'static str {
        "PutEvents"
    }

    fn openapi_name(&self) -> Option<&'static str> {
        Some("putEvents")
    }

    fn content_type(&self) -> &'static str {
        "application/cloudevents-batch+json; charset=utf-8"
    }

    fn place(&self) -> ParameterPlace {
        ParameterPlace::Form
    }

    fn check(&self, protocol: Protocol) -> Checked {
        match protocol {
            Protocol::OpenApi => Ok(()),
            Protocol::Api20200401 => {
                field::bus_or_rule_name("EventBusName", self.bus.unwrap_or_default())
            }
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entries {
    #[serde(default)]
    pub(super) failed_entry_count: u64,
    #[serde(default)]
    pub(super) entry_list: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Entry {
    pub(super) event_id: Option<String>,
    pub(super) trace_id: Option<String>,
    pub(super) error_code: Option<ErrorCode>,
    pub(super) error_message: Option<String>,
}

impl Entry {
    pub(super) fn failed(&self) -> bool {
        let code = self.error_code.as_ref().is_some_and(|code| !code.as_str().is_empty());
        code || self.error_message.as_ref().is_some_and(|message| !message.is_empty())
    }
}
