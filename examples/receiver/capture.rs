//! `--capture-dir`: refused pushes as the files that `explain` reads.

use std::{
    collections::HashMap,
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use bytes::Bytes;
use http::{HeaderName, header, request::Parts};
use http_body::{Body, Frame, SizeHint};
use tower_eventbridge::{Rejection, signature_headers};

use crate::usage::UsageError;

/// Where refused pushes are written, a few of each kind.
pub struct CaptureDir {
    folder: PathBuf,
    tokens: Vec<String>,
    /// How many of each kind there are, as far as is known.
    taken: Mutex<HashMap<&'static str, u32>>,
}

impl CaptureDir {
    /// Makes the folder if there is none, for its owner only.
    pub fn new(folder: &Path, tokens: Vec<String>) -> Result<Self, UsageError> {
        let usage = |error: io::Error| {
            UsageError::new("--capture-dir", format_args!("{}: {error}", folder.display()))
        };
        if !folder.is_dir() {
            fs::DirBuilder::new().mode(0o700).create(folder).map_err(usage)?;
        }
        Ok(Self { folder: folder.to_owned(), tokens, taken: Mutex::default() })
    }

    /// Writes head and body of a refused push, unless there are enough of its kind.
    pub fn write(&self, rejection: &Rejection, head: &Parts, body: Option<&[Bytes]>) {
        let kind = rejection.kind().as_str();
        let Some(name) = self.next_name(kind) else { return };
        let written =
            self.create(&name, "head", &[&self.head_of(head)]).and_then(|()| match body {
                Some(frames) => self.create(&name, "body", frames),
                None => Ok(()),
            });
        match written {
            Ok(()) => tracing::info!("captured a push as {name} in --capture-dir"),
            Err(error) => tracing::warn!("--capture-dir: {name}: {error}"),
        }
    }

    fn next_name(&self, kind: &'static str) -> Option<String> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = taken.entry(kind).or_default();
        while *taken < QUOTA {
            let name = format!("{kind}-{taken}");
            *taken += 1;
            // Of an earlier run.
            if !self.folder.join(format!("{name}.head")).exists() {
                return Some(name);
            }
        }
        None
    }

    fn create(&self, name: &str, extension: &str, parts: &[impl AsRef<[u8]>]) -> io::Result<()> {
        let path = self.folder.join(format!("{name}.{extension}"));
        let mut file =
            fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        parts.iter().try_for_each(|part| file.write_all(part.as_ref()))
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
    read: Option<Read>,
}

/// What was read of a body, and whether that is all of it.
pub type Read = Arc<Mutex<ReadSoFar>>;

#[derive(Default)]
pub struct ReadSoFar {
    pub frames: Vec<Bytes>,
    pub ended: bool,
}

impl<B> Tee<B> {
    pub fn new(body: B, read: Option<Read>) -> Self {
        Self { body, read }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Tee<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let next = Pin::new(&mut self.body).poll_frame(context);
        if let Some(read) = &self.read {
            let mut read = read.lock().unwrap_or_else(PoisonError::into_inner);
            match &next {
                Poll::Ready(Some(Ok(frame))) => read.frames.extend(frame.data_ref().cloned()),
                Poll::Ready(None) => read.ended = true,
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

/// Of each kind of refusal.
const QUOTA: u32 = 10;
