//! Certificates that grow old, go away or are replaced.

use super::setup::*;
use std::time::Duration;
use tokio::time::sleep;

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
