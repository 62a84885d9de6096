//! Those who publish: one request after the other on a connection, full batches, at a pace.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aliyun_eventbridge::{
    call::{Client, RetryPolicy},
    credentials::Credentials,
    endpoint::Endpoint,
    operation::Protocol,
    publish::{Event, Publisher},
};
use tokio::time::{Instant, sleep, sleep_until};

use super::{
    receiver::Receiver,
    scale::{BATCH, PUBLISHERS, RULES},
    server::PATIENCE,
};

/// No more events are published while so many are on their way: a slow machine gets a lower rate,
/// not a longer queue.
const MOST_OPEN: u64 = 2_000;

/// How fast all publishers together are.
pub(crate) struct Pace {
    per_second: u64,
    began: Instant,
    published: AtomicU64,
    before: u64,
    receiver: Arc<Receiver>,
}

impl Pace {
    pub(crate) fn new(per_second: u64, receiver: Arc<Receiver>) -> Self {
        let (published, before) = (AtomicU64::new(0), receiver.arrived());
        Self { per_second, began: Instant::now(), published, before, receiver }
    }

    /// Returns how many events were acknowledged.
    pub(crate) fn published(&self) -> u64 {
        self.published.load(Ordering::Relaxed)
    }

    /// Returns how many events there are if each publisher sends so many requests.
    pub(crate) const fn published_goal(&self, requests: u64) -> u64 {
        requests * PUBLISHERS * BATCH
    }

    /// Waits until the request of this number of one publisher is due.
    async fn due(&self, request: u64) {
        let events = (request * PUBLISHERS * BATCH) as f64;
        sleep_until(self.began + Duration::from_secs_f64(events / self.per_second as f64)).await;
        let open = || self.published().saturating_sub(self.receiver.arrived() - self.before);
        let until = Instant::now() + PATIENCE;
        while open() > MOST_OPEN {
            assert!(Instant::now() < until, "{} events do not arrive", open());
            sleep(Duration::from_millis(2)).await;
        }
    }
}

/// What one publisher knows to be acknowledged: the numbers of requests, the failed one left out.
pub(crate) struct Done {
    publisher: u64,
    requests: std::ops::Range<u64>,
    failed: bool,
}

/// The requests that were acknowledged.
#[derive(Default)]
pub(crate) struct Acknowledged(Vec<Done>);

impl Acknowledged {
    /// Adds what a publisher did; only when the server is dead may a request have failed.
    pub(crate) fn add(&mut self, done: Done, dead: bool) {
        assert!(dead || !done.failed, "a request failed");
        self.0.push(done);
    }

    /// Returns the number of the next request of a publisher.
    pub(crate) fn next_of(&self, publisher: u64) -> u64 {
        let ends = self.0.iter().filter(|done| done.publisher == publisher);
        ends.map(|done| done.requests.end + u64::from(done.failed)).max().unwrap_or(0)
    }

    pub(crate) fn len(&self) -> u64 {
        self.0.iter().map(|done| (done.requests.end - done.requests.start) * BATCH).sum()
    }

    pub(crate) fn numbers(&self) -> impl Iterator<Item = u64> {
        let requests = self
            .0
            .iter()
            .flat_map(|done| done.requests.clone().map(move |request| (done.publisher, request)));
        requests.flat_map(|(publisher, request)| numbers(publisher, request))
    }
}

/// The numbers of the events of a request. Their rules are of this publisher alone.
fn numbers(publisher: u64, request: u64) -> impl Iterator<Item = u64> {
    (request * BATCH..(request + 1) * BATCH).map(move |event| event * PUBLISHERS + publisher)
}

/// Publishes so many requests, or until one fails.
pub(crate) async fn publish(
    url: String,
    publisher: u64,
    first: u64,
    requests: u64,
    pace: Arc<Pace>,
) -> Done {
    let key = Credentials::new("local", "local").unwrap();
    let client = Client::builder(Protocol::OpenApi, Endpoint::given(&url).unwrap(), key);
    let client = client.retry(RetryPolicy::never()).build().unwrap();
    let events = Publisher::new(client).deadline(Duration::from_secs(60));
    let end = first + requests;
    for request in first..end {
        pace.due(request - first).await;
        let batch = numbers(publisher, request).map(|number| {
            Event::new(format!("app-{}", number % RULES), "demo:Load").id(number.to_string()).data(
                format!(r#"{{"n":{number},"text":"{}"}}"#, "x".repeat(200)),
                "application/json",
            )
        });
        if !events.put_events(batch).await.all_accepted() {
            return Done { publisher, requests: first..request, failed: true };
        }
        pace.published.fetch_add(BATCH, Ordering::Relaxed);
    }
    Done { publisher, requests: first..end, failed: false }
}
