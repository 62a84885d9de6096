//! Data Transmission Service (DTS).

use std::collections::BTreeMap;

use serde_json::Value;

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Holds a changed row of a database: `dts:ConsumeMessage`. The `source` is the name of the
    /// user's event source.
    ///
    /// The only sample is an UPDATE in the help of Function Compute, so no field is required. Where
    /// the sample has a number, the vendor's table often says text.
    #[serde(rename_all = "camelCase")]
    pub struct DtsRecord;
    optional {
        /// The id of the record.
        id: Scalar, "the vendor's sample, a number";
        /// Where the record is in the subscription.
        topic_partition: DtsTopicPartition, "the vendor's sample";
        /// The offset of the record.
        offset: Scalar, "the vendor's sample, a number";
        /// When the row changed, in seconds since 1970.
        source_timestamp: Scalar, "the vendor's sample, a number";
        /// What changed: `UPDATE`.
        operation_type: String, "the vendor's sample";
        /// The table.
        schema: DtsSchema, "the vendor's sample";
        /// The row before the change.
        before_image: DtsRowImage, "the vendor's sample";
        /// The row after the change.
        after_image: DtsRowImage, "the vendor's sample";
    }

    /// Says where a [`DtsRecord`] is in the subscription.
    #[serde(rename_all = "camelCase")]
    pub struct DtsTopicPartition;
    optional {
        /// A hash.
        hash: Scalar, "the vendor's sample, a number";
        /// The partition.
        partition: Scalar, "the vendor's sample, a number";
        /// The topic.
        topic: String, "the vendor's sample";
    }

    /// Holds the table of a [`DtsRecord`].
    #[serde(rename_all = "camelCase")]
    pub struct DtsSchema;
    optional {
        /// The columns, in order.
        record_fields: Vec<DtsColumn>, "the vendor's sample";
        /// The columns by their names.
        name_index: BTreeMap<String, DtsColumn>, "the vendor's sample";
        /// The id of the schema.
        schema_id: String, "the vendor's sample";
        /// The database.
        database_name: String, "the vendor's sample";
        /// The table.
        table_name: String, "the vendor's sample";
        /// The primary key. The sample has an object, and the vendor's table says text.
        primary_index_info: Value, "the vendor's sample";
        /// Unique indexes.
        unique_index_info: Vec<Value>, "the vendor's sample, empty";
        /// Foreign keys.
        foreign_index_info: Vec<Value>, "the vendor's sample, empty";
        /// Other indexes.
        normal_index_info: Vec<Value>, "the vendor's sample, empty";
        /// The server.
        database_info: DtsDatabase, "the vendor's sample";
        /// A number of rows.
        total_rows: Scalar, "the vendor's sample, a number";
    }

    /// Holds a column of a [`DtsSchema`].
    #[serde(rename_all = "camelCase")]
    pub struct DtsColumn;
    optional {
        /// The name.
        field_name: String, "the vendor's sample";
        /// The number of the type in the database.
        raw_data_type_num: Scalar, "the vendor's sample, a number";
        /// Whether it is part of the primary key.
        is_primary_key: bool, "the vendor's sample";
        /// Whether it is part of a unique key.
        is_unique_key: bool, "the vendor's sample";
        /// The place, counted from 0.
        field_position: Scalar, "the vendor's sample, a number";
    }

    /// Holds the server of a [`DtsSchema`].
    #[serde(rename_all = "camelCase")]
    pub struct DtsDatabase;
    optional {
        /// The kind of database: `MySQL`.
        database_type: String, "the vendor's sample";
        /// The version of the server.
        version: String, "the vendor's sample";
    }

    /// Holds a row of a [`DtsRecord`].
    #[serde(rename_all = "camelCase")]
    pub struct DtsRowImage;
    optional {
        /// The table, as in [`DtsRecord::schema`].
        record_schema: DtsSchema, "the vendor's sample";
        /// The values, in the order of the columns.
        values: Vec<DtsValue>, "the vendor's sample";
        /// A size.
        size: Scalar, "the vendor's sample, a number";
    }

    /// Holds a value of a [`DtsRowImage`].
    #[serde(rename_all = "camelCase")]
    pub struct DtsValue;
    optional {
        /// A number as it is. Text is an object whose `hb` is an array of bytes.
        data: Value, "the vendor's sample";
        /// The character set of text: `utf8mb4`.
        charset: String, "the vendor's sample, text only";
    }
}

impl DtsValue {
    /// Returns the bytes of a value of text: those of `hb`. Returns `None` for any other value.
    #[must_use]
    pub fn text_bytes(&self) -> Option<Vec<u8>> {
        let bytes = self.data.as_ref()?.get("hb")?.as_array()?;
        // Java writes bytes beyond 127 as negative numbers.
        let byte = |value: &Value| {
            let byte = value.as_i64()?;
            u8::try_from(byte).ok().or_else(|| Some(i8::try_from(byte).ok()?.cast_unsigned()))
        };
        bytes.iter().map(byte).collect()
    }
}
