//! The layer: what reaches a handler, what a refused sender hears, and what it costs the others.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    collections::{HashMap, VecDeque},
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tower::{Layer, Service, ServiceExt, limit::ConcurrencyLimitLayer, service_fn};
use tower_eventbridge::{
    Authentic, ConfigError, Endpoint, Rejection, Verifier, VerifyLayer,
    certificate::{AllowedUrl, CertificateCache, FetchError, HttpsSource},
    signature::{RejectionKind, signature_headers},
    signer::{Forgery, SignWith, Signer},
    verify::{RejectedRequest, ResponseBody, VerifiedBody, Verify, VerifyLayerBuilder},
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_796_083_200) // 2026-12-01T00:00:00Z
}

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

fn verifier() -> Verifier {
    Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .build()
        .unwrap()
}

fn small_verifier(max_body_bytes: u64) -> Verifier {
    Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem())
        .max_body_bytes(max_body_bytes)
        .build()
        .unwrap()
}

fn builder() -> VerifyLayerBuilder {
    builder_of(verifier())
}

fn builder_of(verifier: Verifier) -> VerifyLayerBuilder {
    VerifyLayer::builder(verifier).clock(now)
}

fn push() -> Request<Full<Bytes>> {
    signer().push(URL).token(TOKEN).body("{\"a\":1}").sign(now()).unwrap().map(Full::new)
}

/// A body of frames, of which some never come.
struct Scripted(Vec<Step>);

enum Step {
    Frame(&'static str),
    Fails,
    Hangs,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<std::io::Result<Frame<Bytes>>>> {
        match self.0.first() {
            None => Poll::Ready(None),
            Some(Step::Hangs) => Poll::Pending,
            Some(Step::Fails) => Poll::Ready(Some(Err(std::io::Error::other("reset by peer")))),
            Some(Step::Frame(text)) => {
                let frame = Frame::data(Bytes::from_static(text.as_bytes()));
                self.0.remove(0);
                Poll::Ready(Some(Ok(frame)))
            }
        }
    }
}

fn scripted(steps: Vec<Step>) -> Request<Scripted> {
    let (parts, _) = push().into_parts();
    Request::from_parts(parts, Scripted(steps))
}

/// What the inner service saw.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<(HeaderMap, Authentic, Bytes)>>>);

impl Seen {
    fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }

    fn service(
        &self,
    ) -> impl Service<
        Request<VerifiedBody>,
        Response = Response<Full<Bytes>>,
        Error = Infallible,
        Future: Send,
    > + Clone
    + Send
    + use<> {
        let seen = self.clone();
        service_fn(move |request: Request<VerifiedBody>| {
            let seen = seen.clone();
            async move {
                let (parts, body) = request.into_parts();
                let authentic = parts.extensions.get::<Authentic>().unwrap().clone();
                let Ok(body) = body.collect().await;
                seen.0.lock().unwrap().push((parts.headers, authentic, body.to_bytes()));
                Ok(Response::new(Full::from("handled")))
            }
        })
    }
}

async fn answer<B>(response: Response<B>) -> (StatusCode, HeaderMap, Bytes)
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
}

#[tokio::test]
async fn a_handler_sees_the_proof_and_the_same_bytes() {
    let seen = Seen::default();
    let service = builder().build().unwrap().layer(seen.service());
    let mut request = push();
    request.headers_mut().insert("x-other", "kept".parse().unwrap());
    let response = service.oneshot(request).await.unwrap();
    assert_eq!(answer(response).await.2, "handled");

    let seen = seen.0.lock().unwrap();
    let (headers, authentic, body) = &seen[0];
    assert_eq!(body, "{\"a\":1}");
    assert_eq!(body.as_ptr(), authentic.body().as_ptr(), "without a copy");
    assert_eq!(authentic.url(), URL);
    assert_eq!(headers.get("x-other").unwrap(), "kept");
    for name in signature_headers() {
        assert!(!headers.contains_key(name), "{name} goes no further");
    }
}

