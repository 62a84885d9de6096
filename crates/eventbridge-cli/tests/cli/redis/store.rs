//! The store on a real redis-server, and two receivers that share one through everything that goes
//! wrong.
//!
//! Ignored unless asked for, because they need `redis-server`:
//! `cargo test -p eventbridge-cli redis:: -- --ignored`.

use std::{process::Stdio, time::Duration};

use super::{Delivery, Effects, PASSWORD, Redis, TOKEN, counted, lost_and_twice, receiver};
use crate::process::{PATIENCE, free_address, temporary_file};
use tokio::{
    net::TcpStream,
    process::Command,
    task::JoinSet,
    time::{sleep, timeout},
};
use tower_eventbridge::idempotency::{
    BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyStore, RedisStore,
};

fn claim(name: &str, body: &str) -> Claim {
    Claim::new(IdempotencyKey::of([name.as_bytes()]), BodyDigest::of(body.as_bytes())).unwrap()
}

/// The test that the store in memory is put to, by the server's clock.
#[tokio::test]
#[ignore = "needs redis-server"]
async fn claims_lapse_and_belong_to_their_owner() {
    const LEASE: Duration = Duration::from_millis(500);
    let redis = Redis::start().await;
    let store = redis.store();
    let (first, second) = (claim("a", "1"), claim("a", "1"));
    assert_eq!(store.claim(first, LEASE).await.unwrap(), Claimed::Owned);
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::InFlight);
    assert_eq!(store.claim(first, LEASE).await.unwrap(), Claimed::Owned, "an answer was lost");
    let other = claim("a", "2");
    assert_eq!(store.claim(other, LEASE).await.unwrap(), Claimed::OwnedWithOtherBody);
    // Given back: on a slow disk it would lapse after the first, and be met below.
    store.abandon(other).await.unwrap();
    assert_eq!(store.commit(second, LEASE).await.unwrap(), Committed::Lost, "not its owner");
    store.abandon(second).await.unwrap();
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::InFlight, "not its owner");

    let lapsed = async {
        while store.claim(second, LEASE).await.unwrap() != Claimed::Owned {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, lapsed).await.expect("the first lapses");
    assert_eq!(store.commit(first, LEASE).await.unwrap(), Committed::Lost);
    store.abandon(first).await.unwrap();
    assert_eq!(store.commit(second, Duration::from_secs(60)).await.unwrap(), Committed::Done);
    assert_eq!(store.claim(claim("a", "1"), LEASE).await.unwrap(), Claimed::Done);
    assert_eq!(store.claim(claim("a", "2"), LEASE).await.unwrap(), Claimed::OwnedWithOtherBody);
    assert_eq!(store.commit(second, LEASE).await.unwrap(), Committed::Done, "an answer was lost");
    assert_eq!(
        store.commit(claim("a", "1"), LEASE).await.unwrap(),
        Committed::Lost,
        "not its owner"
    );
    store.abandon(second).await.unwrap();
    assert_eq!(store.claim(second, LEASE).await.unwrap(), Claimed::Done, "done stays done");
    let endless = claim("endless", "");
    assert_eq!(store.claim(endless, Duration::MAX).await.unwrap(), Claimed::Owned);
    assert_eq!(store.commit(endless, Duration::MAX).await.unwrap(), Committed::Done);
    let third = claim("b", "");
    assert_eq!(store.claim(third, LEASE).await.unwrap(), Claimed::Owned);
    store.abandon(third).await.unwrap();
    assert_eq!(store.claim(claim("b", ""), LEASE).await.unwrap(), Claimed::Owned, "given back");

    // Another prefix is another store; a hundred at once have one owner.
    let apart = RedisStore::builder(&redis.url()).unwrap().prefix("other:").build().unwrap();
    assert_eq!(apart.claim(claim("a", "1"), LEASE).await.unwrap(), Claimed::Owned);
    let mut claims = JoinSet::new();
    for _ in 0..100 {
        claims.spawn(store.claim(claim("together", ""), Duration::from_secs(60)));
    }
    let owned = claims
        .join_all()
        .await
        .into_iter()
        .filter(|claimed| *claimed.as_ref().unwrap() == Claimed::Owned);
    assert_eq!(owned.count(), 1);
}

