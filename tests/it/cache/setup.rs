//! A source that counts fetches, and URLs that a policy allows.

use bytes::Bytes;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, UNIX_EPOCH},
};
use tokio::time::{Instant, sleep};
use tower_eventbridge::{
    Verifier,
    certificate::{AllowedUrl, Certificate, CertificateCache, FetchError},
    signer::Signer,
};

pub(super) const HOST: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com";

pub(super) fn file(name: &str) -> Bytes {
    std::fs::read(format!("{}/fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR")))
        .unwrap()
        .into()
}

/// A URL that a policy for cn-hangzhou allows, obtained as the layer obtains it: from a checked
/// head.
pub(super) fn region_url(number: u64) -> AllowedUrl {
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

pub(super) fn exact_url(url: &str) -> AllowedUrl {
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
pub(super) enum Answer {
    Bytes(Bytes),
    Down,
    Gone,
    Hangs,
    After(Duration, Bytes),
    Panics,
}

/// A source that counts, and answers as it was told last.
#[derive(Clone)]
pub(super) struct World {
    pub(super) default: Arc<Mutex<Answer>>,
    pub(super) answers: Arc<Mutex<HashMap<String, Answer>>>,
    pub(super) fetches: Arc<Mutex<HashMap<String, usize>>>,
    pub(super) start: Instant,
    pub(super) cache: CertificateCache,
}

impl World {
    pub(super) fn new(default: Answer) -> Self {
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

    pub(super) fn now_answers(&self, answer: Answer) {
        *self.default.lock().unwrap() = answer;
    }

    pub(super) fn answers(&self, url: &AllowedUrl, answer: Answer) {
        self.answers.lock().unwrap().insert(url.to_string(), answer);
    }

    pub(super) fn fetches(&self) -> usize {
        self.fetches.lock().unwrap().values().sum()
    }

    pub(super) fn fetches_of(&self, url: &AllowedUrl) -> usize {
        self.fetches.lock().unwrap().get(url.as_str()).copied().unwrap_or_default()
    }

    pub(super) async fn get(&self, url: &AllowedUrl) -> Result<Certificate, String> {
        self.cache.get(url).await.map_err(|error| chain(&error))
    }

    pub(super) async fn key(&self, url: &AllowedUrl) -> String {
        self.get(url).await.unwrap().public_key_fingerprint().to_string()
    }

    pub(super) fn waited(&self) -> Duration {
        self.start.elapsed()
    }
}

pub(super) fn good() -> Answer {
    Answer::Bytes(file("rsa1024"))
}

pub(super) fn key_of(name: &str) -> String {
    Certificate::from_pem_or_der(&file(name)).unwrap().public_key_fingerprint().to_string()
}

/// Lets background tasks run; paused time moves by the wait.
pub(super) async fn wait(seconds: u64) {
    sleep(Duration::from_secs(seconds)).await;
}

/// An error and its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