/// S19: the sender learns the status and nothing else; the operator learns all.
#[tokio::test]
async fn refusals_of_one_status_are_alike_to_the_byte() {
    let seen = Seen::default();
    let verdicts = Arc::new(AtomicUsize::new(0));
    let counted = verdicts.clone();
    let layer = builder()
        .on_verdict(move |verdict| {
            assert!(verdict.is_err());
            counted.fetch_add(1, Ordering::SeqCst);
        })
        .build()
        .unwrap();
    let service = layer.layer(seen.service());
    let mut by_status: HashMap<StatusCode, (HeaderMap, Bytes)> = HashMap::new();
    let mut tried = 0;
    for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
        for &forgery in Forgery::ALL {
            let push = signer().push(URL).token(TOKEN).with(with).body("{}").forgery(forgery);
            let Ok(request) = push.sign(now()) else { continue };
            let response = service.clone().oneshot(request.map(Full::new)).await.unwrap();
            let rejection = response.extensions().get::<Rejection>().unwrap().clone();
            assert_eq!(rejection.kind(), forgery.refused_as(with), "{forgery:?}");
            let (status, headers, body) = answer(response).await;
            assert_eq!(status, rejection.kind().status(), "{forgery:?}");
            let same = by_status.entry(status).or_insert_with(|| (headers.clone(), body.clone()));
            assert_eq!(*same, (headers, body), "{forgery:?}");
            tried += 1;
        }
    }
    let mut get = push();
    *get.method_mut() = http::Method::GET;
    let (status, headers, _) = answer(service.oneshot(get).await.unwrap()).await;
    assert_eq!(
        (status, headers["allow"].to_str().unwrap()),
        (StatusCode::METHOD_NOT_ALLOWED, "POST")
    );
    assert_eq!(by_status[&StatusCode::UNAUTHORIZED].1, "{\"status\":\"rejected\"}");
    assert!(by_status[&StatusCode::UNAUTHORIZED].0.contains_key("www-authenticate"));
    assert_eq!(seen.count(), 0, "no handler ran");
    assert_eq!(verdicts.load(Ordering::SeqCst), tried + 1, "each verdict once");
}

