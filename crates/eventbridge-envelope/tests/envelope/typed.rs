//! The structs of published events: every sample, and every sample spoiled in one place.

use eventbridge_envelope::{
    CloudEvent, CloudEventBatch, EventData,
    events::{
        ActionTrailRecord, AnyEvent, ContainerBuild, DashScopeTaskFinished, DialogueLog,
        DirectMailDelivery, DtsRecord, EbsDiskEvent, EcsDiskOperation, EcsDiskStalled,
        EcsInstanceStateChange, EcsPerformanceRestricted, EcsPreemptibleInterruption,
        EcsSnapshotCreated, EcsSystemMaintenance, KafkaRecord, MeetingOperation, MnsMessage,
        OssObjectEvent, RabbitMqMessage, RocketMqMessage, SlsLog,
    },
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use crate::common::{event, sample, value};

type Again = fn(&Value) -> Result<Value, String>;

fn again<T: DeserializeOwned + Serialize>(data: &Value) -> Result<Value, String> {
    // Through text, as an event arrives.
    let read: T = serde_json::from_slice(&serde_json::to_vec(data).unwrap())
        .map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(read).unwrap())
}

/// What reads the data of a sample, the fields that are required there, and the members that are
/// maps to values of one type.
struct Expected {
    variant: &'static str,
    again: Again,
    required: &'static [&'static str],
    maps: &'static [&'static str],
}

const fn expected<T: DeserializeOwned + Serialize>(
    variant: &'static str,
    required: &'static [&'static str],
    maps: &'static [&'static str],
) -> Expected {
    Expected { variant, again: again::<T>, required, maps }
}

/// By the type of the event.
fn expected_of(event_type: &str) -> Expected {
    match event_type {
        "oss:ObjectCreated:PutObject" | "oss:ObjectCreated:PostObject" => {
            expected::<OssObjectEvent>(
                "OssObject",
                &[
                    "/eventName",
                    "/eventTime",
                    "/oss",
                    "/oss/bucket",
                    "/oss/bucket/name",
                    "/oss/object",
                    "/oss/object/key",
                ],
                &["/oss/object/objectMeta/userMeta"],
            )
        }
        "ecs:Instance:StateChange" => {
            expected::<EcsInstanceStateChange>("EcsInstanceStateChange", &[], &[])
        }
        "ecs:Instance:PreemptibleInstanceInterruption" => {
            expected::<EcsPreemptibleInterruption>("EcsPreemptibleInterruption", &[], &[])
        }
        "ecs:Instance:SystemMaintenance.Reboot" => {
            expected::<EcsSystemMaintenance>("EcsSystemMaintenance", &[], &[])
        }
        "ecs:Disk:DiskOperationCompleted" => {
            expected::<EcsDiskOperation>("EcsDiskOperation", &[], &[])
        }
        "ecs:Snapshot:CreateSnapshotCompleted" => {
            expected::<EcsSnapshotCreated>("EcsSnapshotCreated", &[], &[])
        }
        "ecs:ActionTrail:ApiCall" => {
            expected::<ActionTrailRecord>("ActionTrail", &[], &["/referencedResources"])
        }
        "ebs:Disk:DiskIOHang" | "ebs:Disk:DiskBPSExceedDiskMaxLimit" => {
            expected::<EbsDiskEvent>("EbsDisk", &[], &[])
        }
        "mns:Queue:SendMessage" => expected::<MnsMessage>("Mns", &["/messageBody"], &[]),
        "mq:Topic:SendMessage" => expected::<RocketMqMessage>("RocketMq", &["/body"], &[]),
        "amqp:Queue:SendMessage" => expected::<RabbitMqMessage>("RabbitMq", &[], &[]),
        "alikafka:Topic:Message" => {
            expected::<KafkaRecord>("Kafka", &["/topic", "/partition", "/offset"], &[])
        }
        "dts:ConsumeMessage" => expected::<DtsRecord>(
            "Dts",
            &[],
            &[
                "/schema/nameIndex",
                "/beforeImage/recordSchema/nameIndex",
                "/afterImage/recordSchema/nameIndex",
            ],
        ),
        "sls:connector" => expected::<SlsLog>("Sls", &[], &[]),
        "dashscope:System:AsyncTaskFinish" => {
            expected::<DashScopeTaskFinished>("DashScopeTaskFinished", &[], &[])
        }
        "multimodal:Dialogue:ChatLogPush" => expected::<DialogueLog>("DialogueLog", &[], &[]),
        "dm:Deliver:Fail" | "dm:Deliver:Succeed" => {
            expected::<DirectMailDelivery>("DirectMailDelivery", &[], &[])
        }
        "cr:Artifact:BuildCompleted" => expected::<ContainerBuild>("ContainerBuild", &[], &[]),
        "aliyuncvc:MeetingEvent:MemberOperate" => {
            expected::<MeetingOperation>("MeetingOperation", &[], &[])
        }
        "eventbridge:Events:HTTPEvent" | "eventbridge:Events:ApiGateway" => {
            expected::<Value>("HttpRequest", &[], &[])
        }
        other => panic!("no struct for {other}"),
    }
}

