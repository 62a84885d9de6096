//! API destinations, as a target of a rule and as a sink of an event stream.

use serde::{Deserialize, Serialize};

use crate::{
    endpoint,
    field::{self, Checked, InvalidField},
    sinks::Transformed,
    targets::{Target, TargetParameter, target_type},
};

/// Describes an API destination as a target of a rule.
#[derive(Clone, Debug)]
pub struct ApiDestinationTarget {
    name: String,
    header_parameters: Option<Transformed>,
    body_parameters: Option<Transformed>,
    query_string_parameters: Option<Transformed>,
}

impl ApiDestinationTarget {
    /// Returns the target for an API destination by its name.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            header_parameters: None,
            body_parameters: None,
            query_string_parameters: None,
        }
    }

    /// Returns the target of a rule, with an id that is unique within the rule.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn into_target(
        self,
        id: impl Into<String>,
        region: &str,
        account_id: &str,
    ) -> Result<Target, InvalidField> {
        field::destination_name("Name", &self.name)?;
        endpoint::region_id(region)?;
        let name = &self.name;
        let resource = format!("acs:api-destination:{region}:{account_id}:name/{name}");
        let mut target = Target::new(id, target_type::API_DESTINATION, resource)
            .parameter(TargetParameter::constant("Name", self.name));
        let parts = [
            ("HeaderParameters", self.header_parameters),
            ("BodyParameters", self.body_parameters),
            ("QueryStringParameters", self.query_string_parameters),
        ];
        for (key, part) in parts {
            if let Some(part) = part {
                target = target.parameter(part.into_parameter(key));
            }
        }
        target.check()?;
        Ok(target)
    }
}

setters! { ApiDestinationTarget {
    /// Sets headers: a template of a JSON object.
    header_parameters: Transformed,
    /// Sets the body.
    body_parameters: Transformed,
    /// Sets the query: a template of a JSON object.
    query_string_parameters: Transformed,
}}

/// Says how events become requests: `SinkApiDestinationParameters` of an event stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct SinkApiDestinationParameters {
    /// The name of the API destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Headers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header_parameters: Option<Transformed>,
    /// The body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body_parameters: Option<Transformed>,
    /// The query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_string_parameters: Option<Transformed>,
    /// The seconds that a request may take, 1 to 60.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
}

impl SinkApiDestinationParameters {
    /// Checks every parameter.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        if let Some(name) = &self.name {
            field::destination_name("Name", name)?;
        }
        let parts = [
            ("HeaderParameters", &self.header_parameters),
            ("BodyParameters", &self.body_parameters),
            ("QueryStringParameters", &self.query_string_parameters),
        ];
        for (name, part) in parts {
            part.as_ref().map_or(Ok(()), |part| part.check_as(name))?;
        }
        self.timeout.map_or(Ok(()), |seconds| field::range("Timeout", seconds, 1..=60))
    }
}

setters! { SinkApiDestinationParameters {
    /// Sets the name of the API destination.
    name: String,
    /// Sets headers.
    header_parameters: Transformed,
    /// Sets the body.
    body_parameters: Transformed,
    /// Sets the query.
    query_string_parameters: Transformed,
    /// Sets the seconds that a request may take.
    timeout: u64,
}}
