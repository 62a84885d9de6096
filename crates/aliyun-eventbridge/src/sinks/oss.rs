//! Objects of Object Storage Service.

use serde::{Deserialize, Serialize};

use crate::{
    field::{self, Checked, InvalidField},
    sinks::Transformed,
    targets::Form,
};

/// Says how events become objects: `SinkOSSParameters` of an event stream.
///
/// ```
/// use aliyun_eventbridge::sinks::SinkOssParameters;
///
/// let role = "acs:ram::123456789:role/to-oss";
/// let sink = SinkOssParameters::new("my-event-logs", "cn-hangzhou", role)
///     .rotate_size_bytes("67108864")
///     .path_format("yyyy/MM/dd/HH")
///     .time_zone("Asia/Shanghai");
/// assert!(sink.check().is_ok());
/// assert_eq!(sink.rotate_size_bytes("64 MB").check().unwrap_err().field(), "RotateSizeBytes");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct SinkOssParameters {
    /// The bucket: 3 to 63 small letters, digits and hyphens.
    pub bucket_name: String,
    /// The region of the bucket.
    pub region_id: String,
    /// The endpoint: `https://oss-<region>.aliyuncs.com`.
    pub endpoint: String,
    /// The RAM role: `acs:ram::<account>:role/<name>`.
    pub role_arn: String,
    /// Whether the bucket is written over TLS. The service's default: yes.
    #[serde(rename = "SSLEnabled", skip_serializing_if = "Option::is_none")]
    pub ssl_enabled: Option<bool>,
    /// The bytes of an object at most, as decimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate_size_bytes: Option<String>,
    /// The milliseconds of an object at most, as decimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotate_interval_ms: Option<String>,
    /// The path of objects, for example `yyyy/MM/dd/HH`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path_format: Option<String>,
    /// The compression: `gzip`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compression_type: Option<String>,
    /// The time zone of the path, by its IANA name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The number of tasks, as decimal digits. The service's default: 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_concurrency: Option<String>,
    /// How the content is made: a template.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_transform: Option<Transformed>,
}

impl SinkOssParameters {
    /// Returns the parameters for the region's own endpoint.
    #[must_use]
    pub fn new(
        bucket_name: impl Into<String>,
        region_id: impl Into<String>,
        role_arn: impl Into<String>,
    ) -> Self {
        let region_id = region_id.into();
        Self {
            bucket_name: bucket_name.into(),
            endpoint: format!("https://oss-{region_id}.aliyuncs.com"),
            region_id,
            role_arn: role_arn.into(),
            ssl_enabled: None,
            rotate_size_bytes: None,
            rotate_interval_ms: None,
            path_format: None,
            compression_type: None,
            time_zone: None,
            task_concurrency: None,
            content_transform: None,
        }
    }

    /// Checks every parameter.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        field::required("BucketName", &self.bucket_name)?;
        field::characters("BucketName", &self.bucket_name, 3..=63)?;
        let allowed = "small letters, digits and hyphens, not at the edges";
        let last = self.bucket_name.chars().count().saturating_sub(1);
        field::charset("BucketName", &self.bucket_name, allowed, |at, c| {
            c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' && at > 0 && at < last
        })?;
        crate::endpoint::region_id(&self.region_id).map_err(|field| field.within("RegionId"))?;
        field::url("Endpoint", &self.endpoint)?;
        if !self.endpoint.starts_with("https://") {
            return Err(InvalidField::rule("Endpoint", "does not begin with https://"));
        }
        role(&self.role_arn)?;
        digits("RotateSizeBytes", self.rotate_size_bytes.as_deref())?;
        digits("RotateIntervalMs", self.rotate_interval_ms.as_deref())?;
        digits("TaskConcurrency", self.task_concurrency.as_deref())?;
        if self.compression_type.as_deref().is_some_and(|kind| kind != "gzip") {
            return Err(InvalidField::rule("CompressionType", "is not gzip"));
        }
        if let Some(zone) = &self.time_zone {
            field::required("TimeZone", zone)?;
            field::charset("TimeZone", zone, "an IANA name such as Asia/Shanghai", |_, c| {
                c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+')
            })?;
        }
        match &self.content_transform {
            Some(transform) if transform.form != Form::Template => {
                Err(InvalidField::rule("ContentTransform.Form", "is not TEMPLATE"))
            }
            Some(transform) => transform.check_as("ContentTransform"),
            None => Ok(()),
        }
    }
}

setters! { SinkOssParameters {
    /// Sets whether the bucket is written over TLS.
    ssl_enabled: bool,
    /// Sets the bytes of an object at most, as decimal digits.
    rotate_size_bytes: String,
    /// Sets the milliseconds of an object at most, as decimal digits.
    rotate_interval_ms: String,
    /// Sets the path of objects.
    path_format: String,
    /// Sets the compression.
    compression_type: String,
    /// Sets the time zone of the path.
    time_zone: String,
    /// Sets the number of tasks, as decimal digits.
    task_concurrency: String,
    /// Sets how the content is made.
    content_transform: Transformed,
}}

/// The API has numbers as text: decimal digits, more than 0.
fn digits(name: &'static str, value: Option<&str>) -> Checked {
    let Some(value) = value else { return Ok(()) };
    let number = value.bytes().all(|digit| digit.is_ascii_digit());
    if number && value.parse::<u64>().is_ok_and(|number| number > 0) {
        return Ok(());
    }
    Err(InvalidField::rule(name, "is not a positive number as decimal digits"))
}

fn role(arn: &str) -> Checked {
    field::required("RoleArn", arn)?;
    let rest = arn.strip_prefix("acs:ram::").and_then(|rest| rest.split_once(":role/"));
    match rest {
        Some((account, name))
            if !name.is_empty()
                && !account.is_empty()
                && account.bytes().all(|digit| digit.is_ascii_digit()) =>
        {
            Ok(())
        }
        Some(_) | None => {
            Err(InvalidField::rule("RoleArn", "is not acs:ram::<account>:role/<name>"))
        }
    }
}
