//! The background queue: nothing is lost, everything is bounded. Paused time.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use aliyun_eventbridge::{
    operation::Protocol,
    publish::{BackgroundPublisher, BackgroundSettings, EntryOutcome, Event, Publisher},
};
use serde_json::json;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    publisher::{accepting, ids},
    support::{Fake, Reply, builder, ok, status},
};

fn start(fake: &Fake, settings: BackgroundSettings) -> BackgroundPublisher {
    let client = builder(Protocol::OpenApi, fake.clone()).build().unwrap();
    BackgroundPublisher::start(Publisher::new(client), settings)
}

fn event(at: usize) -> Event {
    Event::new("s", "t").id(format!("evt-{at}"))
}

fn accept_all() -> Fake {
    Fake::new(|_, request| accepting(request.body()))
}

#[tokio::test(start_paused = true)]
async fn a_full_request_goes_at_once_and_a_small_one_after_its_time() {
    let fake = accept_all();
    let queue = start(&fake, BackgroundSettings::default());
    let begin = Instant::now();
    for at in 0..16 {
        queue.publish(event(at)).await.unwrap();
    }
    while fake.count() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(begin.elapsed(), Duration::ZERO, "a full request does not wait");
    queue.publish(event(16)).await.unwrap();
    sleep(Duration::from_millis(199)).await;
    assert_eq!(fake.count(), 1, "one event waits for others");
    sleep(Duration::from_millis(2)).await;
    assert_eq!(fake.count(), 2, "and no longer than 200 ms");
    let report = queue.close(Duration::from_secs(1)).await;
    assert_eq!((report.accepted, report.failed.len()), (17, 0));
}

#[tokio::test(start_paused = true)]
async fn bytes_flush_too() {
    let fake = accept_all();
    let settings =
        BackgroundSettings::default().flush_bytes(1000).flush_after(Duration::from_secs(3600));
    let queue = start(&fake, settings);
    let begin = Instant::now();
    queue.publish(event(0).data(vec![b'x'; 2000], "text/plain")).await.unwrap();
    while fake.count() == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(begin.elapsed(), Duration::ZERO);
    assert_eq!(queue.close(Duration::from_secs(1)).await.accepted, 1);
}

#[tokio::test(start_paused = true)]
async fn an_outage_fills_the_queue_and_its_end_empties_it() {
    let up = Arc::new(AtomicBool::new(false));
    let is_up = up.clone();
    let fake = Fake::new(move |number, request| {
        if is_up.load(Ordering::SeqCst) {
            return accepting(request.body());
        }
        match number % 4 {
            0 => status(503, "<html>busy</html>"),
            1 => Reply::Breaks,
            2 => Reply::Never,
            _ => ok(""),
        }
    });
    let queue = start(&fake, BackgroundSettings::default().most_events(20));
    for at in 0..20 {
        queue.publish(event(at)).await.unwrap();
    }
    assert!(queue.try_publish(event(20)).unwrap_err().is_full());
    let waiting = timeout(Duration::from_secs(600), queue.publish(event(20))).await;
    assert!(waiting.is_err(), "the caller waits while the service is down");
    assert_eq!(queue.held(), 20, "nothing is lost in ten minutes of failures");
    up.store(true, Ordering::SeqCst);
    timeout(Duration::from_secs(600), queue.publish(event(20))).await.unwrap().unwrap();
    let report = queue.close(Duration::from_secs(30)).await;
    assert_eq!((report.accepted, report.failed.len()), (21, 0));
}

#[tokio::test(start_paused = true)]
async fn bytes_are_bounded() {
    let fake = Fake::script([Reply::Never]);
    let queue = start(&fake, BackgroundSettings::default().most_bytes(10_000));
    let large = |at| event(at).data(vec![b'x'; 6000], "application/json");
    queue.try_publish(large(0)).unwrap();
    assert!(queue.try_publish(large(1)).unwrap_err().is_full());
    queue.try_publish(event(2)).unwrap();
}

