//! `--capture` and `--capture-dir`: pushes as the files that `explain` and `replay` read.

mod run;

use std::{
    collections::{HashMap, HashSet},
    fs,
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::UNIX_EPOCH,
};

use clap::ValueEnum;
use http::{HeaderName, StatusCode, header, request::Parts};
use tower_eventbridge::{
    Authentic, Rejection,
    clock::{Clock, SystemClock},
    signature::{RejectionKind, signature_headers},
};

pub use self::run::{capturing, noting_proof};
use super::tee::{Body, MAX_KEPT, Memory, lock};
use crate::{capture_lines::CaptureLines, usage::UsageError};

/// Which pushes are captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Captured {
    /// Those that do not pass as authentic
    Refused,
    /// Those that do, with the status of their handler
    Accepted,
    All,
}

/// Where pushes are written, a few of each kind.
pub struct CaptureDir {
    captured: Captured,
    folder: PathBuf,
    tokens: Vec<String>,
    /// The heads of an earlier run.
    there: HashSet<String>,
    /// How many of each kind there are, as far as is known.
    taken: Mutex<HashMap<&'static str, u32>>,
    /// Of the bodies that are kept until their verdict.
    memory: Arc<Memory>,
}

impl CaptureDir {
    /// Makes the folder if there is none, for its owner only.
    pub fn new(
        folder: &Path,
        captured: Captured,
        tokens: Vec<String>,
        max_body: u64,
    ) -> Result<Self, UsageError> {
        let usage = |error: io::Error| {
            UsageError::new("--capture-dir", format_args!("{}: {error}", folder.display()))
        };
        if !folder.is_dir() {
            fs::DirBuilder::new().mode(0o700).create(folder).map_err(usage)?;
        }
        let names = captured
            .kinds()
            .flat_map(|kind| (0..QUOTA).map(move |number| format!("{kind}-{number}")));
        let there = names.filter(|name| folder.join(format!("{name}.head")).exists()).collect();
        Ok(Self {
            captured,
            folder: folder.to_owned(),
            tokens,
            there,
            taken: Mutex::default(),
            memory: Arc::new(Memory::new(usize::try_from(max_body).unwrap_or(usize::MAX))),
        })
    }

    /// Rejects a folder that cannot be made. Makes nothing.
    pub fn check(folder: &Path) -> Result<(), UsageError> {
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
        if folder.is_dir() || !folder.exists() && parent.is_none_or(Path::is_dir) {
            return Ok(());
        }
        let reason = "is not a folder, and cannot be made one: give a folder in one that exists";
        Err(UsageError::new("--capture-dir", format_args!("{}: {reason}", folder.display())))
    }

    /// Whether a push of any kind would still be written.
    fn has_room(&self) -> bool {
        let mut taken = lock(&self.taken);
        self.captured.kinds().any(|kind| self.free(&mut taken, kind).is_some())
    }

    /// The memory for the body of a rejected push, while one would still be written. No other kind
    /// has a whole one.
    fn memory_for_body(&self) -> Option<&Arc<Memory>> {
        let kind = RejectionKind::SignatureMismatch.as_str();
        let has_room =
            self.captured.has_rejected() && self.free(&mut lock(&self.taken), kind).is_some();
        has_room.then_some(&self.memory)
    }

    /// Writes head and body of a rejected push, unless there are enough of its kind.
    fn write_rejected(self: &Arc<Self>, rejection: &Rejection, head: &Parts, body: Body) {
        if !self.captured.has_rejected() {
            return;
        }
        let too_much = matches!(body, Body::TooMuch);
        let Some(name) = self.take(rejection.kind().as_str(), too_much) else { return };
        let head = self.head_of(head, &self.lines());
        let dir = Arc::clone(self);
        tokio::task::spawn_blocking(move || match body {
            Body::Whole(kept) => dir.write_as(&name, &head, Some(&kept.bytes)),
            Body::Unread | Body::TooMuch => dir.write_as(&name, &head, None),
        });
    }

