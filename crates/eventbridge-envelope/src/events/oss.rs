//! Object storage (OSS).

use std::collections::BTreeMap;

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Holds an event about an object in a bucket of OSS: a `type` that begins with `oss:Object`,
    /// such as `oss:ObjectCreated:PutObject`. The `source` is `acs.oss`.
    ///
    /// The eight samples are one EventBridge capture (PostObject, 2026) and seven notifications and
    /// triggers of OSS (2016 to 2023), which have the same object inside. All are about objects
    /// that were created or read. **No event of a removed, replicated or restored object is
    /// published**: fields that may be missing there are optional.
    #[serde(rename_all = "camelCase")]
    pub struct OssObjectEvent;
    required {
        /// The name of the event: the `type` without `oss:`.
        event_name: String, "8 of 8 samples";
        /// When it happened, in UTC: `2026-03-11T05:40:45.000Z`.
        event_time: String, "8 of 8 samples";
        /// The bucket and the object.
        oss: Oss, "8 of 8 samples";
    }
    optional {
        /// The version of this form, `1.0`.
        event_version: String, "8 of 8 samples";
        /// The service, `acs:oss`.
        event_source: String, "8 of 8 samples";
        /// The region of the bucket: `cn-hangzhou`.
        region: String, "7 of 8 samples; the one of 2016 has it inside `oss`";
        /// The request that led to the event.
        request_parameters: OssRequestParameters, "7 of 8 samples";
        /// The answer to the request.
        response_elements: OssResponseElements, "7 of 8 samples";
        /// Who made the request.
        user_identity: OssUserIdentity, "7 of 8 samples";
    }

    /// Holds the bucket and the object of an [`OssObjectEvent`].
    #[serde(rename_all = "camelCase")]
    pub struct Oss;
    required {
        /// The bucket.
        bucket: OssBucket, "8 of 8 samples";
        /// The object.
        object: OssObject, "8 of 8 samples";
    }
    optional {
        /// The version of this form, `1.0`.
        oss_schema_version: String, "8 of 8 samples";
        /// The rule of OSS that sent the notification.
        rule_id: String, "7 of 8 samples; not in the EventBridge capture";
        /// The callback variables of the upload.
        x_vars: BTreeMap<String, String>, "2 of 8 samples, of 2016 and 2019";
    }

    /// Holds a bucket of OSS.
    #[serde(rename_all = "camelCase")]
    pub struct OssBucket;
    required {
        /// The name.
        name: String, "8 of 8 samples";
    }
    optional {
        /// The resource name: `acs:oss:REGION:ACCOUNT:BUCKET`.
        arn: String, "8 of 8 samples";
        /// The account that owns the bucket.
        owner_identity: String, "8 of 8 samples";
        /// Empty wherever it was seen.
        virtual_bucket: String, "6 of 8 samples";
    }

    /// Holds an object of OSS.
    #[serde(rename_all = "camelCase")]
    pub struct OssObject;
    required {
        /// The key, which is the path in the bucket without a slash at its beginning.
        key: String, "8 of 8 samples";
    }
    optional {
        /// The entity tag, in hexadecimal and without quotes.
        e_tag: String, "8 of 8 samples, none of a removal";
        /// The size, in bytes.
        size: u64, "8 of 8 samples, none of a removal";
        /// By how many bytes the object grew. It can be negative, by the help of OSS.
        delta_size: i64, "8 of 8 samples, none of a removal";
        /// Metadata.
        object_meta: OssObjectMeta, "3 of 8 samples, the newest";
        /// The first byte that was read, for an object that was read.
        read_from: u64, "1 of 8 samples, GetObject";
        /// The end of what was read, for an object that was read.
        read_to: u64, "1 of 8 samples, GetObject";
        /// Where data was appended. The JSON type is not published.
        position: Scalar, "the schema in the help of OSS, for AppendObject; no sample";
    }

    /// Holds the metadata of an [`OssObject`].
    #[serde(rename_all = "camelCase")]
    pub struct OssObjectMeta;
    optional {
        /// The media type of the object: `text/csv`.
        mime_type: String, "3 of 8 samples, the newest";
        /// The user's own metadata. Names begin with `x-oss-meta-`.
        user_meta: BTreeMap<String, String>, "1 of 8 samples, a trigger of Function Compute of \
             2022";
    }

    /// Holds the request of an [`OssObjectEvent`].
    pub struct OssRequestParameters;
    optional {
        /// The IP address that the request came from.
        #[serde(rename = "sourceIPAddress")]
        source_ip_address: String, "7 of 8 samples";
    }

    /// Holds the answer of an [`OssObjectEvent`].
    #[serde(rename_all = "camelCase")]
    pub struct OssResponseElements;
    optional {
        /// The id of the request. In the EventBridge capture it is also the `id` of the event.
        request_id: String, "7 of 8 samples";
    }

    /// Says who made the request of an [`OssObjectEvent`].
    #[serde(rename_all = "camelCase")]
    pub struct OssUserIdentity;
    optional {
        /// The id of an account, or of a user of the account.
        principal_id: String, "7 of 8 samples";
    }
}
