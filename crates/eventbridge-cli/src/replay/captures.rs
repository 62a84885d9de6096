//! Captures in a folder, by their name, and dead-letter messages.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
use serde::{Deserialize, de::IgnoredAny};
use tower_eventbridge::envelope::{EventAttributes, event_texts};

use crate::{
    capture_lines::CaptureLines,
    explain::head_file,
    usage::{UsageError, program, read},
};

/// A push that can be sent again.
pub struct Capture {
    pub name: String,
    /// The types of its events, as far as they can be read.
    pub types: Vec<String>,
    /// What was known when it was captured.
    pub lines: CaptureLines,
    body: Body,
    /// `None`: a dead-letter message.
    headers: Option<HeaderMap>,
    /// When it arrived or happened, in milliseconds since 1970.
    time: i64,
}

enum Body {
    File(PathBuf),
    Read(Bytes),
}

/// Reads one capture, or those of a folder in order of time.
pub fn found_at(path: &Path) -> Result<Vec<Capture>, UsageError> {
    if path.is_dir() {
        return in_folder(path);
    }
    let stem = match path.extension().and_then(|extension| extension.to_str()) {
        Some("head" | "body") => path.with_extension("").into_os_string(),
        Some(_) | None => path.as_os_str().to_owned(),
    };
    if with_extension(&stem, "head").is_file() {
        return match pair(&stem)? {
            Some(capture) => Ok(vec![capture]),
            None => Err(wrong(path, NO_BODY)),
        };
    }
    dead_letters(path)
}

fn in_folder(folder: &Path) -> Result<Vec<Capture>, UsageError> {
    let mut captures = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
        let path = entry.map_err(|error| wrong(folder, error))?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            // One that cannot be read does not keep the others back.
            Some("head") => match pair(path.with_extension("").as_os_str()) {
                Ok(Some(capture)) => captures.push(capture),
                Ok(None) => eprintln!("{}: {}: left out: {NO_BODY}", program(), path.display()),
                Err(error) => eprintln!("{}: left out: {error}", program()),
            },
            Some("json") => captures.extend(dead_letters(&path)?),
            Some(_) | None => {}
        }
    }
    // Numbers of one length are in order as text.
    captures.sort_by(|left, right| {
        let key = |capture: &Capture| (capture.time, capture.name.len());
        key(left).cmp(&key(right)).then_with(|| left.name.cmp(&right.name))
    });
    Ok(captures)
}

/// Reads the head and the body that have a name; `None` if there is no body.
fn pair(stem: &std::ffi::OsStr) -> Result<Option<Capture>, UsageError> {
    let (head, body) = (with_extension(stem, "head"), with_extension(stem, "body"));
    let parsed = head_file::parse(&read(OPTION, &head)?).map_err(|error| wrong(&head, error))?;
    if !body.is_file() {
        return Ok(None);
    }
    let lines = CaptureLines::of(&parsed.headers);
    let signed = parsed.headers.get("x-eventbridge-signature-timestamp");
    let signed = signed.and_then(|value| value.to_str().ok()?.parse().ok());
    let time = lines.time.or(signed).unwrap_or_else(|| modified(&head));
    let types = types(&read(OPTION, &body)?).unwrap_or_default();
    let headers = Some(parsed.headers);
    let (name, body) = (name(Path::new(stem)), Body::File(body));
    Ok(Some(Capture { name, types, lines, body, headers, time }))
}

/// Reads a file that is an event as JSON, or several; or dead letters as `eventbridge local` gives
/// them, each of which is sent alone.
fn dead_letters(file: &Path) -> Result<Vec<Capture>, UsageError> {
    let body = Bytes::from(read(OPTION, file)?);
    let name = name(file);
    let letters = local_letters(&body);
    if letters.is_empty() {
        return Ok(vec![dead_letter(file, name, body)?]);
    }
    let alone = letters.len() == 1;
    let letters = letters.into_iter().map(|LocalLetter { number, event, .. }| {
        let name = if alone { name.clone() } else { format!("{name}#{number}") };
        dead_letter(file, name, Bytes::from(event))
    });
    letters.collect()
}

