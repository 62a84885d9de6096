//! Any number of events: each has an outcome, none is sent again once acknowledged. Paused time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use aliyun_eventbridge::{
    call::RetryPolicy,
    field::FieldProblem,
    operation::Protocol,
    publish::{EntryOutcome, Event, IdCharacters, PublishLimits, Publisher},
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Fake, Reply, builder, ok, status};

fn publisher(fake: &Fake) -> Publisher {
    Publisher::new(builder(Protocol::OpenApi, fake.clone()).build().unwrap())
}

fn events(number: usize) -> Vec<Event> {
    let event = |at: usize| Event::new("demo.app", "t").id(format!("evt-{at}")).bus("demo-bus");
    (0..number).map(event).collect()
}

pub fn ids(body: &[u8]) -> Vec<String> {
    let list: Vec<Value> = serde_json::from_slice(body).unwrap();
    list.iter().map(|event| event["id"].as_str().unwrap().to_owned()).collect()
}

pub fn accepting(body: &[u8]) -> Reply {
    let list: Vec<Value> =
        ids(body).iter().map(|id| json!({"EventId": id, "TraceId": format!("T-{id}")})).collect();
    ok(json!({"FailedEntryCount": 0, "EntryList": list}).to_string())
}

#[tokio::test(start_paused = true)]
async fn many_events_are_cut_and_keep_their_order() {
    let fake = Fake::new(|_, request| accepting(request.body()));
    let report = publisher(&fake).put_events(events(40)).await;
    assert!(report.all_accepted(), "{report:?}");
    let sent: Vec<Vec<String>> = fake.seen().iter().map(|request| ids(request.body())).collect();
    assert_eq!(sent.iter().map(Vec::len).collect::<Vec<_>>(), [16, 16, 8]);
    assert!(sent.concat().iter().enumerate().all(|(at, id)| *id == format!("evt-{at}")));
}

/// What the check rejects is what would not be sent.
#[tokio::test(start_paused = true)]
async fn a_check_sends_nothing_and_finds_what_put_events_finds() {
    let fake = Fake::new(|_, request| accepting(request.body()));
    let publisher = publisher(&fake).limits(PublishLimits::default().request_bytes(1024));
    let event = || Event::new("demo.app", "t");
    for (event, valid) in [
        (event(), true),
        (event().id("x"), true),
        (event().id(""), false),
        (event().bus("not a bus"), false),
        (event().data(vec![0xff], "application/json"), false),
        (event().data(vec![b'1'; 2_000], "application/json"), false),
    ] {
        assert_eq!(publisher.check(&event).is_ok(), valid, "{event:?}");
        let sent = fake.count();
        let report = publisher.put_events([event]).await;
        assert_eq!(report.all_accepted(), valid, "{report:?}");
        assert_eq!(fake.count() - sent, usize::from(valid));
    }
}

#[tokio::test(start_paused = true)]
async fn only_failed_entries_are_sent_again() {
    let fake = Fake::new(|number, request| {
        let list: Vec<Value> = ids(request.body())
            .iter()
            .map(|id| match (number, id.as_str()) {
                (0, "evt-1" | "evt-3") => json!({"EventId": id, "ErrorCode": "InternalError"}),
                (1, "evt-3") => json!({"EventId": id, "ErrorCode": "SomethingNew"}),
                (_, "evt-4") => json!({"EventId": id, "ErrorCode": "JsonAttributeInvalid"}),
                _ => json!({"EventId": id, "TraceId": "T"}),
            })
            .collect();
        ok(json!({"FailedEntryCount": 1, "EntryList": list}).to_string())
    });
    let report = publisher(&fake).put_events(events(5)).await;
    let sent: Vec<Vec<String>> = fake.seen().iter().map(|request| ids(request.body())).collect();
    assert_eq!(sent[1..], [vec!["evt-1".to_owned(), "evt-3".to_owned()], vec!["evt-3".to_owned()]]);
    let failed: Vec<_> = report.failed().collect();
    assert_eq!(failed.len(), 1);
    assert!(matches!(failed[0], (4, EntryOutcome::Rejected { .. })), "{failed:?}");
}

#[tokio::test(start_paused = true)]
async fn made_ids_stay_the_same_over_repetitions() {
    let fake = Fake::new(|number, request| match number {
        0 => Reply::Breaks,
        _ => accepting(request.body()),
    });
    let report = publisher(&fake).put_events([Event::new("s", "t"), Event::new("s", "t")]).await;
    assert!(report.all_accepted(), "{report:?}");
    let sent: Vec<Vec<String>> = fake.seen().iter().map(|request| ids(request.body())).collect();
    assert_eq!(sent[0], sent[1]);
    assert_ne!(sent[0][0], sent[0][1]);
    assert_eq!(sent[0][0].len(), 36, "a UUID: {}", sent[0][0]);
}

