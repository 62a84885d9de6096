//! `--capture-dir`: refused pushes as the files that `explain` reads.

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, header, request::Parts};
use http_body::{Frame, SizeHint};
use tower_eventbridge::{
    Rejection,
    signature::{RejectionKind, signature_headers},
};

use crate::usage::UsageError;

/// Where refused pushes are written, a few of each kind.
pub struct CaptureDir {
    folder: PathBuf,
    tokens: Vec<String>,
    /// The heads of an earlier run.
    there: HashSet<String>,
    /// How many of each kind there are, as far as is known.
    taken: Mutex<HashMap<&'static str, u32>>,
    /// The most bytes that a body may have.
    max_body: usize,
    /// The memory of the bodies that are kept until their verdict.
    kept: AtomicUsize,
}

impl CaptureDir {
    /// Makes the folder if there is none, for its owner only.
    pub fn new(folder: &Path, tokens: Vec<String>, max_body: u64) -> Result<Self, UsageError> {
        let usage = |error: io::Error| {
            UsageError::new("--capture-dir", format_args!("{}: {error}", folder.display()))
        };
        if !folder.is_dir() {
            fs::DirBuilder::new().mode(0o700).create(folder).map_err(usage)?;
        }
        let names = (RejectionKind::ALL.iter())
            .flat_map(|kind| (0..QUOTA).map(move |number| format!("{}-{number}", kind.as_str())));
        let there = names.filter(|name| folder.join(format!("{name}.head")).exists()).collect();
        Ok(Self {
            folder: folder.to_owned(),
            tokens,
            there,
            taken: Mutex::default(),
            max_body: usize::try_from(max_body).unwrap_or(usize::MAX),
            kept: AtomicUsize::new(0),
        })
    }

    /// Whether a push of any kind would still be written.
    pub fn has_room(&self) -> bool {
        let mut taken = lock(&self.taken);
        RejectionKind::ALL.iter().any(|kind| self.free(&mut taken, kind.as_str()).is_some())
    }

    /// Whether a body would still be written. Of no other kind is there a whole one.
    fn has_room_for_bodies(&self) -> bool {
        self.free(&mut lock(&self.taken), RejectionKind::SignatureMismatch.as_str()).is_some()
    }

    /// Writes head and body of a refused push, unless there are enough of its kind.
    pub fn write(self: &Arc<Self>, rejection: &Rejection, head: Parts, body: Body) {
        let kind = rejection.kind().as_str();
        let name = {
            let mut taken = lock(&self.taken);
            let Some(number) = self.free(&mut taken, kind) else { return };
            if matches!(body, Body::TooMuch) {
                tracing::warn!(
                    "a push is not captured: --capture-dir keeps {MAX_KEPT} bytes at most"
                );
                return;
            }
            // Taken before it is written, so that no more are under way than may be.
            taken.insert(kind, number + 1);
            format!("{kind}-{number}")
        };
        let dir = Arc::clone(self);
        tokio::task::spawn_blocking(move || dir.write_as(&name, &head, &body));
    }

    fn write_as(&self, name: &str, head: &Parts, body: &Body) {
        let written = self.create(name, "head", &self.head_of(head)).and_then(|()| match body {
            Body::Whole(kept) => self.create(name, "body", &kept.bytes),
            Body::Unread | Body::TooMuch => Ok(()),
        });
        match written {
            Ok(()) => tracing::info!("captured a push as {name} in --capture-dir"),
            Err(error) => tracing::warn!("--capture-dir: {name}: {error}"),
        }
    }

    /// The next number of a kind.
    fn free(&self, taken: &mut HashMap<&'static str, u32>, kind: &'static str) -> Option<u32> {
        let next = taken.entry(kind).or_default();
        while self.there.contains(&format!("{kind}-{next}")) {
            *next += 1;
        }
        (*next < QUOTA).then_some(*next)
    }

    fn create(&self, name: &str, extension: &str, content: &[u8]) -> io::Result<()> {
        let path = self.folder.join(format!("{name}.{extension}"));
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(content)
    }

    /// What is judged of a head and nothing else; a token by its place among ours.
    fn head_of(&self, parts: &Parts) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\n", parts.method, parts.uri).into_bytes();
        for (name, value) in &parts.headers {
            if !is_judged(name) {
                continue;
            }
            let redacted = match name.as_str() {
                "x-eventbridge-signature-token" => self.redacted(value.as_bytes()).into_bytes(),
                _ => value.as_bytes().to_vec(),
            };
            head.extend([name.as_str().as_bytes(), b": ", &redacted, b"\n"].concat());
        }
        head
    }

    fn redacted(&self, token: &[u8]) -> String {
        match self.tokens.iter().position(|known| known.as_bytes() == token) {
            Some(index) => format!("<redacted:{index}>"),
            None => "<redacted>".to_owned(),
        }
    }
}

fn is_judged(name: &HeaderName) -> bool {
    signature_headers().contains(name)
        || [header::CONTENT_LENGTH, header::CONTENT_ENCODING].contains(name)
}

/// A body, and what is read of it if that is to be kept.
pub struct Tee<B> {
    body: B,
    keep: Option<Arc<Keep>>,
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

/// Bytes that count until they are dropped. Copied, because a frame of one byte may hold on to a whole buffer.
pub struct Kept {
    bytes: Vec<u8>,
    dir: Arc<CaptureDir>,
}

impl Kept {
    /// `Err` if there is no room for more.
    fn push(&mut self, data: &[u8]) -> Result<(), ()> {
        let length = self.bytes.len() + data.len();
        if length > self.dir.max_body {
            return Err(());
        }
        if length > self.bytes.capacity() {
            let more = length.max(2 * self.bytes.capacity()) - self.bytes.capacity();
            let fits = |kept: usize| kept.checked_add(more).filter(|kept| *kept <= MAX_KEPT);
            let kept = &self.dir.kept;
            kept.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).map_err(|_| ())?;
            self.bytes.reserve_exact(self.bytes.capacity() + more - self.bytes.len());
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.dir.kept.fetch_sub(self.bytes.capacity(), Ordering::Relaxed);
    }
}

impl Keep {
    pub fn new(dir: &Arc<CaptureDir>) -> Arc<Self> {
        let keeping = match dir.has_room_for_bodies() {
            true => Keeping::Reading(Kept { bytes: Vec::new(), dir: Arc::clone(dir) }),
            false => Keeping::Not,
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

impl<B> Tee<B> {
    pub fn new(body: B, keep: Option<Arc<Keep>>) -> Self {
        Self { body, keep }
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Of each kind of refusal.
const QUOTA: u32 = 10;
/// What the bodies of all requests together may hold here, beside --max-body-in-flight.
const MAX_KEPT: usize = 8 * 1024 * 1024;
