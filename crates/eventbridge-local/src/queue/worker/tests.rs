//! The schedule of tries, in paused time.

use std::{
    collections::VecDeque,
    sync::{Mutex, atomic::AtomicU64},
};

use aliyun_eventbridge::{
    clock::SystemClock,
    targets::{ConcurrentConfig, ErrorsTolerance, PushRetryStrategy, Target},
};
use tokio::time::sleep;

use super::*;
use crate::{
    attempt::{Attempt, Attempting, KeptEvent},
    dead_letters::DeadLetters,
    journal::{Journal, StoredEvent},
    limits::{Bounds, Quotas},
    observe::{Observer, Text},
    shared::Counts,
};

/// What a target does with the next tries; all others succeed.
#[derive(Clone, Copy, Debug)]
enum Does {
    Fail,
    FailForGood,
    Panic,
    /// Take ten seconds.
    Wait,
}

#[derive(Clone, Default)]
struct Fake {
    does: Arc<Mutex<VecDeque<Does>>>,
    /// When each try began, and the event's id.
    begun: Arc<Mutex<Vec<(Instant, String)>>>,
    under_way: Arc<AtomicUsize>,
    most_under_way: Arc<AtomicUsize>,
}

impl Attempt for Fake {
    fn attempt(&self, _: Arc<TargetPlan>, event: Arc<KeptEvent>) -> Attempting {
        self.begun.lock().unwrap().push((Instant::now(), event.id.clone()));
        let does = self.does.lock().unwrap().pop_front();
        let fake = self.clone();
        Box::pin(async move {
            let now = fake.under_way.fetch_add(1, Ordering::Relaxed) + 1;
            fake.most_under_way.fetch_max(now, Ordering::Relaxed);
            let result = match does {
                None => Ok(answer()),
                Some(Does::Wait) => {
                    sleep(Duration::from_secs(10)).await;
                    Ok(answer())
                }
                Some(Does::Fail) => Err(AttemptFailure::new("no")),
                Some(Does::FailForGood) => Err(AttemptFailure::for_good("never")),
                Some(Does::Panic) => panic!("a test of what a panic does"),
            };
            fake.under_way.fetch_sub(1, Ordering::Relaxed);
            let (body, strings_to_sign) = (Text::default(), Vec::new());
            AttemptReport { request: None, body, strings_to_sign, result }
        })
    }
}

fn answer() -> Answer {
    Answer { status: 200, headers: Vec::new(), body: Text::default() }
}

struct Bench {
    fake: Fake,
    shared: Arc<Shared>,
    queue: Queue,
    started: Instant,
}

impl Bench {
    fn new(target: &Target, does: &[Does], time_scale: f64) -> Self {
        let fake = Fake::default();
        fake.does.lock().unwrap().extend(does);
        let shared = Arc::new(Shared {
            attempt: Box::new(fake.clone()),
            journal: Journal::Memory,
            observer: Observer::new(),
            clock: Arc::new(SystemClock::new()),
            time_scale,
            bounds: Bounds::default(),
            quotas: Quotas::default(),
            account: String::new(),
            region: String::new(),
            dead: Mutex::new(DeadLetters::default()),
            counts: watch::Sender::new(Counts::default()),
            held: Arc::default(),
            last: AtomicU64::new(0),
            stopping: watch::Sender::new(false),
        });
        let text = str::to_owned;
        let to = Destination { bus: text("b"), rule: text("r"), target: text("t") };
        let plan = TargetPlan::of(to, target, &shared.bounds).unwrap();
        let queue = Queue::start(Arc::new(plan), Arc::clone(&shared));
        Self { fake, shared, queue, started: Instant::now() }
    }

    fn add(&self, id: &str) {
        assert!(self.queue.reserve(100));
        let event = StoredEvent {
            number: self.shared.next_number(),
            bus: String::new(),
            id: id.to_owned(),
            source: String::new(),
            r#type: String::new(),
            json: "{}".to_owned(),
        };
        let event = Arc::new(KeptEvent::new(event, 1, &self.shared.held));
        let number = self.shared.next_number();
        self.queue.add(Delivery { number, event, attempts: 0 }).unwrap();
    }

    async fn until(&self, mut demand: impl FnMut(&Counts) -> bool) {
        let mut counts = self.shared.counts.subscribe();
        counts.wait_for(|counts| demand(counts)).await.unwrap();
    }

    /// Returns the seconds after the start at which tries began.
    fn seconds(&self) -> Vec<u64> {
        let begun = self.fake.begun.lock().unwrap();
        begun.iter().map(|(at, _)| at.duration_since(self.started).as_secs()).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.fake.begun.lock().unwrap().iter().map(|(_, id)| id.clone()).collect()
    }
}

