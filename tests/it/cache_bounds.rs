//! The certificate cache stays small, however many exact URLs are configured and whatever they
//! answer.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};

use bytes::Bytes;
use tower_eventbridge::{
    Verifier,
    certificate::{AllowedUrl, CertificateCache, FetchError},
};

const PEM: &[u8] = include_bytes!("../../fixtures/keys/rsa1024.pem");
const MOST: usize = 64;

fn urls(count: usize) -> Vec<AllowedUrl> {
    let mut verifier =
        Verifier::builder().endpoint("https://hooks.example.com/").token("5b0c0f6e7c0d4e5f8a9b");
    for number in 0..count {
        verifier = verifier.certificate_url(format!("https://mirror.example/{number}.pem"));
    }
    verifier.build().unwrap().exact_certificate_urls().cloned().collect()
}

/// A cache whose source answers so, and the URLs that were fetched.
fn cache(up: bool) -> (CertificateCache, Arc<Mutex<HashSet<String>>>) {
    let fetched: Arc<Mutex<HashSet<String>>> = Arc::default();
    let seen = Arc::clone(&fetched);
    let source = move |url: AllowedUrl| {
        seen.lock().unwrap().insert(url.to_string());
        async move {
            match up {
                true => Ok(Bytes::from_static(PEM)),
                false => Err(FetchError::unavailable("down")),
            }
        }
    };
    // 2026-12-01T00:00:00Z, always: no pause ends.
    let cache = CertificateCache::new(source, || UNIX_EPOCH + Duration::from_secs(1_796_083_200));
    (cache, fetched)
}

#[tokio::test]
async fn sixty_four_certificates_are_kept() {
    let (cache, _) = cache(true);
    let urls = urls(1_000);
    for url in &urls {
        cache.get(url).await.unwrap();
    }
    let kept: Vec<_> =
        urls.iter().enumerate().filter(|(_, url)| cache.kept(url).is_some()).collect();
    assert_eq!(kept.len(), MOST);
    assert!(kept.iter().all(|(number, _)| *number >= 1_000 - MOST), "the last ones: {kept:?}");
}

/// What is remembered of URLs that fail is bounded too. The cache forgets in batches, hence the
/// margin.
#[tokio::test]
async fn few_failures_are_remembered() {
    let (cache, fetched) = cache(false);
    let urls = urls(3_000);
    for url in &urls {
        cache.get(url).await.unwrap_err();
    }
    assert_eq!(fetched.lock().unwrap().len(), urls.len());
    fetched.lock().unwrap().clear();
    let mut held_back = 0;
    // From the last on, so that a failure that is remembered anew pushes out one that was looked
    // at.
    for url in urls.iter().rev() {
        cache.get(url).await.unwrap_err();
        held_back += usize::from(!fetched.lock().unwrap().contains(url.as_str()));
    }
    assert!((1..1_000).contains(&held_back), "{held_back} of {}", urls.len());
}