#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_end_well() {
    let seen = Seen::default();
    let service = builder().build().unwrap().layer(seen.service());
    let started = tokio::time::Instant::now();
    for (steps, kind, status) in [
        (vec![Step::Frame("{\"a\""), Step::Fails], RejectionKind::BodyIncomplete, 400),
        (vec![Step::Frame("{\"a\""), Step::Hangs], RejectionKind::BodyTimeout, 408),
    ] {
        let response = service.clone().oneshot(scripted(steps)).await.unwrap();
        assert_eq!(response.extensions().get::<Rejection>().unwrap().kind(), kind);
        assert_eq!(response.status().as_u16(), status);
    }
    assert_eq!(started.elapsed(), Duration::from_secs(10), "the deadline of a body in all");

    // Split anywhere, it is the same body.
    let frames = vec![Step::Frame("{"), Step::Frame(""), Step::Frame("\"a\":"), Step::Frame("1}")];
    assert_eq!(service.oneshot(scripted(frames)).await.unwrap().status(), 200);
    assert_eq!(seen.count(), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_read_beyond_the_limit() {
    let service = builder_of(small_verifier(7)).build().unwrap().layer(Seen::default().service());
    // What hangs would be waited for, if it were read.
    let over = vec![Step::Frame("{\"a\":1}"), Step::Frame("x"), Step::Hangs];
    let response = service.clone().oneshot(scripted(over)).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);

    let mut declared = scripted(vec![Step::Hangs]);
    declared.headers_mut().insert("content-length", "8".parse().unwrap());
    let started = tokio::time::Instant::now();
    let response = service.oneshot(declared).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_cap_on_bytes_in_flight_is_given_back() {
    let seen = Seen::default();
    let service = builder_of(small_verifier(10)).max_body_in_flight(10).build().unwrap();
    let service = service.layer(seen.service());
    let slow = tokio::spawn({
        let service = service.clone();
        let steps = vec![Step::Frame("{\"a\":"), Step::Hangs];
        async move { service.oneshot(scripted(steps)).await.unwrap().status() }
    });
    tokio::task::yield_now().await;
    let full = service.clone().oneshot(push()).await.unwrap();
    assert_eq!(full.extensions().get::<Rejection>().unwrap().kind(), RejectionKind::Overloaded);
    let (status, headers, _) = answer(full).await;
    assert_eq!(
        (status, headers["retry-after"].to_str().unwrap()),
        (StatusCode::SERVICE_UNAVAILABLE, "5")
    );
    assert_eq!(slow.await.unwrap(), StatusCode::REQUEST_TIMEOUT);
    for _ in 0..3 {
        assert_eq!(service.clone().oneshot(push()).await.unwrap().status(), 200);
    }
}

/// A piece that grows has room to spare, which is memory all the same.
#[tokio::test(start_paused = true)]
async fn in_flight_is_what_buffers_hold() {
    let service = builder_of(small_verifier(60)).max_body_in_flight(60).build().unwrap();
    let service = service.layer(Seen::default().service());
    let hanging = |frames: [&'static str; 2]| {
        let [first, second] = frames.map(Step::Frame);
        tokio::spawn(service.clone().oneshot(scripted(vec![first, second, Step::Hangs])))
    };
    // 33 bytes, and room for 64, of which the limit leaves 60.
    let slow = hanging(["{\"a\":", "\"aaaaaaaaaaaaaaaaaaaaaaaaaaa"]);
    tokio::task::yield_now().await;
    let kind = async || {
        let response = service.clone().oneshot(scripted(vec![Step::Frame("{\"a\":1234}")])).await;
        response.unwrap().extensions().get::<Rejection>().map(Rejection::kind)
    };
    assert_eq!(kind().await, Some(RejectionKind::Overloaded), "60 and 10 bytes");
    // What is too large is so at any load: who is told to come back later would come back for ever.
    let large = service.clone().oneshot(scripted(vec![Step::Frame(SIXTY_ONE)])).await.unwrap();
    assert_eq!(large.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(slow.await.unwrap().unwrap().status(), StatusCode::REQUEST_TIMEOUT);
    assert_eq!(kind().await, Some(RejectionKind::SignatureMismatch));
}

const SIXTY_ONE: &str = "0123456789012345678901234567890123456789012345678901234567890";

/// A stranger's slow request holds no permit of the inner service.
#[tokio::test(start_paused = true)]
async fn readiness_is_awaited_after_the_proof() {
    let seen = Seen::default();
    let inner = ConcurrencyLimitLayer::new(1).layer(seen.service());
    let service = builder().build().unwrap().layer(inner);
    let mut strangers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let service = service.clone();
        strangers.spawn(async move {
            service.oneshot(scripted(vec![Step::Hangs])).await.unwrap().status()
        });
    }
    tokio::task::yield_now().await;
    let started = tokio::time::Instant::now();
    assert_eq!(service.oneshot(push()).await.unwrap().status(), 200);
    assert_eq!(started.elapsed(), Duration::ZERO);
    assert!(strangers.join_all().await.iter().all(|status| *status == StatusCode::REQUEST_TIMEOUT));
}

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
    assert_eq!(send(signer()).await, 401, "refused at once");
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

#[tokio::test]
async fn responses_can_be_replaced() {
    let layer = builder().response(|_| {
        let mut response = Response::new(Bytes::from_static(b"no"));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    });
    let service = layer.build().unwrap().layer(Seen::default().service());
    let forged = signer().push(URL).token(TOKEN).forgery(Forgery::Stale).sign(now()).unwrap();
    let (status, _, body) = answer(service.oneshot(forged.map(Full::new)).await.unwrap()).await;
    assert_eq!((status, body), (StatusCode::IM_A_TEAPOT, Bytes::from_static(b"no")));
}

#[tokio::test]
async fn requests_can_be_verified_without_tower() {
    let layer = builder().build().unwrap();
    let (authentic, request) = layer.verify(push()).await.unwrap();
    assert_eq!(authentic.body(), "{\"a\":1}");
    assert!(request.extensions().get::<Authentic>().is_some());
    let forged = signer().push(URL).token(TOKEN).forgery(Forgery::Stale).sign(now()).unwrap();
    let refusal = layer.verify(forged.map(Full::new)).await.unwrap_err();
    assert_eq!(refusal.rejection().kind(), RejectionKind::TimestampStale);
    let response = refusal.into_response();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    assert!(response.extensions().get::<Rejection>().is_some());
    // The answer is the layer's in all.
    let mut get = push();
    *get.method_mut() = http::Method::GET;
    let response = layer.verify(get).await.unwrap_err().into_response();
    assert_eq!(response.headers()["allow"], "POST");
}

/// Bytes count until the handler has answered, and not until the client has read the answer.
#[tokio::test]
async fn bytes_are_in_flight_until_the_service_has_answered() {
    let gate = Arc::new(tokio::sync::Notify::new());
    let entered = Arc::new(tokio::sync::Notify::new());
    let (opened, waiting) = (gate.clone(), entered.clone());
    let inner = service_fn(move |request: Request<VerifiedBody>| {
        let (opened, waiting) = (opened.clone(), waiting.clone());
        async move {
            drop(request);
            waiting.notify_one();
            opened.notified().await;
            Ok::<_, Infallible>(Response::new(Full::from("handled")))
        }
    });
    let layer = builder_of(small_verifier(7)).max_body_in_flight(7).build().unwrap();
    let service = layer.layer(inner);
    let status = async |request| service.clone().oneshot(request).await.unwrap().status().as_u16();
    let first = tokio::spawn(service.clone().oneshot(push()));
    entered.notified().await;
    assert_eq!(status(push()).await, 503, "while the handler runs");
    gate.notify_one();
    let unread = first.await.unwrap().unwrap();
    gate.notify_one();
    assert_eq!(status(push()).await, 200);
    drop(unread);
}

/// Frames of any kind of buffer, and inner services that fail in their own way.
#[tokio::test]
async fn any_body_and_any_inner_error() {
    #[derive(Clone, Copy)]
    struct Failing {
        when_ready: bool,
    }
    impl Service<Request<VerifiedBody>> for Failing {
        type Response = Response<Full<Bytes>>;
        type Error = &'static str;
        type Future = std::future::Ready<Result<Self::Response, &'static str>>;

        fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), &'static str>> {
            Poll::Ready(if self.when_ready { Err("not ready") } else { Ok(()) })
        }

        fn call(&mut self, _: Request<VerifiedBody>) -> Self::Future {
            std::future::ready(Err("failed"))
        }
    }
    let layer = builder().build().unwrap();
    for (when_ready, error) in [(true, "not ready"), (false, "failed")] {
        let service = layer.layer(Failing { when_ready });
        assert_eq!(service.clone().oneshot(push()).await.unwrap_err(), error);
        let mut forged = push();
        forged.headers_mut().remove("x-eventbridge-signature-token");
        assert_eq!(
            service.oneshot(forged).await.unwrap().status(),
            400,
            "a refusal needs no service"
        );
    }
    let chunks = ["{\"a\"", ":1}"].map(|text| VecDeque::from(text.as_bytes().to_vec()));
    let body = Chunks(chunks.into());
    let seen = Seen::default();
    let response = layer.layer(seen.service()).oneshot(push().map(|_| body)).await.unwrap();
    assert_eq!((response.status().as_u16(), seen.count()), (200, 1));
}