/// The events that the program sends, and those of `fixtures/envelopes`.
pub fn samples() -> Vec<(String, Vec<u8>)> {
    let folder = format!("{}/../eventbridge-cli/samples", env!("CARGO_MANIFEST_DIR"));
    let mut samples: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(path).unwrap())
        })
        .collect();
    assert!(samples.len() >= 24, "{}", samples.len());
    for name in [
        "alibaba-apigateway-event",
        "alibaba-http-event-source",
        "alibaba-event-overview-prc-time",
        "alibaba-dashscope-asynctaskfinish",
        "alibaba-directmail-deliver-fail",
        "alibaba-oss-postobject",
        "alibaba-sls-connector",
    ] {
        samples.push((name.to_owned(), sample(name)));
    }
    samples
}

fn data_samples() -> impl Iterator<Item = (String, Expected, Value)> {
    samples().into_iter().map(|(name, json)| {
        let mut event = value(&json);
        (name, expected_of(event["type"].as_str().unwrap()), event["data"].take())
    })
}

/// The path of every member of an object, below arrays too.
fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                found.push(path.clone());
                paths(member, &path, found);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                paths(element, &format!("{path}/{index}"), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn without(data: &Value, path: &str) -> Value {
    let (parent, name) = path.rsplit_once('/').unwrap();
    let name = name.replace("~1", "/").replace("~0", "~");
    let mut data = data.clone();
    let parent = data.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    parent.remove(&name).unwrap();
    data
}

/// Null is missing where a field is optional, and stays where a member is not known.
fn without_nulls(value: &Value) -> Value {
    match value {
        Value::Object(members) => members
            .iter()
            .filter(|(_, member)| !member.is_null())
            .map(|(name, member)| (name.clone(), without_nulls(member)))
            .collect(),
        Value::Array(elements) => elements.iter().map(without_nulls).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => value.clone(),
    }
}

#[test]
fn every_sample_is_of_its_variant_and_keeps_everything() {
    for (name, json) in samples() {
        let event = CloudEvent::<AnyEvent>::from_slice(&json).expect(&name);
        let expected = expected_of(event.attributes().event_type());
        assert_eq!(event.data().name(), expected.variant, "{name}");
        assert_eq!(serde_json::to_value(&event).unwrap(), value(&json), "{name}");
        let data = &value(&json)["data"];
        assert_eq!((expected.again)(data).as_ref(), Ok(data), "{name}");
        let lossy = CloudEvent::<AnyEvent>::from_slice_lossy(&json).expect(&name);
        assert_eq!(lossy.data(), event.data(), "{name}");
    }
    let record = sample("alibaba-actiontrail-apicall-data");
    assert_eq!(again::<ActionTrailRecord>(&value(&record)), Ok(value(&record)));
    let batch = sample("alibaba-mns-batch-array");
    let batch = CloudEventBatch::<AnyEvent>::from_slice(&batch).unwrap();
    assert!(!batch.is_empty());
    assert!(batch.events().iter().all(|event| event.data().name() == "Mns"));
}

#[test]
fn only_required_fields_may_not_be_missing() {
    for (name, expected, data) in data_samples() {
        let mut all = Vec::new();
        paths(&data, "", &mut all);
        for path in all {
            let spoiled = without(&data, &path);
            let read = (expected.again)(&spoiled);
            match expected.required.contains(&path.as_str()) {
                true => assert!(read.is_err(), "{name} without {path}"),
                false => assert_eq!(read, Ok(spoiled), "{name} without {path}"),
            }
        }
    }
}

#[test]
fn null_is_missing() {
    for (name, expected, data) in data_samples() {
        let mut all = Vec::new();
        paths(&data, "", &mut all);
        let in_map = |path: &str| {
            let (parent, _) = path.rsplit_once('/').unwrap();
            expected.maps.contains(&parent)
        };
        // A field that takes any JSON takes null too.
        let takes_null = |path: &str| (expected.variant, path) == ("RocketMq", "/body");
        for path in all.into_iter().filter(|path| !in_map(path) && !takes_null(path)) {
            let mut spoiled = data.clone();
            *spoiled.pointer_mut(&path).unwrap() = Value::Null;
            let read = (expected.again)(&spoiled);
            match expected.required.contains(&path.as_str()) {
                true => assert!(read.is_err(), "{name} with null in {path}"),
                false => {
                    let read = read.as_ref().map(without_nulls);
                    assert_eq!(read, Ok(without_nulls(&spoiled)), "{name} with null in {path}");
                }
            }
        }
    }
}

#[test]
fn members_that_are_not_known_are_kept() {
    for (name, expected, data) in data_samples() {
        let mut all = vec![String::new()];
        paths(&data, "", &mut all);
        for path in all.iter().filter(|path| !expected.maps.contains(&path.as_str())) {
            let mut more = data.clone();
            let Some(object) = more.pointer_mut(path).unwrap().as_object_mut() else { continue };
            object.insert("notKnown".to_owned(), json!({"a": [1, null, {"b": 1.5}]}));
            assert_eq!((expected.again)(&more).as_ref(), Ok(&more), "{name} with more in {path}");
        }
    }
}

#[test]
fn types_without_a_sample_are_read_by_the_published_fields() {
    let read = |name: &str, data: &Value| {
        let json = event("").replace("\"t\"", &format!("{name:?}, \"data\": {data}"));
        CloudEvent::<AnyEvent>::from_slice(json.as_bytes()).map(CloudEvent::into_data)
    };
    let removed = json!({
        "eventName": "ObjectRemoved:DeleteObject", "eventTime": "2026-03-11T05:40:45.000Z",
        "oss": {"bucket": {"name": "b"}, "object": {"key": "k"}},
    });
    let AnyEvent::OssObject(data) = read("oss:ObjectRemoved:DeleteObject", &removed).unwrap()
    else {
        panic!("not an object")
    };
    assert_eq!((data.oss.object.key.as_str(), data.oss.object.size), ("k", None));
    for (name, data, variant) in [
        ("rds:ActionTrail:ApiCall", json!({"eventVersion": "1"}), "ActionTrail"),
        ("ecs:Disk:Stalled", json!({"diskId": "d"}), "EcsDiskStalled"),
        (
            "ecs:Instance:BurstablePerformanceRestricted",
            json!({"instanceId": "i"}),
            "EcsPerformanceRestricted",
        ),
        ("oss:BucketCreated:PutBucket", json!({"any": "thing"}), "Other"),
        ("my:own:Type", json!(7), "Other"),
    ] {
        assert_eq!(read(name, &data).unwrap().name(), variant, "{name}");
    }
    let error = read("oss:ObjectRemoved:DeleteObject", &json!({})).unwrap_err();
    assert_eq!(error.field(), "data", "a type of the table, and data that does not fit");
    assert_eq!(
        again::<EcsDiskStalled>(&json!({"device": "/dev/x"})),
        Ok(json!({"device": "/dev/x"}))
    );
    let interval = json!({"intervalStart": "a", "intervalEnd": "b"});
    assert_eq!(again::<EcsPerformanceRestricted>(&interval), Ok(interval));
}

#[test]
fn values_may_be_text_or_numbers_where_samples_and_tables_differ() {
    let cases: [(Again, Value); 6] = [
        (again::<DirectMailDelivery>, json!({"status": 2, "err_code": 554})),
        (again::<DirectMailDelivery>, json!({"status": "2", "err_code": "554"})),
        (again::<EbsDiskEvent>, json!({"extraAttributes": "text", "startTime": "1"})),
        (again::<DtsRecord>, json!({"id": "1", "offset": "2", "sourceTimestamp": "3"})),
        (
            again::<KafkaRecord>,
            json!({"topic": "t", "partition": 0, "offset": 1, "timestamp": "2", "value": {"a": 1}}),
        ),
        (
            again::<RocketMqMessage>,
            json!({"body": {"a": 1}, "systemProperties": {"TRACE_ON": true, "MIN_OFFSET": 1}}),
        ),
    ];
    for (again, data) in cases {
        assert_eq!(again(&data), Ok(data));
    }
    let wrong = again::<DirectMailDelivery>(&json!({"status": [2]})).unwrap_err();
    assert!(wrong.contains("expected text, a number or a boolean"), "{wrong}");
}

/// A handler of several types has an enum of its own.
#[test]
fn any_enum_can_be_chosen_by_the_type() {
    enum Wanted {
        Mail(Box<DirectMailDelivery>),
        Number(u8),
    }
    impl EventData for Wanted {
        fn of_event(event: &CloudEvent) -> Result<Self, eventbridge_envelope::EnvelopeError> {
            match event.attributes().event_type() {
                "dm:Deliver:Fail" => event.decode().map(Self::Mail),
                _ => event.decode().map(Self::Number),
            }
        }
    }
    let mail = CloudEvent::<Wanted>::from_slice(&sample("alibaba-directmail-deliver-fail"));
    assert!(matches!(mail.unwrap().into_data(), Wanted::Mail(mail) if mail.rcpt.is_some()));
    let number = CloudEvent::<Wanted>::from_slice_lossy(event(r#","data":7"#).as_bytes());
    assert!(matches!(number.unwrap().into_data(), Wanted::Number(7)));
}

#[test]
fn debug_shows_no_values() {
    for (name, json) in samples() {
        let event = CloudEvent::<AnyEvent>::from_slice(&json).unwrap();
        if event.data().name() == "HttpRequest" {
            continue;
        }
        let shown = format!("{:?}", event.data());
        assert!(shown.len() < 80, "{name}: {shown}");
    }
}

#[test]
fn text_of_a_changed_row_is_its_bytes() {
    let (_, _, data) = data_samples().find(|(_, expected, _)| expected.variant == "Dts").unwrap();
    let record: DtsRecord = serde_json::from_value(data).unwrap();
    let values = record.before_image.unwrap().values.unwrap();
    assert_eq!(values[0].text_bytes(), None);
    assert_eq!(values[1].text_bytes().as_deref(), Some(&b"hello"[..]));
    let signed: DtsRecord = serde_json::from_value(
        json!({"afterImage": {"values": [{"data": {"hb": [-28, 184, 173]}}, {"data": {"hb": [256]}}]}}),
    )
    .unwrap();
    let values = signed.after_image.unwrap().values.unwrap();
    assert_eq!(values[0].text_bytes().as_deref(), Some("中".as_bytes()));
    assert_eq!(values[1].text_bytes(), None);
}
