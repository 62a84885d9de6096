//! Certificates that the layer fetches.

use super::setup::*;
use bytes::Bytes;
use http::StatusCode;
use http_body_util::Full;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tests_support::pushes::{TOKEN, URL, now, signer, verifier};
use tower::{Layer, ServiceExt};
use tower_eventbridge::{
    ConfigError, Verifier, VerifyLayer,
    certificate::{AllowedUrl, CertificateCache, FetchError},
    signer::Signer,
};

/// The longest that a test waits for anything.
const PATIENCE: Duration = Duration::from_secs(20);

#[tokio::test(start_paused = true)]
async fn certificates_come_through_the_cache_and_a_replaced_key_is_met_at_the_next_try() {
    let fetches = Arc::new(AtomicUsize::new(0));
    let old = Signer::generate().unwrap();
    let answers = [old.certificate_pem().to_owned(), signer().certificate_pem().to_owned()];
    let counted = fetches.clone();
    let source = move |_: AllowedUrl| {
        let number = counted.fetch_add(1, Ordering::SeqCst);
        let answer = answers.get(number).cloned().ok_or_else(|| FetchError::unavailable("down"));
        async move { answer.map(Bytes::from) }
    };
    let start = tokio::time::Instant::now();
    let clock = move || now() + start.elapsed();
    let verifier =
        Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build().unwrap();
    let seen = Seen::default();
    let layer = VerifyLayer::builder(verifier).source(source).clock(clock).build().unwrap();
    let service = layer.layer(seen.service());
    let send = async |signer: &Signer| {
        let push = signer.push(URL).token(TOKEN).sign(clock()).unwrap().map(Full::new);
        service.clone().oneshot(push).await.unwrap().status().as_u16()
    };
    assert_eq!(send(&old).await, 200);
    assert_eq!(send(&old).await, 200);
    assert_eq!(fetches.load(Ordering::SeqCst), 1);

    tokio::time::sleep(Duration::from_secs(61)).await;
    assert_eq!(send(signer()).await, 401, "rejected at once");
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(send(signer()).await, 200, "the next try meets the new key");
    assert_eq!((fetches.load(Ordering::SeqCst), seen.count()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn an_outage_of_the_certificate_host_is_503_and_then_over() {
    let down = Arc::new(Mutex::new(true));
    let state = down.clone();
    let source = move |_: AllowedUrl| {
        let down = *state.lock().unwrap();
        async move {
            if down {
                return Err(FetchError::unavailable("down"));
            }
            Ok(Bytes::from_static(signer().certificate_pem().as_bytes()))
        }
    };
    let start = tokio::time::Instant::now();
    let clock = move || now() + start.elapsed();
    let verifier =
        Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build().unwrap();
    let layer = VerifyLayer::builder(verifier).source(source).clock(clock).build().unwrap();
    let service = layer.layer(Seen::default().service());
    let send = async || {
        let push = signer().push(URL).token(TOKEN).sign(clock()).unwrap().map(Full::new);
        service.clone().oneshot(push).await.unwrap()
    };
    let response = send().await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()["retry-after"], "5");
    *down.lock().unwrap() = false;
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(send().await.status(), 200);
}

/// A layer keeps its exact URLs warm from its first request on, in whatever runtime that is.
#[test]
fn exact_urls_are_warmed_in_whatever_runtime_serves() {
    let fetches = Arc::new(AtomicUsize::new(0));
    let counted = fetches.clone();
    let source = move |_: AllowedUrl| {
        counted.fetch_add(1, Ordering::SeqCst);
        async { Ok(Bytes::from_static(signer().certificate_pem().as_bytes())) }
    };
    let other = "https://certificates.example.com/other.pem";
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .certificate_url(other)
        .build()
        .unwrap();
    let late = Arc::new(AtomicU64::new(0));
    let hours = late.clone();
    let clock = move || now() + Duration::from_secs(3_600 * hours.load(Ordering::SeqCst));
    let layer = VerifyLayer::builder(verifier).source(source).clock(clock).build().unwrap();
    assert!(!layer.is_ready(), "the exact URL has no certificate yet");
    for fetched in 1..=2 {
        // The second runtime serves after the first has gone, and with it the first timer.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            for _ in 0..2 {
                let _ = layer.verify(push()).await;
            }
            let ready = async {
                while fetches.load(Ordering::SeqCst) < fetched || !layer.is_ready() {
                    tokio::task::yield_now().await;
                }
            };
            tokio::time::timeout(PATIENCE, ready).await.expect("a certificate is fetched");
        });
        assert_eq!(fetches.load(Ordering::SeqCst), fetched, "once, and not the one that was given");
        drop(runtime);
        late.fetch_add(25, Ordering::SeqCst);
        assert!(!layer.is_ready(), "too old");
    }
    assert!(builder().build().unwrap().is_ready(), "with every certificate given");
    let expired = include_str!("../../../fixtures/keys/rsa1024-expired.pem");
    let verifier = Verifier::builder().endpoint(URL).token(TOKEN).certificate(other, expired);
    let layer = builder_of(verifier.build().unwrap()).build().unwrap();
    assert!(!layer.is_ready(), "with one that is rejected");
}

/// On a system without TLS roots; this process again, as such a one.
#[cfg(target_os = "linux")]
#[test]
fn certificates_that_cannot_be_had_are_found_when_built() {
    // With certificates given there is nothing to fetch, so no client and no runtime are needed.
    assert!(VerifyLayer::new(verifier()).is_ok());
    if std::env::var_os("SSL_CERT_FILE").is_none_or(|file| file != "/nonexistent") {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args([
            "--exact",
            "layer::certificates::certificates_that_cannot_be_had_are_found_when_built",
        ]);
        again.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
        let output = again.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let fetching = Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build();
    let error = VerifyLayer::new(fetching.unwrap()).unwrap_err();
    let ConfigError::CertificateSource { error, .. } = error else { panic!("{error}") };
    assert!(error.to_string().contains("ca-certificates"), "{error}");
}

/// A constructor starts nothing; the explicit call and the question for readiness do.
#[test]
fn certificates_are_fetched_from_the_first_use_on() {
    let url = "https://certificates.example.com/b.pem";
    for name in ["spawn_refresh", "is_ready"] {
        let fetches = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&fetches);
        let source = move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
            async { Err::<Bytes, _>(FetchError::unavailable("down")) }
        };
        let verifier = Verifier::builder().endpoint(URL).token(TOKEN).certificate_url(url);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let layer = builder_of(verifier.build().unwrap()).source(source).build().unwrap();
            tokio::time::sleep(Duration::from_secs(10)).await;
            assert_eq!(fetches.load(Ordering::SeqCst), 0, "{name}: nobody asked yet");
            match name {
                "spawn_refresh" => layer.spawn_refresh(),
                _ => assert!(!layer.is_ready()),
            }
            tokio::time::sleep(Duration::from_secs(10)).await;
            assert_ne!(fetches.load(Ordering::SeqCst), 0, "{name}");
        });
    }
}

#[test]
fn a_source_and_a_cache_do_not_overwrite_each_other() {
    let source = |_| async { Err::<Bytes, _>(FetchError::unavailable("down")) };
    let cache = CertificateCache::new(source, now);
    for builder in [
        builder().source(source).source(source),
        builder().source(source).cache(cache.clone()),
        builder().cache(cache.clone()).source(source),
        builder().cache(cache.clone()).cache(cache),
    ] {
        assert_eq!(builder.build().unwrap_err(), ConfigError::CertificateSourceGivenTwice);
    }
}
