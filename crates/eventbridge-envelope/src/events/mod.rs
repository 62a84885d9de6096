//! The data of events that Alibaba Cloud publishes, as structs for
//! [`CloudEvent<D>`](crate::CloudEvent).
//!
//! Each field names its source. A field is required only if every published sample has it, there
//! are two samples at least, and the event says nothing without it. Every other field is optional,
//! and null counts as missing. Members that have no field are kept in `other`, and the text of the
//! whole data in [`CloudEvent::data_json`](crate::CloudEvent::data_json).
//!
//! Times are text, because the vendor writes them in many forms:
//! [`parse_event_time`](crate::parse_event_time) reads those that have a zone.
//!
//! ```
//! use eventbridge_envelope::{CloudEvent, EnvelopeError, events::OssObjectEvent};
//!
//! let event = CloudEvent::<OssObjectEvent>::from_slice(br#"{
//!     "specversion": "1.0", "source": "acs.oss", "type": "oss:ObjectCreated:PutObject",
//!     "data": {
//!         "eventName": "ObjectCreated:PutObject", "eventTime": "2026-03-11T05:41:37.000Z",
//!         "oss": {"bucket": {"name": "b"}, "object": {"key": "k", "size": 3}}, "future": true
//!     }
//! }"#)?;
//! let data = event.data();
//! assert_eq!((data.oss.object.key.as_str(), data.oss.object.size), ("k", Some(3)));
//! assert_eq!(data.region, None);
//! assert_eq!(data.other["future"], true);
//! # Ok::<(), EnvelopeError>(())
//! ```
//!
//! A handler of several types takes [`AnyEvent`], or an enum of its own that implements
//! [`EventData`](crate::EventData). Types without a struct are those that no published event shows.
//!
//! | `type` | data |
//! |---|---|
//! | `oss:Object*` | [`OssObjectEvent`] |
//! | `*:ActionTrail:*` | [`ActionTrailRecord`] |
//! | `ecs:Instance:StateChange` | [`EcsInstanceStateChange`] |
//! | `ecs:Instance:PreemptibleInstanceInterruption` | [`EcsPreemptibleInterruption`] |
//! | `ecs:Instance:SystemMaintenance*` | [`EcsSystemMaintenance`] |
//! | `ecs:Instance:BurstablePerformanceRestricted` | [`EcsPerformanceRestricted`] |
//! | `ecs:Disk:DiskOperationCompleted` | [`EcsDiskOperation`] |
//! | `ecs:Disk:Stalled` | [`EcsDiskStalled`] |
//! | `ecs:Snapshot:CreateSnapshotCompleted` | [`EcsSnapshotCreated`] |
//! | `ebs:Disk:*` | [`EbsDiskEvent`] |
//! | `mns:Queue:SendMessage` | [`MnsMessage`] |
//! | `mq:Topic:SendMessage` | [`RocketMqMessage`] |
//! | `amqp:Queue:SendMessage` | [`RabbitMqMessage`] |
//! | `alikafka:Topic:Message` | [`KafkaRecord`] |
//! | `dts:ConsumeMessage` | [`DtsRecord`] |
//! | `sls:connector` | [`SlsLog`] |
//! | `dashscope:System:AsyncTaskFinish` | [`DashScopeTaskFinished`] |
//! | `multimodal:Dialogue:ChatLogPush` | [`DialogueLog`] |
//! | `dm:Deliver:*` | [`DirectMailDelivery`] |
//! | `cr:Artifact:BuildCompleted` | [`ContainerBuild`] |
//! | `aliyuncvc:MeetingEvent:MemberOperate` | [`MeetingOperation`] |
//! | `eventbridge:Events:ApiGateway`, `eventbridge:Events:HTTPEvent` | [`ApiGatewayRequest`](crate::ApiGatewayRequest) |

mod scalar;

mod data;

mod direct_mail;
mod dts;
mod ebs;
mod ecs;
mod logs;
mod messages;
mod model_studio;
mod oss;
mod others;

mod any_event;

pub use any_event::AnyEvent;
pub use direct_mail::{DirectMailDelivery, DirectMailHeader};
pub use dts::{
    DtsColumn, DtsDatabase, DtsRecord, DtsRowImage, DtsSchema, DtsTopicPartition, DtsValue,
};
pub use ebs::{EbsDiskEvent, EbsExtra, EbsExtraAttributes};
pub use ecs::{
    EcsDiskOperation, EcsDiskStalled, EcsInstanceStateChange, EcsPerformanceRestricted,
    EcsPreemptibleInterruption, EcsSnapshotCreated, EcsSystemMaintenance,
};
pub use logs::{ActionTrailIdentity, ActionTrailRecord, SlsLog};
pub use messages::{
    KafkaHeaders, KafkaRecord, MnsMessage, RabbitMqEnvelope, RabbitMqMessage, RabbitMqProperties,
    RocketMqMessage, RocketMqSystemProperties,
};
pub use model_studio::{DashScopeTaskFinished, DialogueLog};
pub use oss::{
    Oss, OssBucket, OssObject, OssObjectEvent, OssObjectMeta, OssRequestParameters,
    OssResponseElements, OssUserIdentity,
};
pub use others::{ContainerBuild, MeetingOperation};
pub use scalar::Scalar;