/// A body of buffers that are not `Bytes`.
struct Chunks(Vec<VecDeque<u8>>);

impl Body for Chunks {
    type Data = VecDeque<u8>;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<VecDeque<u8>>, &'static str>>> {
        let more = !self.0.is_empty();
        Poll::Ready(more.then(|| Ok(Frame::data(self.0.remove(0)))))
    }
}

#[test]
fn limits_that_cannot_work_are_found_when_built() {
    for (builder, named) in [
        (builder().max_body_in_flight(1024 * 1024 - 1), "max_body_in_flight"),
        (builder().body_timeout(Duration::MAX), "body_timeout"),
    ] {
        match builder.build().unwrap_err() {
            ConfigError::InvalidLimit { setting, .. } => assert_eq!(setting, named),
            other => panic!("{other}"),
        }
    }
    assert!(builder().max_body_in_flight(1024 * 1024).build().is_ok());
}

/// A body of so many bytes in frames of 64 KiB that counts what is taken of it.
struct Counted {
    left: u64,
    taken: Arc<AtomicU64>,
    dropped: Option<tokio::sync::oneshot::Sender<()>>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return Poll::Ready(None);
        }
        self.left -= 64 * 1024;
        self.taken.fetch_add(64 * 1024, Ordering::SeqCst);
        Poll::Ready(Some(Ok(Frame::data(Bytes::from(vec![0; 64 * 1024])))))
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let _ = self.dropped.take().unwrap().send(());
    }
}

