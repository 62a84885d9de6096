//! Captures in a folder, by their name, and dead-letter messages.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, header};
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
    body: PathBuf,
    /// `None`: a dead-letter message.
    headers: Option<HeaderMap>,
    /// When it arrived or happened, in milliseconds since 1970.
    time: i64,
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
    dead_letter(path).map(|capture| vec![capture])
}

fn in_folder(folder: &Path) -> Result<Vec<Capture>, UsageError> {
    let mut captures = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| wrong(folder, error))? {
        let path = entry.map_err(|error| wrong(folder, error))?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("head") => match pair(path.with_extension("").as_os_str())? {
                Some(capture) => captures.push(capture),
                None => eprintln!("{}: {}: left out: {NO_BODY}", program(), path.display()),
            },
            Some("json") => captures.push(dead_letter(&path)?),
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
    Ok(Some(Capture { name: name(Path::new(stem)), types, lines, body, headers, time }))
}

/// Reads a file that is an event as JSON, or several.
fn dead_letter(file: &Path) -> Result<Capture, UsageError> {
    let body = read(OPTION, file)?;
    let types = types(&body).map_err(|reason| {
        let what = "is neither a capture (NAME.head and NAME.body) nor an event as JSON";
        wrong(file, format_args!("{what}: {reason}"))
    })?;
    let happened =
        EventAttributes::from_slice(&body).ok().and_then(|event| event.parse_time().ok()?);
    Ok(Capture {
        name: name(file),
        types,
        lines: CaptureLines::default(),
        body: file.to_owned(),
        headers: None,
        time: happened.map_or_else(|| modified(file), millis),
    })
}

impl Capture {
    /// Reads the body.
    pub fn body(&self) -> Result<Bytes, UsageError> {
        read(OPTION, &self.body).map(Bytes::from)
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
