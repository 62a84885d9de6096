//! Block storage (EBS).

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Holds an event of block storage: a `type` that begins with `ebs:Disk:`, such as
    /// `ebs:Disk:DiskIOHang`. The `source` is `acs.ebs`.
    ///
    /// The EventBridge help, "EBS events", prints eleven events of one template. That is one
    /// sample, so no field is required.
    #[serde(rename_all = "camelCase")]
    pub struct EbsDiskEvent;
    optional {
        /// The id of the incident: `e-…`.
        event_id: String, "11 of 11 printed events";
        /// The id of the disk: `d-…`.
        resource_id: String, "11 of 11 printed events";
        /// How bad it is: `INFO`.
        event_level: String, "11 of 11 printed events";
        /// The category: `Disk`.
        event_category: String, "11 of 11 printed events";
        /// How far it is: `WillExecute`.
        event_status: String, "11 of 11 printed events";
        /// The last part of the `type`: `DiskIOHang`.
        event_name: String, "11 of 11 printed events";
        /// When it began, in milliseconds since 1970.
        start_time: Scalar, "11 of 11 printed events, a number";
        /// When it ended, in milliseconds since 1970.
        end_time: Scalar, "the table of the same page; in no printed event";
        /// What else is known: see [`EbsExtraAttributes`]. The page prints an object, and its table
        /// says text.
        extra_attributes: EbsExtra, "11 of 11 printed events";
        /// The kind of resource: `Disk`.
        resource_type: String, "11 of 11 printed events";
    }

    /// Holds the attributes of an [`EbsDiskEvent`] that not every type has.
    #[serde(rename_all = "PascalCase")]
    pub struct EbsExtraAttributes;
    optional {
        /// The id of the instance: `i-…`.
        ecs_instance_id: String, "11 of 11 printed events";
        /// For how many minutes a limit was exceeded.
        total_minutes: Scalar, "6 of 11 printed events, a number";
    }
}

/// Holds the member `extraAttributes` of an [`EbsDiskEvent`].
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum EbsExtra {
    /// An object, as in every printed event.
    Attributes(EbsExtraAttributes),
    /// Text, as the vendor's table has it.
    Text(String),
}