/// A sender that still writes must not meet a reset instead of the answer: what a refusal leaves is read, but not for
/// ever.
#[tokio::test(start_paused = true)]
async fn the_rest_of_a_refused_body_is_read_within_limits() {
    const MIB: u64 = 1024 * 1024;
    let service = builder().build().unwrap().layer(Seen::default().service());
    for (sent, read) in [(MIB, MIB), (4 * MIB, 4 * MIB), (64 * MIB, 4 * MIB + 64 * 1024)] {
        let taken = Arc::new(AtomicU64::new(0));
        let (dropped, ended) = tokio::sync::oneshot::channel();
        let mut request =
            push().map(|_| Counted { left: sent, taken: taken.clone(), dropped: Some(dropped) });
        request.headers_mut().remove("x-eventbridge-signature-token");
        let response = service.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 400);
        assert!(!response.headers().contains_key("connection"));
        ended.await.unwrap();
        assert_eq!(taken.load(Ordering::SeqCst), read, "of {sent}");
    }

    // Who waits for `100 Continue` sends no body: what came next would be another request.
    let taken = Arc::new(AtomicU64::new(0));
    let (dropped, mut ended) = tokio::sync::oneshot::channel();
    let body = Counted { left: MIB, taken: taken.clone(), dropped: Some(dropped) };
    let mut expecting = push().map(|_| body);
    expecting.headers_mut().insert("expect", "100-continue".parse().unwrap());
    expecting.headers_mut().remove("x-eventbridge-signature-token");
    let response = service.clone().oneshot(expecting).await.unwrap();
    assert_eq!(response.headers()["connection"], "close");
    assert!(ended.try_recv().is_ok());
    assert_eq!(taken.load(Ordering::SeqCst), 0);

    // One that hangs is let go after 2 s; one that says that it is too long is not begun, and the sender is told.
    let started = tokio::time::Instant::now();
    let (dropped, ended) = tokio::sync::oneshot::channel();
    struct Hanging(Option<tokio::sync::oneshot::Sender<()>>, u64);
    impl Drop for Hanging {
        fn drop(&mut self) {
            let _ = self.0.take().unwrap().send(());
        }
    }
    impl Body for Hanging {
        type Data = Bytes;
        type Error = Infallible;
        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
        fn size_hint(&self) -> http_body::SizeHint {
            http_body::SizeHint::with_exact(self.1)
        }
    }
    let mut hanging = push().map(|_| Hanging(Some(dropped), MIB));
    hanging.headers_mut().remove("x-eventbridge-signature-token");
    let response = service.clone().oneshot(hanging).await.unwrap();
    assert_eq!((response.status().as_u16(), started.elapsed()), (400, Duration::ZERO));
    ended.await.unwrap();
    assert_eq!(started.elapsed(), Duration::from_secs(2));

    for (version, connection) in
        [(http::Version::HTTP_11, Some("close")), (http::Version::HTTP_2, None)]
    {
        let (dropped, mut ended) = tokio::sync::oneshot::channel();
        let mut long = push().map(|_| Hanging(Some(dropped), 4 * MIB + 1));
        *long.version_mut() = version;
        long.headers_mut().insert("content-length", "4194305".parse().unwrap());
        let response = service.clone().oneshot(long).await.unwrap();
        assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
        let header = response.headers().get("connection").map(|value| value.to_str().unwrap());
        assert_eq!(header, connection, "{version:?}");
        assert!(ended.try_recv().is_ok(), "dropped at once");
    }
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
            while fetches.load(Ordering::SeqCst) < fetched || !layer.is_ready() {
                tokio::task::yield_now().await;
            }
        });
        assert_eq!(fetches.load(Ordering::SeqCst), fetched, "once, and not the one that was given");
        drop(runtime);
        late.fetch_add(25, Ordering::SeqCst);
        assert!(!layer.is_ready(), "too old");
    }
    assert!(builder().build().unwrap().is_ready(), "with every certificate given");
    let expired = include_str!("../fixtures/keys/rsa1024-expired.pem");
    let verifier = Verifier::builder().endpoint(URL).token(TOKEN).certificate(other, expired);
    let layer = builder_of(verifier.build().unwrap()).build().unwrap();
    assert!(!layer.is_ready(), "with one that is refused");
}

