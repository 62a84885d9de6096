//! What is read of a body until its verdict, kept within a bound of memory.

use std::{
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tokio::sync::oneshot;

/// The memory that bodies may take until their verdict.
pub struct Memory {
    /// The most bytes that a body may have.
    max_body: usize,
    /// The memory of the bodies that are kept now.
    kept: AtomicUsize,
}

impl Memory {
    pub fn new(max_body: usize) -> Self {
        Self { max_body, kept: AtomicUsize::new(0) }
    }
}

/// A body, and what is read of it if that is to be kept.
pub struct Tee<B> {
    body: B,
    keep: Option<Arc<Keep>>,
    /// Closed when the body is gone.
    _gone: Option<oneshot::Sender<()>>,
}

/// What was read of a body until its verdict.
pub struct Keep(Mutex<Keeping>);

enum Keeping {
    Reading(Kept),
    Ended(Kept),
    TooMuch,
    /// Nothing is kept: the verdict is there, or no body would be written.
    Not,
}

/// A body as it is captured.
pub enum Body {
    Whole(Kept),
    /// It was not read to its end: half a body would be replayed as another one.
    Unread,
    /// It was not kept, for want of memory.
    TooMuch,
}

/// Bytes that count until they are dropped. Copied, because a frame of one byte may hold on to a
/// whole buffer.
pub struct Kept {
    pub bytes: Vec<u8>,
    memory: Arc<Memory>,
}

impl Kept {
    /// `Err` if there is no room for more.
    fn push(&mut self, data: &[u8]) -> Result<(), ()> {
        let length = self.bytes.len() + data.len();
        if length > self.memory.max_body {
            return Err(());
        }
        if length > self.bytes.capacity() {
            let more = length.max(2 * self.bytes.capacity()) - self.bytes.capacity();
            let fits = |kept: usize| kept.checked_add(more).filter(|kept| *kept <= MAX_KEPT);
            let kept = &self.memory.kept;
            kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| ())?;
            self.bytes.reserve_exact(self.bytes.capacity() + more - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.memory.kept.fetch_sub(self.bytes.capacity(), Ordering::Relaxed);
    }
}

impl Keep {
    /// Keeps a body in this memory, or nothing if there is none for it.
    pub fn new(memory: Option<&Arc<Memory>>) -> Arc<Self> {
        let keeping = match memory {
            Some(memory) => {
                Keeping::Reading(Kept { bytes: Vec::new(), memory: Arc::clone(memory) })
            }
            None => Keeping::Not,
        };
        Arc::new(Self(Mutex::new(keeping)))
    }

    fn read<D: AsRef<[u8]>>(&self, data: Option<D>) {
        let mut keeping = lock(&self.0);
        *keeping = match (std::mem::replace(&mut *keeping, Keeping::Not), data) {
            (Keeping::Reading(kept), None) => Keeping::Ended(kept),
            (Keeping::Reading(mut kept), Some(data)) => match kept.push(data.as_ref()) {
                Ok(()) => Keeping::Reading(kept),
                Err(()) => Keeping::TooMuch,
            },
            (other @ (Keeping::Ended(_) | Keeping::TooMuch | Keeping::Not), _) => other,
        };
    }

    /// The body, of which nothing is kept from now on.
    pub fn end(&self) -> Body {
        match std::mem::replace(&mut *lock(&self.0), Keeping::Not) {
            Keeping::Ended(kept) => Body::Whole(kept),
            Keeping::TooMuch => Body::TooMuch,
            Keeping::Reading(_) | Keeping::Not => Body::Unread,
        }
    }
}

impl<B: http_body::Body> Tee<B> {
    /// Keeps what is read also after the verdict. The receiver ends when the body is gone.
    pub fn watched(body: B, keep: &Arc<Keep>) -> (Self, oneshot::Receiver<()>) {
        if body.is_end_stream() {
            // Nobody asks for an empty one.
            keep.read(None::<&[u8]>);
        }
        let (sender, gone) = oneshot::channel();
        (Self { body, keep: Some(Arc::clone(keep)), _gone: Some(sender) }, gone)
    }
}

impl<B> Tee<B> {
    pub fn new(body: B, keep: Option<Arc<Keep>>) -> Self {
        Self { body, keep, _gone: None }
    }
}

impl<B: http_body::Body<Data = Bytes> + Unpin> http_body::Body for Tee<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let next = Pin::new(&mut self.body).poll_frame(context);
        if let Some(keep) = &self.keep {
            match &next {
                Poll::Ready(Some(Ok(frame))) => {
                    if let Some(data) = frame.data_ref() {
                        keep.read(Some(data));
                    }
                }
                Poll::Ready(None) => keep.read(None::<&[u8]>),
                Poll::Ready(Some(Err(_))) | Poll::Pending => {}
            }
        }
        next
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What the bodies of all requests together may hold in one memory, beside --max-body-in-flight.
pub const MAX_KEPT: usize = 8 * 1024 * 1024;