    /// Writes head and body of a push that passed as authentic, and how its handler answered.
    fn write_accepted(self: &Arc<Self>, proof: &Authentic, head: &Parts, status: StatusCode) {
        let kind = if status.is_success() { ACCEPTED } else { FAILED };
        let Some(name) = self.take(kind, false) else { return };
        let lines = CaptureLines {
            status: Some(status.as_u16()),
            url: Some(proof.url().to_owned()),
            endpoint: Some(proof.endpoint().to_owned()),
            ..self.lines()
        };
        let head = self.head_of(head, &lines);
        let (dir, proof) = (Arc::clone(self), proof.clone());
        tokio::task::spawn_blocking(move || dir.write_as(&name, &head, Some(proof.body())));
    }

    fn lines(&self) -> CaptureLines {
        let now = SystemClock::new().now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let time = i64::try_from(now.as_millis()).ok();
        CaptureLines { time, ..CaptureLines::default() }
    }

    /// A name of the kind, taken before it is written, so that no more are under way than may be.
    fn take(&self, kind: &'static str, too_much: bool) -> Option<String> {
        let mut taken = lock(&self.taken);
        let number = self.free(&mut taken, kind)?;
        if too_much {
            tracing::warn!("a push is not captured: --capture-dir keeps {MAX_KEPT} bytes at most");
            return None;
        }
        taken.insert(kind, number + 1);
        Some(format!("{kind}-{number}"))
    }

    fn write_as(&self, name: &str, head: &[u8], body: Option<&[u8]>) {
        let written = self.create(name, "head", head).and_then(|()| match body {
            Some(bytes) => self.create(name, "body", bytes),
            None => Ok(()),
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

    /// What is judged of a head, the content type, and nothing else; a token by its place among
    /// ours.
    fn head_of(&self, parts: &Parts, lines: &CaptureLines) -> Vec<u8> {
        // CONNECT names an authority, which is no target of a push.
        let target = match parts.uri.path_and_query() {
            Some(_) => parts.uri.to_string(),
            None => "*".to_owned(),
        };
        let mut head = format!("{} {target} HTTP/1.1\n", parts.method).into_bytes();
        for (name, value) in &parts.headers {
            if !is_kept(name) {
                continue;
            }
            let redacted = match name.as_str() {
                "x-eventbridge-signature-token" => self.redacted(value.as_bytes()).into_bytes(),
                _ => value.as_bytes().to_vec(),
            };
            head.extend([name.as_str().as_bytes(), b": ", &redacted, b"\n"].concat());
        }
        head.extend(lines.to_string().into_bytes());
        head
    }

    fn redacted(&self, token: &[u8]) -> String {
        match self.tokens.iter().position(|known| known.as_bytes() == token) {
            Some(index) => format!("<redacted:{index}>"),
            None => "<redacted>".to_owned(),
        }
    }
}

impl Captured {
    fn has_rejected(self) -> bool {
        match self {
            Self::Refused | Self::All => true,
            Self::Accepted => false,
        }
    }

    fn has_accepted(self) -> bool {
        match self {
            Self::Accepted | Self::All => true,
            Self::Refused => false,
        }
    }

    /// What captures are named after, each with a quota of its own.
    fn kinds(self) -> impl Iterator<Item = &'static str> {
        let rejected = self.has_rejected().then_some(RejectionKind::ALL).into_iter().flatten();
        let accepted = self.has_accepted().then_some([ACCEPTED, FAILED]).into_iter().flatten();
        rejected.map(|kind| kind.as_str()).chain(accepted)
    }
}

fn is_kept(name: &HeaderName) -> bool {
    signature_headers().contains(name)
        || [header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::CONTENT_TYPE].contains(name)
}

/// A push whose handler answered 2xx.
const ACCEPTED: &str = "accepted";
/// A push whose handler answered anything else.
const FAILED: &str = "failed";
/// Of each kind.
const QUOTA: u32 = 10;