#[tokio::test(start_paused = true)]
async fn close_says_what_was_not_sent_and_what_may_have_arrived() {
    let fake = Fake::script([Reply::Never]);
    let queue = start(&fake, BackgroundSettings::default());
    for at in 0..100 {
        queue.publish(event(at)).await.unwrap();
    }
    let begin = Instant::now();
    let report = queue.close(Duration::from_secs(3)).await;
    assert!(begin.elapsed() <= Duration::from_secs(3), "{:?}", begin.elapsed());
    assert_eq!((report.accepted, report.failed.len()), (0, 100));
    let order: Vec<_> =
        report.failed.iter().map(|(event, _)| event.given_id().unwrap().to_owned()).collect();
    assert!(order.iter().enumerate().all(|(at, id)| *id == format!("evt-{at}")), "{order:?}");
    for id in fake.seen().iter().flat_map(|request| ids(request.body())) {
        let (_, outcome) =
            report.failed.iter().find(|(event, _)| event.given_id() == Some(&id)).unwrap();
        assert!(matches!(outcome, EntryOutcome::Unacknowledged { .. }), "{id}: {outcome:?}");
    }
    assert!(matches!(report.failed[99].1, EntryOutcome::NotSent { .. }));
}

/// What the service acknowledged before the time to close was over is not told as lost.
#[tokio::test(start_paused = true)]
async fn close_counts_what_was_accepted_in_a_round_that_it_ended() {
    let fake = Fake::new(|number, request| match number {
        0 => accepting(request.body()),
        _ => Reply::Never,
    });
    let queue = start(&fake, BackgroundSettings::default().flush_events(64));
    for at in 0..64 {
        queue.publish(event(at)).await.unwrap();
    }
    while fake.count() < 2 {
        tokio::task::yield_now().await;
    }
    let report = queue.close(Duration::from_secs(1)).await;
    assert_eq!((report.accepted, report.failed.len()), (16, 48));
    for (at, (event, outcome)) in report.failed.iter().enumerate() {
        assert_eq!(event.given_id().unwrap(), format!("evt-{}", at + 16));
        let on_its_way = matches!(outcome, EntryOutcome::Unacknowledged { .. });
        assert_eq!(on_its_way, at < 16, "{outcome:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn refused_events_are_kept_for_the_caller_and_do_not_block_others() {
    let fake = Fake::new(|_, request| {
        let entry = |id: &String| match id.as_str() {
            "evt-0" => json!({"EventId": id, "ErrorCode": "RequestParameterInvalid"}),
            "evt-1" => json!({"EventId": id, "ErrorCode": "OfTomorrow"}),
            _ => json!({"EventId": id}),
        };
        let list: Vec<_> = ids(request.body()).iter().map(entry).collect();
        ok(json!({"FailedEntryCount": 1, "EntryList": list}).to_string())
    });
    let queue = start(&fake, BackgroundSettings::default());
    for at in 0..4 {
        queue.publish(event(at)).await.unwrap();
    }
    sleep(Duration::from_secs(600)).await;
    let failed = queue.take_failed();
    assert_eq!(failed.len(), 2, "{failed:?}");
    assert_eq!(queue.held(), 0);
    let report = queue.close(Duration::from_secs(1)).await;
    assert_eq!((report.accepted, report.failed.len()), (2, 0), "what was taken is not told twice");
}

#[tokio::test(start_paused = true)]
async fn invalid_events_come_back_and_a_closed_queue_takes_none() {
    let fake = accept_all();
    let queue = start(&fake, BackgroundSettings::default());
    let refused = queue.publish(Event::new("", "t")).await.unwrap_err();
    assert_eq!(refused.invalid_field().unwrap().field(), "source");
    drop(queue);
    let queue = Arc::new(start(&fake, BackgroundSettings::default()));
    queue.publish(event(1)).await.unwrap();
    drop(queue);
    sleep(Duration::from_secs(1)).await;
    assert_eq!(fake.count(), 1, "what was left is sent without close");
}