#[tokio::test(start_paused = true)]
async fn answers_without_places_are_matched_by_id() {
    let entry = |id: &str| json!({"EventId": id});
    let failed = |id: &str| json!({"EventId": id, "ErrorCode": "RequestParameterInvalid"});
    let cases = [
        ("turned around", json!([failed("evt-1"), entry("evt-0")]), 1, [true, false]),
        ("one left out", json!([failed("evt-1")]), 1, [false, false]),
        ("none, no failure", json!([]), 0, [true, true]),
        ("ids of the service's own", json!([entry("x"), failed("y")]), 1, [true, false]),
    ];
    for (name, list, count, accepted) in cases {
        let fake =
            Fake::script([ok(json!({"FailedEntryCount": count, "EntryList": list}).to_string())]);
        let client = builder(Protocol::OpenApi, fake).retry(RetryPolicy::never()).build().unwrap();
        let report = Publisher::new(client).put_events(events(2)).await;
        let got: Vec<bool> = report.outcomes.iter().map(EntryOutcome::is_accepted).collect();
        assert_eq!(got, accepted, "{name}: {report:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_caller_ends_the_run() {
    let fake = Fake::script([status(403, r#"{"code":"AccessDenied","message":"no"}"#)]);
    let report = publisher(&fake).put_events(events(100)).await;
    assert_eq!(fake.count(), 1, "six more requests would fare no better");
    assert!(matches!(report.outcomes[0], EntryOutcome::Rejected { .. }));
    assert!(matches!(report.outcomes[99], EntryOutcome::NotSent { error: Some(_), .. }));
}

#[tokio::test(start_paused = true)]
async fn the_deadline_ends_the_run_and_says_what_may_have_arrived() {
    let fake = Fake::script([Reply::Never]);
    let begin = tokio::time::Instant::now();
    let report = publisher(&fake).deadline(Duration::from_secs(5)).put_events(events(20)).await;
    assert!(begin.elapsed() <= Duration::from_secs(5));
    assert!(matches!(report.outcomes[0], EntryOutcome::Unacknowledged { .. }), "{report:?}");
    assert!(matches!(report.outcomes[19], EntryOutcome::NotSent { .. }), "{report:?}");
}

#[tokio::test(start_paused = true)]
async fn invalid_events_are_named_and_the_others_are_sent() {
    let long = |length: usize| "x".repeat(length);
    let event = || Event::new("demo.app", "t");
    let cases = [
        ("id", event().id("evt_1")),
        ("id", event().id("-evt")),
        ("id", event().id("事件")),
        ("id", event().id(long(129))),
        ("source", Event::new(long(129), "t")),
        ("source", Event::new("", "t")),
        ("type", Event::new("s", long(65))),
        ("type", Event::new("s", "")),
        ("subject", event().subject(long(513))),
        ("time", event().time(long(65))),
        ("specversion", event().specversion("0.3")),
        ("id", event().extension("id", "other")),
        ("data_base64", event().extension("data_base64", "other")),
        ("extension name", event().extension("Upper", "x")),
        ("aliyuneventbusname", event().bus("my_bus")),
        ("data", event().data(&b"\xff"[..], "application/json")),
        ("event", event().data(long(64 * 1024), "text/plain")),
        ("event as JSON", event().data(long(60 * 1024).replace('x', "\u{1}"), "application/json")),
    ];
    for (field, invalid) in cases {
        let fake = Fake::new(|_, request| accepting(request.body()));
        let good = event().id("good");
        let report = publisher(&fake).put_events([invalid, good]).await;
        let EntryOutcome::Invalid(problem) = &report.outcomes[0] else {
            panic!("{field}: {report:?}")
        };
        assert_eq!(problem.field(), field, "{problem}");
        assert!(report.outcomes[1].is_accepted(), "{field}");
        assert_eq!(ids(fake.seen()[0].body()), ["good"], "{field}");
    }
}

/// The vendor documents letters, digits and hyphens; its SDKs send any.
#[tokio::test(start_paused = true)]
async fn characters_of_ids_can_be_left_to_the_service() {
    let fake = Fake::new(|_, request| accepting(request.body()));
    let limits = PublishLimits::default().id_characters(IdCharacters::Any);
    let report =
        publisher(&fake).limits(limits).put_events([Event::new("s", "t").id("a_1.b")]).await;
    assert!(report.all_accepted());
    let error = Event::new("s", "t").id("a_1").check(&PublishLimits::default()).unwrap_err();
    let message = "id has another character at position 2; allowed: letters, digits and hyphens, \
                   a letter or digit first";
    assert_eq!(error.to_string(), message);
}

#[tokio::test(start_paused = true)]
async fn a_limit_is_exact_and_says_its_length() {
    let fake = Fake::new(|_, request| accepting(request.body()));
    // 1.0 + id + type + source + datacontenttype, and the data.
    let event = |data: usize| Event::new("s", "t").id("i").data(vec![b'x'; data], "text/plain");
    let most = 64 * 1024 - (3 + 1 + 1 + 1 + 10);
    assert_eq!(event(most).size(), 64 * 1024);
    assert_eq!(event(most).time("2026-11-26T06:40:00Z").size(), 64 * 1024 + 36, "36 for any time");
    let report = publisher(&fake).put_events([event(most), event(most + 1)]).await;
    assert!(report.outcomes[0].is_accepted());
    let EntryOutcome::Invalid(problem) = &report.outcomes[1] else { panic!("{report:?}") };
    let length = FieldProblem::Length { unit: "bytes", least: 0, most: 65536, got: 65537 };
    assert_eq!(*problem.problem(), length);
    let wider = PublishLimits::newest();
    let report = publisher(&fake).limits(wider).put_events([event(most + 1)]).await;
    assert!(report.all_accepted());
}

#[tokio::test(start_paused = true)]
async fn numbers_keep_their_text() {
    let data = r#"{"a": 2.50, "b":1e3, "c":12345678901234567890, "d":1.0}"#;
    let fake = Fake::new(|_, request| accepting(request.body()));
    publisher(&fake)
        .put_events([Event::new("s", "t").id("i").data(data, "application/json")])
        .await;
    assert!(std::str::from_utf8(fake.seen()[0].body()).unwrap().contains(data));
}

#[tokio::test(start_paused = true)]
async fn the_other_protocol_refuses_what_it_cannot_carry() {
    let cases = [
        ("tenant", Event::new("s", "t").bus("b").extension("tenant", "7")),
        ("data", Event::new("s", "t").bus("b").data(&b"\xff"[..], "application/octet-stream")),
        ("bus", Event::new("s", "t")),
    ];
    for (field, event) in cases {
        let fake = Fake::script([ok("{}")]);
        let client = builder(Protocol::Api20200401, fake.clone()).build().unwrap();
        let report = Publisher::new(client).put_events([event]).await;
        let EntryOutcome::Invalid(problem) = &report.outcomes[0] else { panic!("{report:?}") };
        assert_eq!((problem.field(), fake.count()), (field, 0));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the service does: each event has one outcome, and none is sent after it was
    /// acknowledged.
    #[test]
    fn nothing_acknowledged_is_sent_again(
        sizes in prop::collection::vec((0_usize..2000, 0_usize..3), 1..60),
        moods in prop::collection::vec(0_u8..6, 1..20),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let acknowledged: Arc<Mutex<HashMap<String, u32>>> = Arc::default();
        let known = acknowledged.clone();
        let fake = Fake::new(move |number, request| {
            let mut known = known.lock().unwrap();
            assert!(request.body().len() <= 4096, "{} bytes", request.body().len());
            let sent = ids(request.body());
            assert!(sent.len() <= 7);
            for id in &sent {
                assert!(!known.contains_key(id), "{id} was acknowledged before");
            }
            match moods[number % moods.len()] {
                0 => return status(500, "{}"),
                1 => return Reply::Breaks,
                2 => return ok("<html>"),
                _ => {}
            }
            let list: Vec<Value> = sent
                .iter()
                .enumerate()
                .map(|(at, id)| {
                    if (at + number) % 3 == 0 {
                        return json!({"EventId": id, "ErrorCode": "InternalError"});
                    }
                    *known.entry(id.clone()).or_default() += 1;
                    json!({"EventId": id})
                })
                .collect();
            ok(json!({"FailedEntryCount": 1, "EntryList": list}).to_string())
        });
        let names = ["a", "b", "default"];
        let events: Vec<Event> = sizes
            .iter()
            .enumerate()
            .map(|(at, (size, bus))| {
                Event::new("s", "t")
                    .id(format!("evt-{at}"))
                    .bus(names[*bus])
                    .data(vec![b'x'; *size], "application/json")
            })
            .collect();
        let number = events.len();
        let limits = PublishLimits::default().events(7).request_bytes(4096);
        let report = runtime.block_on(publisher(&fake).limits(limits).put_events(events));
        prop_assert_eq!(report.outcomes.len(), number);
        let known = acknowledged.lock().unwrap();
        for (at, outcome) in report.outcomes.iter().enumerate() {
            let id = format!("evt-{at}");
            prop_assert_eq!(outcome.is_accepted(), known.contains_key(&id), "{}", id);
        }
    }
}
