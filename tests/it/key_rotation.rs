//! Certificates that change while pushes come: a key that is replaced under its URL, and a
//! certificate that ends while it is fetched.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tests_support::pushes::{TOKEN, URL};

use bytes::Bytes;
use http_body_util::Full;
use tower_eventbridge::{
    Verifier, VerifyLayer,
    certificate::{AllowedUrl, FetchError},
    signature::RejectionKind,
    signer::{SignWith, Signer},
};

fn verifier() -> Verifier {
    Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build().unwrap()
}

/// What a push comes to: `None` if it is authentic.
async fn rejected_as(
    layer: &VerifyLayer,
    signer: &Signer,
    with: SignWith,
    now: SystemTime,
) -> Option<RejectionKind> {
    let push = signer.push(URL).token(TOKEN).with(with).sign(now).unwrap();
    let rejection = layer.verify(push.map(Full::new)).await.err()?;
    Some(rejection.rejection().kind())
}

/// Under the old key a v1 push fails already where its secret is recovered: that too may mean a new
/// key, or every push would be rejected until the old certificate is an hour old.
#[tokio::test(start_paused = true)]
async fn a_replaced_key_is_met_at_the_next_try_under_either_scheme() {
    for (with, first) in [
        (SignWith::V1, RejectionKind::SecretInvalid),
        (SignWith::V2, RejectionKind::SignatureMismatch),
    ] {
        let [old, new] = [(); 2].map(|()| Signer::generate().unwrap());
        let fetches = Arc::new(AtomicUsize::new(0));
        let (counted, start) = (fetches.clone(), tokio::time::Instant::now());
        let pems = [old.certificate_pem().to_owned(), new.certificate_pem().to_owned()];
        let source = move |_: AllowedUrl| {
            let pem = pems.get(counted.fetch_add(1, Ordering::SeqCst)).cloned();
            async move { pem.map(Bytes::from).ok_or_else(|| FetchError::unavailable("down")) }
        };
        // 2026-12-01T00:00:00Z and on
        let now = move || UNIX_EPOCH + Duration::from_secs(1_796_083_200) + start.elapsed();
        let layer = VerifyLayer::builder(verifier()).source(source).clock(now).build().unwrap();
        assert_eq!(rejected_as(&layer, &old, with, now()).await, None);

        tokio::time::sleep(Duration::from_secs(61)).await;
        assert_eq!(rejected_as(&layer, &new, with, now()).await, Some(first));
        tokio::time::sleep(Duration::from_millis(1)).await;
        assert_eq!(rejected_as(&layer, &new, with, now()).await, None, "after {first}");
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
    }
}

/// A certificate is judged by the time at which it is used, and not by that at which the push came.
#[tokio::test(start_paused = true)]
async fn a_certificate_that_ends_while_it_is_fetched_is_rejected() {
    let pem = include_str!("../../fixtures/keys/rsa1024-expired.pem");
    let last_second = UNIX_EPOCH + Duration::from_secs(1_640_995_199); // 2021-12-31T23:59:59Z
    let signer =
        Signer::from_private_key_pem(include_str!("../../fixtures/keys/rsa1024.key")).unwrap();
    for (fetch_takes, rejected) in [(0, None), (1_500, Some(RejectionKind::CertificateInvalid))] {
        let start = tokio::time::Instant::now();
        let now = move || last_second + start.elapsed();
        let source = move |_: AllowedUrl| async move {
            tokio::time::sleep(Duration::from_millis(fetch_takes)).await;
            Ok(Bytes::from_static(pem.as_bytes()))
        };
        let layer = VerifyLayer::builder(verifier()).source(source).clock(now).build().unwrap();
        assert_eq!(rejected_as(&layer, &signer, SignWith::V2, now()).await, rejected);
    }
}
