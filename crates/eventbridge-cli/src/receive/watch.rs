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

use http::{Request, Response, StatusCode};
use tokio::{sync::Semaphore, time};
use tower::{Service, ServiceExt};
use tower_eventbridge::{
    Authentic, Rejection,
    clock::{Clock, SystemClock},
    signature::RejectionKind,
    verify::VerifiedBody,
};

use super::tee::{self, Keep, Memory, Tee, lock};
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
    late: Arc<Semaphore>,
}

impl Watch {
    pub fn new(verdicts: Verdicts) -> Self {
        let memory = Arc::new(Memory::new(MOST_BODY));
        Self(Arc::new(Watching { verdicts, memory, late: Arc::new(Semaphore::new(MOST_LATE)) }))
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
    S: Service<Request<Tee<B>>, Response = Response<R>, Error = Infallible>,
    B: http_body::Body,
{
    let (mut head, body) = request.into_parts();
    let Some(Watch(watch)) = watch else {
        let body = Tee::new(body, None);
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
    let keep = Keep::new(Some(&watch.memory));
    let (tee, gone) = Tee::watched(body, &keep);
    let answer = Answer(Some(Arc::clone(&told)));
    let response = service.oneshot(Request::from_parts(head, tee)).await?;
    answer.told(response.status());
    if let Some(rejection) = response.extensions().get::<Rejection>().cloned()
        && let Some(arrived) = told.taken()
    {
        let (status, kind) = (response.status(), rejection.kind());
        let tell = move |watch: &Watching| {
            let body = body_of(&keep);
            watch.verdicts.rejected(arrived, body, rejection, status);
        };
        // The layer still reads the rest of a body that the verdict did not need. The answer does
        // not wait for it, but the page does.
        match Arc::clone(&watch.late).try_acquire_owned() {
            Ok(turn) if is_read_late(kind) => {
                tokio::spawn(async move {
                    let _ = time::timeout(LATEST, gone).await;
                    tell(&watch);
                    drop(turn);
                });
            }
            Ok(_) | Err(_) => tell(&watch),
        }
    }
    Ok(response)
}

fn body_of(keep: &Keep) -> Body {
    match keep.end() {
        tee::Body::Whole(kept) => Body::Whole(kept.bytes.as_slice().to_vec()),
        tee::Body::TooMuch => Body::NoRoom,
        tee::Body::Unread => Body::Unread,
    }
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

/// Whether a slip can explain a rejection for which no body was read.
fn is_read_late(kind: RejectionKind) -> bool {
    matches!(
        kind,
        RejectionKind::TokenMismatch
            | RejectionKind::EndpointMismatch
            | RejectionKind::SecretInvalid
    )
}

/// A body that has more bytes is not kept, 1 MiB.
const MOST_BODY: usize = 1024 * 1024;
const MOST_LATE: usize = 16;
const LATEST: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
