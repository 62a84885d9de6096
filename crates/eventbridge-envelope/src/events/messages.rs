//! Messages of queues and topics: MNS, RocketMQ, RabbitMQ and Kafka.

use serde_json::{Map, Value};

use super::{data::event_data, scalar::Scalar};

event_data! {
    /// Holds a message of a queue of MNS: `mns:Queue:SendMessage`. The `source` is the name of the
    /// user's event source.
    ///
    /// The four samples are the vendor's and three captures of 2022.
    #[serde(rename_all = "camelCase")]
    pub struct MnsMessage;
    required {
        /// The body: text as it was sent, which is Base64 in the captures.
        message_body: String, "4 of 4 samples";
    }
    optional {
        /// The id of the message. In the captures it is also the `id` of the event.
        message_id: String, "4 of 4 samples";
        /// The id of the request.
        request_id: String, "4 of 4 samples";
    }

    /// Holds a message of a topic of RocketMQ: `mq:Topic:SendMessage`. The `source` is the name of
    /// the user's event source.
    ///
    /// The two samples are the vendor's and the part of a capture of 2022 that a log shows.
    #[serde(rename_all = "camelCase")]
    pub struct RocketMqMessage;
    required {
        /// The body: text, or the value that the event source parsed it to.
        body: Value, "2 of 2 samples, text";
    }
    optional {
        /// The id of the message.
        msg_id: String, "the capture of 2022";
        /// The topic.
        topic: String, "the vendor's sample";
        /// The sender's own properties.
        user_properties: Map<String, Value>, "the vendor's sample, empty; consumers expect text";
        /// The properties of the service.
        system_properties: RocketMqSystemProperties, "the vendor's sample";
    }

    /// Holds the properties that RocketMQ adds to a message. Text, numbers and booleans differ
    /// between the sample, the vendor's table and consumers.
    #[serde(rename_all = "SCREAMING_SNAKE_CASE")]
    pub struct RocketMqSystemProperties;
    optional {
        /// The smallest offset of the queue.
        min_offset: Scalar, "the vendor's sample, text";
        /// The largest offset of the queue.
        max_offset: Scalar, "the vendor's sample, text";
        /// Whether the message is traced.
        trace_on: Scalar, "the vendor's sample, text";
        /// The region.
        msg_region: String, "the vendor's sample";
        /// The keys of the message.
        keys: String, "the vendor's sample";
        /// The tags of the message.
        tags: String, "the vendor's sample";
        /// The id of the instance.
        instance_id: String, "the vendor's sample";
        /// When it was consumed, in milliseconds since 1970.
        consume_start_time: Scalar, "the vendor's sample, a number";
        /// The id that the sender gave the message.
        uniq_key: String, "an older version of the vendor's sample";
    }

    /// Holds a message of a queue of RabbitMQ: `amqp:Queue:SendMessage`. The `source` is the name
    /// of the user's event source.
    ///
    /// The only sample is the vendor's, so no field is required.
    #[serde(rename_all = "camelCase")]
    pub struct RabbitMqMessage;
    optional {
        /// How the message was routed.
        envelope: RabbitMqEnvelope, "the vendor's sample";
        /// The body, as the event source parsed it.
        body: Value, "the vendor's sample, an object";
        /// The properties of the message.
        props: RabbitMqProperties, "the vendor's sample";
    }

    /// Says how a [`RabbitMqMessage`] was routed.
    #[serde(rename_all = "camelCase")]
    pub struct RabbitMqEnvelope;
    optional {
        /// The number of the delivery.
        delivery_tag: Scalar, "the vendor's sample, a number";
        /// The exchange. Empty for the default one.
        exchange: String, "the vendor's sample";
        /// Whether it was delivered before.
        redeliver: bool, "the vendor's sample";
        /// The routing key.
        routing_key: String, "the vendor's sample";
    }

    /// Holds the properties of a [`RabbitMqMessage`].
    #[serde(rename_all = "camelCase")]
    pub struct RabbitMqProperties;
    optional {
        /// The encoding of the body: `UTF-8`.
        content_encoding: String, "the vendor's sample";
        /// The id of the message.
        message_id: String, "the vendor's sample";
    }

    /// Holds a record of a topic of Kafka: `alikafka:Topic:Message`. The `source` is
    /// `acs:alikafka`.
    ///
    /// The four samples are the vendor's and three captures of 2022.
    #[serde(rename_all = "camelCase")]
    pub struct KafkaRecord;
    required {
        /// The topic.
        topic: String, "4 of 4 samples";
        /// The partition.
        partition: u64, "4 of 4 samples";
        /// The offset in the partition.
        offset: u64, "4 of 4 samples";
    }
    optional {
        /// The value: JSON, text or Base64, by the data format of the event stream.
        value: Value, "4 of 4 samples, text";
        /// The key, in the same format.
        key: Value, "1 of 4 samples, text";
        /// When it was written, in milliseconds since 1970. The vendor's table says text.
        timestamp: Scalar, "4 of 4 samples, a number";
        /// The headers.
        headers: KafkaHeaders, "4 of 4 samples";
    }

    /// Holds the headers of a [`KafkaRecord`].
    #[serde(rename_all = "camelCase")]
    pub struct KafkaHeaders;
    optional {
        /// The headers. Their form is not published.
        headers: Vec<Value>, "4 of 4 samples, empty";
        /// Whether they can be changed.
        is_read_only: bool, "4 of 4 samples";
    }
}