/// Without the setting the feature changes nothing, and the operator reads the cure.
#[tokio::test]
async fn a_nested_router_without_the_setting_is_told_about_it() {
    use axum::{Router, routing::post};

    let url = "https://hooks.example.com/a/events";
    let verifier = Verifier::builder()
        .endpoint(url)
        .token(TOKEN)
        .certificate(signer().certificate_url(), signer().certificate_pem());
    let layer = builder_of(verifier.build().unwrap()).build().unwrap();
    let inner = Router::new().route("/events", post(async || "let through")).layer(layer);
    let app = Router::new().nest("/a", inner);
    let push = signer().push(url).token(TOKEN).sign(now()).unwrap().map(Full::new);
    let response = app.oneshot(push).await.unwrap();
    assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    let rejection = response.extensions().get::<Rejection>().unwrap().to_string();
    for part in ["\"/events\"", "\"/a/events\"", "original_uri()", "seen_as"] {
        assert!(rejection.contains(part), "{part}: {rejection}");
    }
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

/// `Router::nest` cuts the prefix off, at every level; the endpoint is the path that arrived.
#[tokio::test]
async fn nested_routers_are_judged_by_the_path_that_arrived() {
    use axum::{Extension, Router, extract::Request as AxumRequest, routing::post};

    async fn handler(Extension(authentic): Extension<Authentic>, request: AxumRequest) -> String {
        assert!(authentic.url().ends_with("/a/b/events"));
        request.uri().path().to_owned()
    }
    let url = "https://hooks.example.com/a/b/events";
    let inner = |endpoint: Endpoint| {
        let verifier = Verifier::builder()
            .endpoint(endpoint)
            .token(TOKEN)
            .certificate(signer().certificate_url(), signer().certificate_pem());
        let layer = VerifyLayer::builder(verifier.build().unwrap()).clock(now).original_uri();
        Router::new().route("/events", post(handler)).layer(layer.build().unwrap())
    };
    for endpoint in [Endpoint::exact(url), Endpoint::origin("https://hooks.example.com")] {
        let app = Router::new().nest("/a", Router::new().nest("/b", inner(endpoint)));
        let good = signer().push(url).token(TOKEN).sign(now()).unwrap().map(Full::new);
        let response = app.clone().oneshot(good).await.unwrap();
        let (status, _, body) = {
            let (parts, body) = response.into_parts();
            (parts.status, parts.headers, body.collect().await.unwrap().to_bytes())
        };
        assert_eq!(
            (status.as_u16(), &body[..]),
            (200, &b"/events"[..]),
            "the router sees its own part"
        );
        // A push to what the path is cut down to is one to another URL.
        let cut =
            signer().push("https://hooks.example.com/events").token(TOKEN).seen_as("/a/b/events");
        let response = app.oneshot(cut.sign(now()).unwrap().map(Full::new)).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED);
    }
}

