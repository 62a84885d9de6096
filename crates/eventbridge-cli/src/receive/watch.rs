//! Tells the page of `--ui` the verdict and the answer of each push: a service in front of all
//! others, and one right behind the verifier.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode, header};
use http_body_util::BodyExt as _;
use tokio::{sync::Semaphore, time};
use tower::{Service, ServiceExt};
use tower_eventbridge::{
    Authentic, Rejection,
    clock::{Clock, SystemClock},
    signature::RejectionKind,
    verify::VerifiedBody,
};

use super::tee::{self, Keep, Lent, Memory, Tee, lock};
use crate::{
    explain::Accepted,
    ui::receive::{Arrived, Body, Verdicts},
};

/// What tells the page. Clones share it.
#[derive(Clone)]
pub struct Watch(Arc<Watching>);

struct Watching {
    verdicts: Verdicts,
    /// Of the bodies that are kept until their verdict.
    memory: Arc<Memory>,
    /// For bodies that are read after their verdict.
    late: Semaphore,
}

impl Watch {
    pub fn new(verdicts: Verdicts) -> Self {
        let memory = Arc::new(Memory::new(MOST_BODY));
        Self(Arc::new(Watching { verdicts, memory, late: Semaphore::new(MOST_LATE) }))
    }
}

/// One push under way, on the way to what is behind the verifier.
#[derive(Clone)]
struct UnderWay(Arc<Told>);

struct Told {
    verdicts: Verdicts,
    arrived: Mutex<Option<Arrived>>,
    /// Once the push is authentic.
    number: OnceLock<u64>,
    handled: AtomicBool,
}

/// Tells that nobody waited for the answer, unless it was told.
struct Answer(Option<Arc<Told>>);

impl Answer {
    fn told(mut self, status: StatusCode) {
        if let Some(told) = self.0.take() {
            told.answered(Some(status));
        }
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        if let Some(told) = self.0.take() {
            told.answered(None);
        }
    }
}

impl Told {
    fn taken(&self) -> Option<Arrived> {
        lock(&self.arrived).take()
    }

    fn answered(&self, status: Option<StatusCode>) {
        if let Some(number) = self.number.get() {
            self.verdicts.answered(*number, status, self.handled.load(Ordering::Relaxed));
        }
    }
}

/// Tells verdict and answer of a push.
pub async fn watching<S, B, R>(
    service: S,
    watch: Option<Watch>,
    request: Request<B>,
) -> Result<Response<R>, Infallible>
where
    S: Service<Request<Tee<Lent<B>>>, Response = Response<R>, Error = Infallible>,
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let (mut head, body) = request.into_parts();
    let Some(Watch(watch)) = watch else {
        let body = Tee::new(Lent::given(body), None);
        return service.oneshot(Request::from_parts(head, body)).await;
    };
    let arrived = Arrived::of(&head, SystemClock::new().now());
    let told = Arc::new(Told {
        verdicts: watch.verdicts.clone(),
        arrived: Mutex::new(Some(arrived)),
        number: OnceLock::new(),
        handled: AtomicBool::new(false),
    });
    head.extensions.insert(UnderWay(Arc::clone(&told)));
    let waits_for_leave = expects(&head.headers);
    let keep = Keep::new(Some(&watch.memory));
    let (body, mut returned) = Lent::new(body);
    let tee = Tee::new(body, Some(Arc::clone(&keep)));
    let answer = Answer(Some(Arc::clone(&told)));
    let response = service.oneshot(Request::from_parts(head, tee)).await?;
    answer.told(response.status());
    let arrived = told.taken();
    if let (Some(rejection), Some(arrived)) =
        (response.extensions().get::<Rejection>().cloned(), arrived)
    {
        if is_read_late(rejection.kind())
            && !waits_for_leave
            && let Ok(rest) = returned.try_recv()
        {
            read_late(&watch.late, rest, &keep).await;
        }
        let body = match keep.end() {
            tee::Body::Whole(kept) => Body::Whole(kept.bytes.as_slice().to_vec()),
            tee::Body::TooMuch => Body::NoRoom,
            tee::Body::Unread => Body::Unread,
        };
        watch.verdicts.rejected(arrived, body, &rejection, response.status());
    }
    Ok(response)
}

/// Tells that a push is authentic. Stands right behind the verifier.
pub async fn telling_proof<S, R>(
    service: S,
    request: Request<VerifiedBody>,
) -> Result<Response<R>, Infallible>
where
    S: Service<Request<VerifiedBody>, Response = Response<R>, Error = Infallible>,
{
    let extensions = request.extensions();
    if let (Some(UnderWay(told)), Some(proof)) =
        (extensions.get::<UnderWay>(), extensions.get::<Authentic>())
        && let Some(arrived) = told.taken()
    {
        let body = match proof.body().len() {
            length if length > MOST_BODY => Body::TooLarge(length),
            // Copied: the proof's may be a part of a larger buffer.
            _ => Body::Whole(proof.body().to_vec()),
        };
        let number = told.verdicts.accepted(arrived, body, Accepted::of(proof));
        // One request is verified once.
        let _ = told.number.set(number);
    }
    service.oneshot(request).await
}

/// Notes that a push got as far as its handler: it was not sent a second time.
pub async fn noting_handler<S, R>(
    service: S,
    request: Request<VerifiedBody>,
) -> Result<Response<R>, Infallible>
where
    S: Service<Request<VerifiedBody>, Response = Response<R>, Error = Infallible>,
{
    if let Some(UnderWay(told)) = request.extensions().get::<UnderWay>() {
        told.handled.store(true, Ordering::Relaxed);
    }
    service.oneshot(request).await
}

/// Reads a body that the verdict did not need: slips are found by the signature, which is over the
/// body. Waits for it next to not at all, and for a few at a time.
async fn read_late<B>(late: &Semaphore, body: B, keep: &Arc<Keep>)
where
    B: http_body::Body<Data = Bytes> + Unpin,
{
    let Ok(_turn) = late.try_acquire() else { return };
    let mut body = Tee::new(body, Some(Arc::clone(keep)));
    let read = async {
        let mut left = MOST_BODY;
        while let Some(Ok(frame)) = body.frame().await {
            let length = frame.data_ref().map_or(0, Bytes::len);
            let Some(less) = left.checked_sub(length) else { return };
            left = less;
        }
    };
    // What comes later is not kept.
    let _ = time::timeout(LATEST, read).await;
}

/// Whether a slip can explain a rejection for which no body was read.
fn is_read_late(kind: RejectionKind) -> bool {
    matches!(
        kind,
        RejectionKind::TokenMismatch
            | RejectionKind::EndpointMismatch
            | RejectionKind::SecretInvalid
    )
}

/// Whether the sender waits until it is told to send the body.
fn expects(headers: &HeaderMap) -> bool {
    headers.contains_key(header::EXPECT)
}

/// A body that has more bytes is not kept, 1 MiB.
const MOST_BODY: usize = 1024 * 1024;
const MOST_LATE: usize = 16;
const LATEST: Duration = Duration::from_millis(100);
