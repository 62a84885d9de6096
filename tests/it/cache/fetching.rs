//! How many fetches requests make, and how long they wait.

use super::setup::*;
use std::time::Duration;
use tower_eventbridge::certificate::CertificateCache;

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
    // The hashes are random: a name may share its counters with others by chance. The exact count
    // has a test of its own.
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

/// The least recently used certificate goes first, and a newcomer gets in however much the others
/// are in use.
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