/// Real sockets: axum, layered, over HTTP/1.1 and HTTP/2.
#[tokio::test]
async fn an_axum_router_serves_verified_pushes_only() {
    use axum::{Extension, Router, routing::post};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    async fn handler(Extension(authentic): Extension<Authentic>, body: Bytes) -> String {
        assert_eq!(authentic.body(), &body);
        format!("{} {}", authentic.scheme(), body.len())
    }
    let hooks = Router::new().route("/events", post(handler));
    let app = Router::new().merge(hooks).layer(builder().build().unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });

    let connect = async || TokioIo::new(tokio::net::TcpStream::connect(address).await.unwrap());
    let (mut h1, connection) =
        hyper::client::conn::http1::handshake(connect().await).await.unwrap();
    tokio::spawn(connection);
    let executor = TokioExecutor::new();
    let (mut h2, connection) =
        hyper::client::conn::http2::handshake(executor, connect().await).await.unwrap();
    tokio::spawn(connection);

    for with in [SignWith::V1, SignWith::V2] {
        for forgery in [None, Some(Forgery::TamperedBody), Some(Forgery::OtherToken)] {
            let mut push = signer().push(URL).token(TOKEN).with(with).body("{\"a\":1}");
            if let Some(forgery) = forgery {
                push = push.forgery(forgery);
            }
            let request = || push.sign(now()).unwrap().map(Full::new);
            h1.ready().await.unwrap();
            let over_h1 = h1.send_request(request()).await.unwrap();
            let mut request = request();
            request.headers_mut().remove("host");
            *request.uri_mut() = "http://anything.example/events".parse().unwrap();
            let over_h2 = h2.send_request(request).await.unwrap();
            for response in [over_h1, over_h2] {
                let (status, _, body) = answer(response).await;
                match forgery {
                    None => assert_eq!(
                        (status.as_u16(), body),
                        (200, format!("{} 7", with_name(with)).into())
                    ),
                    Some(_) => assert_eq!(
                        (status.as_u16(), &body[..]),
                        (401, &b"{\"status\":\"rejected\"}"[..])
                    ),
                }
            }
        }
    }
}

fn with_name(with: SignWith) -> &'static str {
    if with == SignWith::V1 { "v1" } else { "v2" }
}

/// On a system without TLS roots; this process again, as such a one.
#[cfg(target_os = "linux")]
#[test]
fn certificates_that_cannot_be_had_are_found_when_built() {
    // With certificates given there is nothing to fetch, so no client and no runtime are needed.
    assert!(VerifyLayer::new(verifier()).is_ok());
    if std::env::var_os("SSL_CERT_FILE").is_none_or(|file| file != "/nonexistent") {
        let mut again = std::process::Command::new(std::env::current_exe().unwrap());
        again.args(["--exact", "certificates_that_cannot_be_had_are_found_when_built"]);
        again.env("SSL_CERT_FILE", "/nonexistent").env("SSL_CERT_DIR", "/nonexistent");
        let output = again.output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && text.contains("1 passed"), "{text}");
        return;
    }
    let fetching = Verifier::builder().endpoint(URL).token(TOKEN).region("cn-hangzhou").build();
    match VerifyLayer::new(fetching.unwrap()).unwrap_err() {
        ConfigError::CertificateSource { error, .. } => {
            assert!(error.to_string().contains("ca-certificates"), "{error}");
        }
        other => panic!("{other}"),
    }
}

/// What users rely on without saying so.
#[test]
fn types_can_be_shared_sent_and_kept() {
    fn all<T: Clone + Send + Sync + std::fmt::Debug + 'static>(_: &T) {}
    fn sent<T: Send + 'static>(_: &T) {}
    let layer = builder().build().unwrap();
    all(&layer);
    let service = layer.layer(service_fn(|_: Request<VerifiedBody>| async {
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
    }));
    fn cloned<T: Clone + Send + Sync + 'static>(_: &T) {}
    cloned(&service);
    let mut service: Verify<_> = service;
    sent(&service.call(push()));
    let shared = layer.clone();
    sent(&async move { shared.verify(push()).await.is_ok() });
    fn named<T: Send + Sync + 'static>() {}
    named::<VerifiedBody>();
    named::<ResponseBody<Full<Bytes>>>();
    named::<RejectedRequest>();
    named::<Rejection>();
    named::<CertificateCache>();
    named::<HttpsSource>();
    named::<ConfigError>();
}