#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_server_that_is_down_or_slow_is_an_error_and_then_over() {
    let mut redis = Redis::start().await;
    let store = redis.store();
    let lease = Duration::from_secs(60);
    let done = claim("done", "");
    assert_eq!(store.claim(done, lease).await.unwrap(), Claimed::Owned);
    assert_eq!(store.commit(done, lease).await.unwrap(), Committed::Done);

    redis.signal("-STOP").await;
    let error = store.claim(claim("a", ""), lease).await.unwrap_err();
    assert!(!error.is_full() && !format!("{error} {error:?}").contains(PASSWORD), "{error:?}");
    redis.signal("-CONT").await;
    recovers(&store).await;

    redis.stop().await;
    let error = store.claim(claim("b", ""), lease).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains(PASSWORD), "{error:?}");
    redis.start_again().await;
    recovers(&store).await;
    assert_eq!(
        store.claim(done, lease).await.unwrap(),
        Claimed::Done,
        "it kept what it acknowledged"
    );

    let wrong = RedisStore::new(&format!("redis://:wrong-secret@{}", redis.address)).unwrap();
    let error = wrong.claim(claim("c", ""), lease).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("wrong-secret"), "{error:?}");
    let error = RedisStore::new("redis://:p-secret@[::1").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("p-secret"), "{error:?}");
    assert!(!format!("{store:?}").contains(PASSWORD), "{store:?}");
}

/// Over TLS, verified: this process again, for which a root of the test's own is the system's.
#[cfg(target_os = "linux")]
#[tokio::test]
#[ignore = "needs redis-server"]
async fn the_store_over_tls() {
    use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};

    if let Ok(url) = std::env::var("TEST_REDIS_TLS_URL") {
        let store = RedisStore::new(&url).unwrap();
        let lease = Duration::from_secs(60);
        let claimed = store.claim(claim("a", ""), lease).await;
        match std::env::var("TEST_REDIS_TRUSTED").as_deref() {
            Ok("yes") => assert_eq!(claimed.unwrap(), Claimed::Owned),
            _ => assert!(claimed.is_err(), "under a root that is not trusted"),
        }
        return;
    }
    let mut root = CertificateParams::new(vec![]).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = CertifiedIssuer::self_signed(root, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    let certificate = params.signed_by(&key, &root).unwrap();
    let root_file = temporary_file("root.pem", root.pem().as_bytes());
    let certificate_file = temporary_file("redis-tls.pem", certificate.pem().as_bytes());
    let key_file = temporary_file("redis-tls.key", key.serialize_pem().as_bytes());
    let address = free_address();
    let _server = Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", "0", "--save", "", "--tls-auth-clients", "no"])
        .args(["--requirepass", PASSWORD, "--tls-port", &address.port().to_string()])
        .arg("--tls-cert-file")
        .arg(certificate_file)
        .arg("--tls-key-file")
        .arg(key_file)
        .arg("--tls-ca-cert-file")
        .arg(&root_file)
        .kill_on_drop(true)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let up = async { while TcpStream::connect(address).await.is_err() {} };
    timeout(PATIENCE, up).await.expect("redis-server listens");
    let other_root = crate::sender::TEST_ROOT;
    for (trusted, roots) in [("yes", root_file.to_str().unwrap()), ("no", other_root)] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "redis::store::the_store_over_tls", "--ignored"])
            .env("TEST_REDIS_TLS_URL", format!("rediss://:{PASSWORD}@localhost:{}", address.port()))
            .env("TEST_REDIS_TRUSTED", trusted)
            .env("SSL_CERT_FILE", roots)
            .env_remove("SSL_CERT_DIR")
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "trusted: {trusted}: {text}");
    }
}

