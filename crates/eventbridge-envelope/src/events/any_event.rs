//! The data of an event of any type that has a struct here.

use super::{
    direct_mail::DirectMailDelivery,
    dts::DtsRecord,
    ebs::EbsDiskEvent,
    ecs::{
        EcsDiskOperation, EcsDiskStalled, EcsInstanceStateChange, EcsPerformanceRestricted,
        EcsPreemptibleInterruption, EcsSnapshotCreated, EcsSystemMaintenance,
    },
    logs::{ActionTrailRecord, SlsLog},
    messages::{KafkaRecord, MnsMessage, RabbitMqMessage, RocketMqMessage},
    model_studio::{DashScopeTaskFinished, DialogueLog},
    oss::OssObjectEvent,
    others::{ContainerBuild, MeetingOperation},
};
use crate::{
    cloud_event::{CloudEvent, EventData},
    dialects::{ApiGatewayEvent, HttpSourceEvent},
    error::EnvelopeError,
    request::ApiGatewayRequest,
};

/// Defines the enum and its table: which `type` has which data.
macro_rules! any_event {
    ($(
        $(#[$doc:meta])*
        $variant:ident($data:ty) = $pattern:literal;
    )*) => {
        /// Holds the data of an event of any type that has a struct in this [module](super): for a
        /// handler that takes several types.
        ///
        /// ```
        /// use eventbridge_envelope::{CloudEvent, EnvelopeError, events::AnyEvent};
        ///
        /// fn handle(push: &[u8]) -> Result<String, EnvelopeError> {
        ///     let event = CloudEvent::<AnyEvent>::from_slice(push)?;
        ///     Ok(match event.data() {
        ///         AnyEvent::OssObject(data) => format!("object {}", data.oss.object.key),
        ///         AnyEvent::DirectMailDelivery(data) => format!("mail {:?}", data.msg_id),
        ///         AnyEvent::Other => format!("not known: {}", event.attributes().event_type()),
        ///         other => format!("not handled: {}", other.name()),
        ///     })
        /// }
        /// # let event = |name: &str, data: &str| {
        /// #     format!(r#"{{"specversion":"1.0","source":"s","type":"{name}","data":{data}}}"#)
        /// # };
        /// # let mail = event("dm:Deliver:Fail", r#"{"msg_id": "1"}"#);
        /// # assert_eq!(handle(mail.as_bytes())?, "mail Some(\"1\")");
        /// # assert_eq!(handle(event("a:b:c", "1").as_bytes())?, "not known: a:b:c");
        /// # Ok::<(), EnvelopeError>(())
        /// ```
        ///
        /// An event whose type is in the table and whose data does not fit is an error, and not
        /// [`Other`](Self::Other).
        ///
        /// Its `Debug` shows no values.
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum AnyEvent {
            $(
                $(#[$doc])*
                ///
                #[doc = concat!("Of the type `", $pattern, "`, where `*` is any text.")]
                $variant(Box<$data>),
            )*
            /// An HTTP request that a gateway enclosed in the event. Of the types
            /// `eventbridge:Events:ApiGateway` and `eventbridge:Events:HTTPEvent`.
            HttpRequest(Box<ApiGatewayRequest>),
            /// Of a type without a struct. [`CloudEvent::decode`] and [`CloudEvent::data_json`]
            /// read its data.
            Other,
        }

        impl AnyEvent {
            /// Returns the name of the variant, for a log line: `OssObject`.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => stringify!($variant),)*
                    Self::HttpRequest(_) => "HttpRequest",
                    Self::Other => "Other",
                }
            }

            fn read(event: &CloudEvent, lossy: Lossy) -> Result<Self, EnvelopeError> {
                let event_type = event.attributes().event_type();
                $(
                    if fits($pattern, event_type) {
                        let data = match lossy {
                            Lossy::No => event.decode(),
                            Lossy::Yes => event.decode_lossy(),
                        };
                        return data.map(Self::$variant);
                    }
                )*
                if [ApiGatewayEvent::TYPE, HttpSourceEvent::TYPE].contains(&event_type) {
                    let request = ApiGatewayRequest::from_event(event)?;
                    return Ok(Self::HttpRequest(Box::new(request)));
                }
                Ok(Self::Other)
            }
        }
    };
}

