//! The certificate cache, by counting fetches. Time is paused and moves only where a test says so.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use tokio::time::{Instant, sleep};
use tower_eventbridge::{
    Verifier,
    certificate::{AllowedUrl, Certificate, CertificateCache, FetchError},
    signer::Signer,
};

const HOST: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";

fn file(name: &str) -> Bytes {
    std::fs::read(format!("{}/fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .into()
}

/// A URL that a policy for cn-hangzhou allows, obtained as the layer obtains it: from a checked head.
fn region_url(number: u64) -> AllowedUrl {
    thread_local! {
        static SIGNER: Signer = Signer::generate().unwrap();
    }
    SIGNER.with(|signer| {
        let url = format!("{HOST}/x509_public_certificate_{:014}.pem", 20_210_125_000_000 + number);
        let signer = signer.clone().with_certificate_url(url);
        let verifier = Verifier::builder()
            .endpoint("https://hooks.example.com/")
            .token("0123456789abcdef")
            .region("cn-hangzhou")
            .build()
            .unwrap();
        let push = signer.push("https://hooks.example.com/").token("0123456789abcdef");
        let (parts, _) = push.sign(UNIX_EPOCH).unwrap().into_parts();
        verifier.check_head(&parts, UNIX_EPOCH).unwrap().certificate_url().clone()
    })
}

fn exact_url(url: &str) -> AllowedUrl {
    let verifier = Verifier::builder()
        .endpoint("https://hooks.example.com/")
        .token("0123456789abcdef")
        .certificate_url(url)
        .build()
        .unwrap();
    verifier.exact_certificate_urls().next().unwrap().clone()
}

/// What the source does for a URL.
#[derive(Clone)]
enum Answer {
    Bytes(Bytes),
    Down,
    Gone,
    Hangs,
    After(Duration, Bytes),
    Panics,
}

/// A source that counts, and answers as it was told last.
#[derive(Clone)]
struct World {
    default: Arc<Mutex<Answer>>,
    answers: Arc<Mutex<HashMap<String, Answer>>>,
    fetches: Arc<Mutex<HashMap<String, usize>>>,
    start: Instant,
    cache: CertificateCache,
}

impl World {
    fn new(default: Answer) -> Self {
        let default = Arc::new(Mutex::new(default));
        let answers = Arc::new(Mutex::new(HashMap::new()));
        let fetches = Arc::new(Mutex::new(HashMap::new()));
        let start = Instant::now();
        // The wall clock runs with tokio's paused one.
        let clock = move || UNIX_EPOCH + Duration::from_secs(1_796_083_200) + start.elapsed();
        let (all, by_url, count) = (default.clone(), answers.clone(), fetches.clone());
        let source = move |url: AllowedUrl| {
            *count.lock().unwrap().entry(url.to_string()).or_default() += 1;
            let by_url = by_url.lock().unwrap().get(url.as_str()).cloned();
            let answer: Answer = by_url.unwrap_or_else(|| all.lock().unwrap().clone());
            async move {
                match answer {
                    Answer::Bytes(bytes) => Ok(bytes),
                    Answer::Down => Err(FetchError::unavailable("down")),
                    Answer::Gone => Err(FetchError::gone("status 404")),
                    Answer::Hangs => std::future::pending().await,
                    Answer::After(wait, bytes) => {
                        sleep(wait).await;
                        Ok(bytes)
                    }
                    Answer::Panics => panic!("a source of somebody's own"),
                }
            }
        };
        let cache = CertificateCache::new(source, clock);
        Self { default, answers, fetches, start, cache }
    }

    fn now_answers(&self, answer: Answer) {
        *self.default.lock().unwrap() = answer;
    }

    fn answers(&self, url: &AllowedUrl, answer: Answer) {
        self.answers.lock().unwrap().insert(url.to_string(), answer);
    }

    fn fetches(&self) -> usize {
        self.fetches.lock().unwrap().values().sum()
    }

    fn fetches_of(&self, url: &AllowedUrl) -> usize {
        self.fetches.lock().unwrap().get(url.as_str()).copied().unwrap_or_default()
    }

    async fn get(&self, url: &AllowedUrl) -> Result<Certificate, String> {
        self.cache.get(url).await.map_err(|error| chain(&error))
    }

    async fn key(&self, url: &AllowedUrl) -> String {
        self.get(url).await.unwrap().public_key_fingerprint().to_string()
    }

    fn waited(&self) -> Duration {
        self.start.elapsed()
    }
}

fn good() -> Answer {
    Answer::Bytes(file("rsa1024"))
}

fn key_of(name: &str) -> String {
    Certificate::from_pem_or_der(&file(name)).unwrap().public_key_fingerprint().to_string()
}

/// Lets background tasks run; paused time moves by the wait.
async fn wait(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn five_hundred_first_requests_make_one_fetch() {
    let world = World::new(Answer::After(Duration::from_secs(1), file("rsa1024")));
    let url = region_url(1);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..500 {
        let (world, url) = (world.clone(), url.clone());
        tasks.spawn(async move { world.get(&url).await.is_ok() });
    }
    assert!(tasks.join_all().await.into_iter().all(|found| found));
    assert_eq!(world.fetches(), 1);
    assert!(world.get(&url).await.is_ok());
    assert_eq!(world.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_fetch_survives_the_client_that_asked() {
    let world = World::new(Answer::After(Duration::from_secs(3), file("rsa1024")));
    let url = region_url(1);
    let hung_up = tokio::time::timeout(Duration::from_secs(1), world.cache.get(&url)).await;
    assert!(hung_up.is_err(), "gone after 1 s");
    wait(3).await;
    assert!(world.get(&url).await.is_ok());
    assert_eq!(world.fetches(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_push_waits_two_seconds_while_the_fetch_goes_on() {
    let world = World::new(Answer::After(Duration::from_secs(3), file("rsa1024")));
    let url = region_url(1);
    let late = world.get(&url).await.unwrap_err();
    assert!(late.contains("still being fetched"), "{late}");
    assert_eq!(world.waited(), Duration::from_secs(2));
    assert!(world.get(&url).await.is_ok());
    assert_eq!((world.waited(), world.fetches()), (Duration::from_secs(3), 1));
}

#[tokio::test(start_paused = true)]
async fn a_hanging_url_does_not_slow_another() {
    let world = World::new(good());
    let (hanging, other) = (region_url(1), region_url(2));
    world.answers(&hanging, Answer::Hangs);
    assert!(world.get(&other).await.is_ok());
    let stuck = tokio::spawn({
        let (world, hanging) = (world.clone(), hanging.clone());
        async move { world.get(&hanging).await }
    });
    tokio::task::yield_now().await;
    for _ in 0..100 {
        assert!(world.get(&other).await.is_ok());
    }
    assert_eq!(world.waited(), Duration::ZERO);
    assert!(stuck.await.unwrap().is_err());
    // The fetch itself ends after 5 s, as a failure.
    wait(4).await;
    assert!(world.get(&hanging).await.unwrap_err().contains("5 s"));
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_distinct_urls_make_few_fetches_and_push_nothing_out() {
    let world = World::new(Answer::Gone);
    let (kept, rotated) = (region_url(1), region_url(2));
    world.answers(&kept, good());
    world.answers(&rotated, Answer::Bytes(file("rsa1024-other")));
    assert!(world.get(&kept).await.is_ok());
    for number in 100..10_100 {
        assert!(world.get(&region_url(number)).await.is_err());
        if number % 100 == 0 {
            assert!(world.get(&kept).await.is_ok(), "untouched by the flood");
        }
    }
    assert_eq!(world.waited(), Duration::ZERO, "all within one minute");
    // The hashes are random: a name may share its counters with others by chance. The exact count has a test of its own.
    assert!((4..=8).contains(&world.fetches()), "the one kept and few of the flood");
    assert_eq!(world.fetches_of(&kept), 1);

    // A rotation in the middle of it: the new URL is asked for again and again, and gets through.
    let mut made_up = 20_000..;
    let mut tries = 0;
    loop {
        for number in made_up.by_ref().take(500) {
            assert!(world.get(&region_url(number)).await.is_err());
        }
        if world.get(&rotated).await.is_ok() {
            break;
        }
        tries += 1;
        assert!(tries < 10, "the new certificate does not get through");
    }
    assert!(world.fetches() <= 8);
    assert_eq!(world.fetches_of(&kept), 1);

    // What is kept does not grow with what was asked for.
    let kept = format!("{:?}", world.cache);
    let counts: Vec<u32> = kept
        .split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|word| word.parse().ok())
        .collect();
    assert_eq!(counts.len(), 3, "{kept}");
    assert!(counts.iter().all(|count| *count <= 64), "{kept}");
}

#[tokio::test(start_paused = true)]
async fn an_exact_url_does_not_draw_on_the_budget() {
    let world = World::new(Answer::Down);
    for number in 0..100 {
        let _ = world.get(&region_url(number)).await;
    }
    assert_eq!(world.fetches(), 4);
    for number in 0..20 {
        let url = exact_url(&format!("https://mirror.example/{number}.pem"));
        world.answers(&url, good());
        assert!(world.get(&url).await.is_ok(), "{number}");
    }
}

#[tokio::test(start_paused = true)]
async fn stale_certificates_serve_while_the_host_is_down_and_then_no_more() {
    let world = World::new(good());
    let url = region_url(1);
    world.get(&url).await.unwrap();
    world.now_answers(Answer::Down);
    wait(59 * 60).await;
    world.get(&url).await.unwrap();
    assert_eq!(world.fetches(), 1, "fresh for an hour");

    wait(60 + 22 * 3_600).await;
    world.get(&url).await.unwrap();
    wait(1).await;
    assert_eq!(world.fetches(), 2, "tried in the background");
    world.get(&url).await.unwrap();
    assert_eq!(world.fetches(), 2, "and not again within its pause");

    wait(3_600).await;
    assert!(world.get(&url).await.is_err(), "not after a day");
    world.now_answers(good());
    wait(30).await;
    world.get(&url).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_certificate_that_is_gone_is_kept_for_ten_minutes() {
    let world = World::new(good());
    let url = region_url(1);
    world.get(&url).await.unwrap();
    world.now_answers(Answer::Gone);
    wait(3_600).await;
    world.get(&url).await.unwrap();
    wait(9 * 60).await;
    world.get(&url).await.unwrap();
    wait(70).await;
    assert!(world.get(&url).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_stale_certificate_is_replaced_in_the_background() {
    let world = World::new(good());
    let url = region_url(1);
    assert_eq!(world.key(&url).await, key_of("rsa1024"));
    world.now_answers(Answer::After(Duration::from_secs(1), file("rsa2048")));
    wait(3_600).await;
    let before = world.waited();
    assert_eq!(world.key(&url).await, key_of("rsa1024"), "the old one, at once");
    assert_eq!(world.waited(), before);
    wait(2).await;
    assert_eq!(world.key(&url).await, key_of("rsa2048"));
}

/// S15: whatever a host answers that is no certificate neither becomes a key nor replaces one.
#[tokio::test(start_paused = true)]
async fn unusable_answers_never_become_or_replace_a_key() {
    for name in ["empty", "html", "truncated", "two-certificates", "not-a-certificate"] {
        let world = World::new(Answer::Bytes(file(name)));
        let url = region_url(1);
        assert!(world.get(&url).await.is_err(), "{name}");
        world.now_answers(good());
        wait(2).await;
        assert_eq!(
            world.key(&url).await,
            key_of("rsa1024"),
            "{name}: recovers with the next good answer"
        );
        world.now_answers(Answer::Bytes(file(name)));
        wait(3_600).await;
        for _ in 0..3 {
            assert_eq!(
                world.key(&url).await,
                key_of("rsa1024"),
                "{name}: the old key stays in use"
            );
            wait(60).await;
        }
    }
}

#[tokio::test(start_paused = true)]
async fn failures_are_remembered_for_two_seconds_doubling_to_thirty() {
    let world = World::new(Answer::Down);
    let url = exact_url("https://mirror.example/a.pem");
    let mut times = Vec::new();
    for _ in 0..1_200 {
        let before = world.fetches();
        assert!(world.get(&url).await.is_err());
        if world.fetches() > before {
            times.push(world.waited().as_millis() / 100);
        }
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(times, [0, 20, 60, 140, 300, 600, 900], "tenths of a second");
}

#[tokio::test(start_paused = true)]
async fn a_mismatch_fetches_an_old_key_anew_once_a_minute() {
    let world = World::new(good());
    let url = region_url(1);
    world.get(&url).await.unwrap();
    world.cache.mismatched(&url);
    wait(1).await;
    assert_eq!(world.fetches(), 1, "a key of this minute was not replaced");

    wait(61).await;
    world.now_answers(Answer::Bytes(file("rsa2048")));
    for _ in 0..100 {
        world.cache.mismatched(&url);
    }
    wait(1).await;
    assert_eq!(world.fetches(), 2);
    assert_eq!(world.key(&url).await, key_of("rsa2048"), "the next try meets the new key");

    // While the host is down too: once a minute, and not as often as failures are tried again.
    world.now_answers(Answer::Down);
    wait(62).await;
    for _ in 0..55 {
        world.cache.mismatched(&url);
        wait(1).await;
    }
    assert_eq!(world.fetches(), 3);
    assert_eq!(world.key(&url).await, key_of("rsa2048"));
    world.fetches.lock().unwrap().clear();
    world.cache.mismatched(&region_url(2));
    wait(1).await;
    assert_eq!(world.fetches(), 0, "a URL that is not kept is not fetched");
}

#[tokio::test(start_paused = true)]
async fn exact_urls_are_warmed_and_kept_fresh_by_a_timer() {
    let world = World::new(good());
    let url = exact_url("https://mirror.example/a.pem");
    assert!(world.cache.kept(&url).is_none());
    world.cache.keep_warm([url.clone()]);
    wait(1).await;
    assert!(world.cache.kept(&url).is_some());
    assert_eq!(world.fetches(), 1);
    wait(3 * 3_600).await;
    assert!((3..=4).contains(&world.fetches()), "{}", world.fetches());

    // With the host down it stays ready for a day, and then not.
    world.now_answers(Answer::Down);
    wait(20 * 3_600).await;
    assert!(world.cache.kept(&url).is_some());
    wait(5 * 3_600).await;
    assert!(world.cache.kept(&url).is_none());
    world.now_answers(good());
    wait(40).await;
    assert!(world.cache.kept(&url).is_some());
}

/// Where no task can run there is no fetch, and nothing waits for one.
#[test]
fn outside_a_runtime_nothing_is_fetched_and_nothing_hangs() {
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let runtime = || {
            tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .start_paused(true)
                .build()
                .unwrap()
        };
        let first = runtime();
        let url = region_url(1);
        let world = first.block_on(async {
            let world = World::new(good());
            world.cache.get(&region_url(1)).await.unwrap();
            wait(61).await;
            // Under way when the runtime goes: its end must find the lock free.
            world.answers(&region_url(2), Answer::Hangs);
            let _ = tokio::time::timeout(Duration::from_millis(1), world.cache.get(&region_url(2)))
                .await;
            world
        });
        // Two fetches begun by a runtime that is shutting down.
        let cache = world.cache.clone();
        first.spawn(async move {
            struct FetchWhenDropped(CertificateCache);
            impl Drop for FetchWhenDropped {
                fn drop(&mut self) {
                    self.0.mismatched(&region_url(1));
                }
            }
            let _guard = FetchWhenDropped(cache);
            std::future::pending::<()>().await;
        });
        first.block_on(tokio::task::yield_now());
        drop(first);
        world.cache.mismatched(&url);
        let second = runtime();
        let again = second.block_on(async { world.cache.get(&url).await.is_ok() });
        done.send(again).unwrap();
    });
    let again = ended.recv_timeout(Duration::from_secs(20)).expect("a lock is held for ever");
    assert!(again, "the certificate is still there");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_panics_is_an_outage() {
    let world = World::new(Answer::Panics);
    let url = region_url(1);
    assert!(world.get(&url).await.is_err());
    world.now_answers(good());
    assert!(world.get(&url).await.is_ok(), "and the next fetch is not blocked by it");
}

/// The least recently used certificate goes first, and a newcomer gets in however much the others are in use.
#[tokio::test(start_paused = true)]
async fn a_full_cache_takes_newcomers() {
    let world = World::new(good());
    let url_of = |number: usize| exact_url(&format!("https://mirror.example/{number}.pem"));
    let urls: Vec<_> = (0..64).map(url_of).collect();
    for _ in 0..20 {
        for url in &urls {
            world.get(url).await.unwrap();
        }
    }
    assert_eq!(world.fetches(), 64);
    let newcomers: Vec<_> = (64..74).map(url_of).collect();
    for newcomer in &newcomers {
        world.get(newcomer).await.unwrap();
        // Enough traffic for the cache to have decided whom to keep.
        for _ in 0..1_000 {
            world.get(&urls[63]).await.unwrap();
        }
        world.get(newcomer).await.unwrap();
        assert_eq!(world.fetches_of(newcomer), 1, "a newcomer is kept");
    }
    assert_eq!(world.fetches_of(&urls[63]), 1, "so is what is in use");
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