fn dead_letter(file: &Path, name: String, body: Bytes) -> Result<Capture, UsageError> {
    let types = types(&body).map_err(|reason| {
        let what = "is neither a capture (NAME.head and NAME.body) nor an event as JSON";
        wrong(file, format_args!("{what}: {reason}"))
    })?;
    let happened =
        EventAttributes::from_slice(&body).ok().and_then(|event| event.parse_time().ok()?);
    Ok(Capture {
        name,
        types,
        lines: CaptureLines::default(),
        body: Body::Read(body),
        headers: None,
        time: happened.map_or_else(|| modified(file), millis),
    })
}

/// A dead letter of `eventbridge local`, as `/local/dead-letters/NUMBER` answers it.
#[derive(Deserialize)]
struct LocalLetter {
    number: u64,
    event: String,
    /// An event has it, a letter has not.
    #[serde(default)]
    specversion: Option<IgnoredAny>,
}

/// What `/local/dead-letters` answers.
#[derive(Deserialize)]
struct LocalLetters {
    dead_letters: Vec<LocalLetter>,
}

/// Returns the letters of a file that holds one, several or a page of them, and of any other none.
fn local_letters(json: &[u8]) -> Vec<LocalLetter> {
    let one = || serde_json::from_slice::<LocalLetter>(json).map(|letter| vec![letter]);
    let page = || serde_json::from_slice::<LocalLetters>(json).map(|page| page.dead_letters);
    let several = || serde_json::from_slice::<Vec<LocalLetter>>(json);
    let letters = one().or_else(|_| page()).or_else(|_| several()).unwrap_or_default();
    let is_event = |letter: &LocalLetter| letter.specversion.is_some();
    if letters.iter().any(is_event) { Vec::new() } else { letters }
}

impl Capture {
    /// Reads the body.
    pub fn body(&self) -> Result<Bytes, UsageError> {
        match &self.body {
            Body::File(file) => read(OPTION, file).map(Bytes::from),
            Body::Read(bytes) => Ok(bytes.clone()),
        }
    }

    /// Whether it was not proved authentic when it was captured. Who chose a dead-letter message
    /// vouches for it.
    pub fn is_rejected(&self) -> bool {
        self.has_head() && self.lines.url.is_none()
    }

    /// Whether its handler failed. EventBridge dead-letters nothing else.
    pub fn failed(&self) -> bool {
        let failed = self.lines.status.is_some_and(|status| !(200..300).contains(&status));
        failed || self.headers.is_none()
    }

    /// A header of the captured push.
    pub fn header(&self, name: &str) -> Option<&HeaderValue> {
        self.headers.as_ref().and_then(|headers| headers.get(name))
    }

    pub fn content_type(&self) -> Option<&HeaderValue> {
        self.header(header::CONTENT_TYPE.as_str())
    }

    /// Whether it is a capture, and not a dead-letter message.
    pub fn has_head(&self) -> bool {
        self.headers.is_some()
    }
}

fn types(body: &[u8]) -> Result<Vec<String>, String> {
    let texts = event_texts(body).map_err(|error| error.to_string())?;
    let read = |text: &str| EventAttributes::from_slice(text.as_bytes());
    let types = texts.iter().map(|text| read(text).map(|event| event.event_type().to_owned()));
    types.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

fn with_extension(stem: &std::ffi::OsStr, extension: &str) -> PathBuf {
    let mut name = OsString::from(stem);
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// The last part of the path, on one line whatever it holds.
fn name(path: &Path) -> String {
    let name = path.file_name().unwrap_or(path.as_os_str());
    name.to_string_lossy().escape_debug().to_string()
}

fn modified(file: &Path) -> i64 {
    fs::metadata(file).and_then(|metadata| metadata.modified()).map_or(0, millis)
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

fn wrong(path: &Path, reason: impl std::fmt::Display) -> UsageError {
    UsageError::new(OPTION, format_args!("{}: {reason}", path.display()))
}

const OPTION: &str = "CAPTURE";
const NO_BODY: &str = "there is no body: the push was rejected before its body was read";