any_event! {
    /// An object of object storage was created, read, removed, replicated or restored.
    OssObject(OssObjectEvent) = "oss:Object*";
    /// A record of ActionTrail.
    ActionTrail(ActionTrailRecord) = "*:ActionTrail:*";
    /// An instance changed its state.
    EcsInstanceStateChange(EcsInstanceStateChange) = "ecs:Instance:StateChange";
    /// A preemptible instance will be taken away.
    EcsPreemptibleInterruption(EcsPreemptibleInterruption)
        = "ecs:Instance:PreemptibleInstanceInterruption";
    /// Planned maintenance of an instance.
    EcsSystemMaintenance(EcsSystemMaintenance) = "ecs:Instance:SystemMaintenance*";
    /// A burstable instance reached its limit.
    EcsPerformanceRestricted(EcsPerformanceRestricted)
        = "ecs:Instance:BurstablePerformanceRestricted";
    /// A disk was attached or detached.
    EcsDiskOperation(EcsDiskOperation) = "ecs:Disk:DiskOperationCompleted";
    /// A disk hangs.
    EcsDiskStalled(EcsDiskStalled) = "ecs:Disk:Stalled";
    /// A snapshot was created.
    EcsSnapshotCreated(EcsSnapshotCreated) = "ecs:Snapshot:CreateSnapshotCompleted";
    /// An event of block storage.
    EbsDisk(EbsDiskEvent) = "ebs:Disk:*";
    /// A message of a queue of MNS.
    Mns(MnsMessage) = "mns:Queue:SendMessage";
    /// A message of a topic of RocketMQ.
    RocketMq(RocketMqMessage) = "mq:Topic:SendMessage";
    /// A message of a queue of RabbitMQ.
    RabbitMq(RabbitMqMessage) = "amqp:Queue:SendMessage";
    /// A record of a topic of Kafka.
    Kafka(KafkaRecord) = "alikafka:Topic:Message";
    /// A changed row of a database.
    Dts(DtsRecord) = "dts:ConsumeMessage";
    /// A log of Simple Log Service.
    Sls(SlsLog) = "sls:connector";
    /// A task of Model Studio ended.
    DashScopeTaskFinished(DashScopeTaskFinished) = "dashscope:System:AsyncTaskFinish";
    /// A turn of a dialogue of Model Studio.
    DialogueLog(DialogueLog) = "multimodal:Dialogue:ChatLogPush";
    /// What became of a mail.
    DirectMailDelivery(DirectMailDelivery) = "dm:Deliver:*";
    /// An image was built.
    ContainerBuild(ContainerBuild) = "cr:Artifact:BuildCompleted";
    /// Somebody did something in a video conference.
    MeetingOperation(MeetingOperation) = "aliyuncvc:MeetingEvent:MemberOperate";
}

/// Reads the data by the `type` of the event.
impl EventData for AnyEvent {
    fn of_event(event: &CloudEvent) -> Result<Self, EnvelopeError> {
        Self::read(event, Lossy::No)
    }

    fn of_event_lossy(event: &CloudEvent) -> Result<Self, EnvelopeError> {
        Self::read(event, Lossy::Yes)
    }
}

#[derive(Clone, Copy)]
enum Lossy {
    No,
    Yes,
}

/// Returns whether a type fits a pattern, in which each `*` is any text.
fn fits(pattern: &str, event_type: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == event_type };
    let Some(mut left) = event_type.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return left.ends_with(part);
        }
        match left.split_once(part) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_as_a_whole() {
        for (pattern, event_type, expected) in [
            ("a:b", "a:b", true),
            ("a:b", "a:bc", false),
            ("a:b", "za:b", false),
            ("a:*", "a:", true),
            ("a:*", "b:a:", false),
            ("*:a:*", "x:a:y", true),
            ("*:a:*", "x:a:", true),
            ("*:a:*", "a:y", false),
            ("a*c", "abc", true),
            ("a*c", "abcd", false),
        ] {
            assert_eq!(fits(pattern, event_type), expected, "{pattern} {event_type}");
        }
    }
}