async fn recovers(store: &RedisStore) {
    let again = async {
        while store.claim(claim("again", ""), Duration::from_millis(1)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(PATIENCE, again).await.expect("it is used again");
}

/// 2,000 events, each delivered three times to either of two receivers; one handler in five fails;
/// the server is restarted and paused, a receiver is killed. None is lost, and what ran twice is
/// accounted for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server"]
async fn two_receivers_on_one_redis_through_everything() {
    const EVENTS: usize = 2_000;
    let mut redis = Redis::start().await;
    let (effects_a, effects_b) = (Effects::default(), Effects::default());
    let mut survivor = receiver(&redis.url(), &effects_a).await;
    let mut killed = receiver(&redis.url(), &effects_b).await;
    let admin_a = survivor.log.line_that_begins("admin listening on ").await;
    let admin_b = killed.log.line_that_begins("admin listening on ").await;
    let mut delivery = Delivery::start(EVENTS, &[survivor.address, killed.address]);
    delivery.at(EVENTS).await;
    redis.stop().await;
    redis.start_again().await;
    delivery.at(EVENTS * 3 / 2).await;
    let lost_by_killed = counted(&admin_b, "commit-lost").await;
    let log_of_killed = killed.kill().await;
    delivery.at(EVENTS * 2).await;
    // Paused for longer than the time limit: until the receiver says that it cannot reach the
    // store.
    let before = counted(&admin_a, "store-unavailable").await;
    redis.signal("-STOP").await;
    let noticed = async {
        while counted(&admin_a, "store-unavailable").await == before {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, noticed).await.expect("a push meets the paused store");
    redis.signal("-CONT").await;
    delivery.at(EVENTS * 3).await;
    let tries = delivery.end().await;
    let commits_lost = counted(&admin_a, "commit-lost").await + lost_by_killed;
    let (code, printed, log) = survivor.stop().await;
    assert_eq!(code, 0);

    let (lost, duplicates) = lost_and_twice(EVENTS, &[&effects_a, &effects_b]);
    let ids = (0..EVENTS).map(|event| format!("e{event}"));
    let died_before_the_answer =
        ids.filter(|id| effects_b.of(id) > 0 && !delivery.was_answered(1, id)).count();
    println!(
        "{EVENTS} events, {tries} tries: {lost} lost, {duplicates} ran twice; {commits_lost} \
         commits lost, \
         {died_before_the_answer} effects of the killed receiver unanswered; {} lines printed",
        printed.lines().count()
    );
    assert_eq!(lost, 0);
    assert!(duplicates <= commits_lost + died_before_the_answer);
    for log in [log, log_of_killed] {
        assert!(!log.contains(PASSWORD) && !log.contains(TOKEN), "{log}");
    }
}

/// A publisher that names all its events alike costs the store no more than so much, and loses
/// nothing.
#[tokio::test]
#[ignore = "needs redis-server"]
async fn bodies_under_one_key_have_a_bound() {
    let server = Redis::start().await;
    let store = RedisStore::new(&server.url()).unwrap();
    let lease = Duration::from_secs(60);
    for body in 0..1_100 {
        let claimed = store.claim(claim("alike", &body.to_string()), lease).await.unwrap();
        let expected = if body == 0 { Claimed::Owned } else { Claimed::OwnedWithOtherBody };
        assert_eq!(claimed, expected, "{body}");
    }
    // One that is remembered, and one that is not.
    let again = async |body: &str| store.claim(claim("alike", body), lease).await.unwrap();
    assert_eq!(again("5").await, Claimed::InFlight);
    assert_eq!(again("1099").await, Claimed::OwnedWithOtherBody);
    assert_eq!(store.claim(claim("other", "1"), lease).await.unwrap(), Claimed::Owned);
}
