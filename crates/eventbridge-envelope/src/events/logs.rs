//! Records: Simple Log Service (SLS) and ActionTrail.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Holds a log of Simple Log Service: `sls:connector`. The `source` is the name of the user's
    /// event source.
    ///
    /// The keys of the log are the user's: they are in [`other`](Self::other), and their values are
    /// text in the only sample, a capture of 2022.
    pub struct SlsLog;
    optional {
        /// The topic of the log.
        #[serde(rename = "__topic__")]
        topic: String, "the capture";
        /// The source of the log.
        #[serde(rename = "__source__")]
        source: String, "the capture";
        /// The IP address of the sender of the log.
        #[serde(rename = "__client_ip__")]
        client_ip: String, "the capture";
        /// When the log arrived, in seconds since 1970.
        #[serde(rename = "__receive_time__")]
        receive_time: Scalar, "the capture, text";
        /// The id of the group of logs.
        #[serde(rename = "__pack_id__")]
        pack_id: String, "the capture";
    }

    /// Holds a record of ActionTrail: a `type` whose second part is `ActionTrail`, such as
    /// `ecs:ActionTrail:ApiCall`. The `source` is that of the service, such as `acs.ecs`.
    ///
    /// "The help page" is that of EventBridge, "ActionTrail events": the only published `data`, so
    /// no field is required. "Log records" are those in the help of ActionTrail and OSS, which are
    /// no EventBridge events.
    #[serde(rename_all = "camelCase")]
    pub struct ActionTrailRecord;
    optional {
        /// The id of the record.
        event_id: String, "the help page and log records";
        /// What was called: `DeleteDisk`.
        event_name: String, "the help page, log records and public consumers";
        /// The kind of record: `ApiCall`.
        event_type: String, "the help page and log records";
        /// When it happened, in UTC: `2022-10-22T21:52:00Z`.
        event_time: String, "the help page and log records";
        /// The version of this form.
        event_version: Scalar, "the help page, a number; text in the record of a sign-in";
        /// The service: `Ecs`.
        service_name: String, "the help page and log records";
        /// The region: `cn-hangzhou`.
        acs_region: String, "the help page, log records and public consumers";
        /// The id of the request.
        request_id: String, "the help page and log records";
        /// The IP address that the request came from, or the name of a service.
        source_ip_address: String, "the help page and log records";
        /// The user agent of the request.
        user_agent: String, "the help page and log records";
        /// Whether the event is about no region.
        is_global: bool, "the help page and log records";
        /// Who made the request.
        user_identity: ActionTrailIdentity, "the help page and log records";
        /// The ids of resources, by the type of resource: `ACS::ECS::Instance`.
        referenced_resources: BTreeMap<String, Vec<String>>, "the help page and log records";
        /// Whether the request reads or writes: `Write`.
        #[serde(rename = "eventRW")]
        event_rw: String, "the help page";
        /// Attributes such as `SensitiveAction`, which is the text `true`.
        event_attributes: Map<String, Value>, "the help page";
        /// What else is known: `INSTANCE`.
        extend: Value, "the help page, text; some copies lack it";
        /// The parameters of the request.
        request_parameters: Value, "log records, an object";
        /// The answer to the request.
        response_elements: Value, "log records, an object";
        /// What else the service tells.
        additional_event_data: Value, "log records, an object";
        /// The host that was called.
        event_source: String, "log records";
        /// The version of the API.
        api_version: String, "log records";
        /// The code of the error, if the request failed.
        error_code: String, "log records";
        /// The error in words, if the request failed.
        error_message: String, "log records";
    }

    /// Says who made the request of an [`ActionTrailRecord`].
    #[serde(rename_all = "camelCase")]
    pub struct ActionTrailIdentity;
    optional {
        /// The kind of identity: `system`.
        #[serde(rename = "type")]
        identity_type: String, "the help page and log records";
        /// The name.
        user_name: String, "the help page and log records";
        /// The account.
        account_id: String, "log records and public consumers";
        /// The id of the identity.
        principal_id: String, "log records";
        /// The id of the access key, which is not the secret.
        access_key_id: String, "log records";
        /// The session: `attributes` with `mfaAuthenticated` and `creationDate`.
        session_context: Value, "log records, an object";
    }
}
