//! Topics of ApsaraMQ for MQTT.

use serde::{Deserialize, Serialize};

use crate::{
    field::{self, Checked, InvalidField},
    sinks::Transformed,
    targets::Form,
};

/// Says how events become messages: `SinkMQTTParameters` of an event stream.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct SinkMqttParameters {
    /// The instance: `mqtt-cn-…`.
    pub instance_id: String,
    /// The parent topic.
    pub parent_topic: String,
    /// The rest of the topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_topic: Option<Transformed>,
    /// The payload.
    pub payload: Transformed,
    /// User properties of MQTT 5: a JSON list of `{"key": …, "value": …}` as text where it is
    /// constant.
    #[serde(rename = "Mqtt5UserProperty", skip_serializing_if = "Option::is_none")]
    pub user_property: Option<Transformed>,
}

impl SinkMqttParameters {
    /// Returns the parameters for a parent topic, with the event as it is as payload.
    #[must_use]
    pub fn new(instance_id: impl Into<String>, parent_topic: impl Into<String>) -> Self {
        Self {
            instance_id: instance_id.into(),
            parent_topic: parent_topic.into(),
            sub_topic: None,
            payload: Transformed::original(),
            user_property: None,
        }
    }

    /// Sets the payload. Default: the event as it is.
    #[must_use]
    pub fn payload(mut self, payload: Transformed) -> Self {
        self.payload = payload;
        self
    }

    /// Checks every parameter.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        field::required("InstanceId", &self.instance_id)?;
        field::required("ParentTopic", &self.parent_topic)?;
        if self.parent_topic.contains(['/', '#', '+']) {
            return Err(InvalidField::rule("ParentTopic", "holds `/`, `#` or `+`"));
        }
        self.sub_topic.as_ref().map_or(Ok(()), |topic| topic.check_as("SubTopic"))?;
        self.payload.check_as("Payload")?;
        let Some(property) = &self.user_property else { return Ok(()) };
        property.check_as("Mqtt5UserProperty")?;
        let text = property.value.as_deref().unwrap_or_default();
        if property.form == Form::Constant && !is_property_list(text) {
            let rule = "is not a JSON list of objects with `key` and `value`";
            return Err(InvalidField::rule("Mqtt5UserProperty", rule));
        }
        Ok(())
    }
}

setters! { SinkMqttParameters {
    /// Sets the rest of the topic.
    sub_topic: Transformed,
    /// Sets the user properties of MQTT 5.
    user_property: Transformed,
}}

fn is_property_list(text: &str) -> bool {
    #[derive(Deserialize)]
    struct Property {
        #[serde(rename = "key")]
        _key: String,
        #[serde(rename = "value")]
        _value: String,
    }
    serde_json::from_str::<Vec<Property>>(text).is_ok()
}