fn target() -> Target {
    Target::new("t", "http", "http://127.0.0.1:1/")
}

#[tokio::test(start_paused = true)]
async fn exponential_decay_tries_177_times_within_a_day() {
    let target = target().push_retry_strategy(PushRetryStrategy::ExponentialDecay);
    let bench = Bench::new(&target, &[Does::Fail; 177], 1.0);
    bench.add("1");
    bench.until(|counts| counts.dead_lettered == 1).await;
    let seconds = bench.seconds();
    assert_eq!(seconds.len(), 177);
    assert_eq!(seconds[..11], [0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023]);
    assert_eq!(seconds[176], 511 + 167 * 512);
    assert_eq!(bench.queue.open(), 0);
    assert_eq!(bench.shared.held.load(Ordering::Relaxed), 0, "no event is held any more");
}

#[tokio::test(start_paused = true)]
async fn backoff_tries_4_times_10_to_20_seconds_apart_and_the_scale_divides_that() {
    for (scale, least, most) in [(1.0, 10_000, 20_000), (10.0, 1_000, 2_000)] {
        let bench = Bench::new(&target(), &[Does::Fail; 4], scale);
        bench.add("1");
        bench.until(|counts| counts.dead_lettered == 1).await;
        let begun = bench.fake.begun.lock().unwrap();
        assert_eq!(begun.len(), 4);
        for pair in begun.windows(2) {
            let wait = pair[1].0.duration_since(pair[0].0).as_millis();
            assert!((least..=most + 1).contains(&wait), "{wait} ms at {scale}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_event_that_waits_for_its_next_try_does_not_hold_the_others() {
    let target = target().concurrent_config(ConcurrentConfig::from(1));
    let bench = Bench::new(&target, &[Does::Fail], 1.0);
    for id in ["1", "2", "3"] {
        bench.add(id);
    }
    bench.until(|counts| counts.delivered == 3).await;
    assert_eq!(bench.ids(), ["1", "2", "3", "1"]);
}

#[tokio::test(start_paused = true)]
async fn a_target_without_tolerance_keeps_the_order_and_stops() {
    let target = target().errors_tolerance(ErrorsTolerance::None);
    let bench = Bench::new(&target, &[Does::Fail; 4], 1.0);
    for id in ["1", "2"] {
        bench.add(id);
    }
    bench.until(|counts| counts.tries == 4).await;
    sleep(Duration::from_secs(3_600)).await;
    assert_eq!(bench.ids(), ["1"; 4], "it stopped");
    assert!(bench.queue.is_blocked());
    bench.queue.go_on();
    bench.until(|counts| counts.delivered == 2).await;
    assert_eq!(bench.ids(), ["1", "1", "1", "1", "1", "2"]);
    assert!(!bench.queue.is_blocked());
}

#[tokio::test(start_paused = true)]
async fn no_more_pushes_run_at_once_than_the_target_wants() {
    let target = target().concurrent_config(ConcurrentConfig::from(3));
    let bench = Bench::new(&target, &[Does::Wait; 10], 1.0);
    for id in 0..10 {
        bench.add(&id.to_string());
    }
    bench.until(|counts| counts.delivered == 10).await;
    assert_eq!(bench.fake.most_under_way.load(Ordering::Relaxed), 3);
    assert_eq!(bench.seconds(), [0, 0, 0, 10, 10, 10, 20, 20, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_for_good_is_a_dead_letter_at_once_and_a_panic_is_a_failure() {
    let bench = Bench::new(&target(), &[Does::FailForGood, Does::Panic], 1.0);
    bench.add("1");
    bench.until(|counts| counts.dead_lettered == 1).await;
    bench.add("2");
    bench.until(|counts| counts.delivered == 1).await;
    assert_eq!(bench.ids(), ["1", "2", "2"]);
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_a_target_that_is_deleted_is_a_dead_letter() {
    let target = target().concurrent_config(ConcurrentConfig::from(1));
    let bench = Bench::new(&target, &[Does::Fail, Does::Wait], 1.0);
    for id in ["1", "2", "3"] {
        bench.add(id);
    }
    // 1 waits for its next try, 2 is under way, 3 is ready.
    bench.until(|counts| counts.tries == 1).await;
    sleep(Duration::from_secs(1)).await;
    bench.queue.end();
    bench.until(|counts| counts.dead_lettered == 3).await;
    assert_eq!(bench.queue.open(), 0);
}
