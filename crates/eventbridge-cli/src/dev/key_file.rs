//! The file of the key: whole or not there, and for its owner only.

use std::{
    fs,
    hash::{BuildHasher, RandomState},
    io::{self, ErrorKind, Read, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use zeroize::Zeroizing;

use crate::usage::UsageError;

/// A key of this user's own: the option that needs it, its file, and how it is made.
pub struct KeyFile {
    pub option: &'static str,
    pub name: &'static str,
    pub made: fn() -> Result<Zeroizing<String>, Box<dyn std::error::Error>>,
}

/// Reads a key of the folder. Makes one first if there is none. The function understands its PEM.
pub fn loaded<T, E: std::fmt::Display>(
    folder: &Path,
    key: &KeyFile,
    understood: impl FnOnce(&str) -> Result<T, E>,
) -> Result<(PathBuf, T), UsageError> {
    let file = folder.join(key.name);
    let wrong = |reason: &dyn std::fmt::Display| {
        UsageError::new(key.option, format_args!("{}: {reason}", file.display()))
    };
    let found = match read(&file) {
        Err(Unread::Missing) => {
            make(folder, &file, key)
                .map_err(|error| wrong(&format_args!("no key can be made: {error}")))?;
            // The one of another start, if that was faster.
            read(&file)
        }
        found => found,
    };
    let again = format!("delete it by `rm {}`, and a new key is made", file.display());
    let pem = found.map_err(|problem| match problem {
        Unread::Missing => wrong(&"was removed meanwhile: start again"),
        Unread::OpenTo(mode) => {
            wrong(&format_args!("others can read or write the key (mode {mode:04o}): {again}"))
        }
        Unread::NotAKey(reason) => wrong(&format_args!("{reason}: {again}")),
        Unread::Failed(error) => wrong(&error),
    })?;
    let understood = understood(&pem)
        .map_err(|error| wrong(&format_args!("is not a whole key ({error}): {again}")))?;
    Ok((file, understood))
}

/// Why there is no key.
enum Unread {
    Missing,
    /// Others have access, by this mode.
    OpenTo(u32),
    NotAKey(&'static str),
    Failed(io::Error),
}

impl From<io::Error> for Unread {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the kinds are the standard library's")]
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::InvalidData => Self::NotAKey("is not text"),
            _ => Self::Failed(error),
        }
    }
}

fn read(file: &Path) -> Result<Zeroizing<String>, Unread> {
    let opened = fs::File::open(file)?;
    let metadata = opened.metadata()?;
    if !metadata.is_file() {
        return Err(Unread::NotAKey("is not a file"));
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Unread::OpenTo(mode));
    }
    let mut pem = Zeroizing::new(String::new());
    opened.take(LONGEST).read_to_string(&mut pem)?;
    Ok(pem)
}

/// Writes a new key beside the file, whole, and then gives it the file's name unless that is taken.
fn make(folder: &Path, file: &Path, key: &KeyFile) -> Result<(), Box<dyn std::error::Error>> {
    let pem = (key.made)()?;
    let number = RandomState::new().hash_one(0);
    let part = folder.join(format!("{}.{number:016x}.part", key.name));
    let named = write(&part, pem.as_bytes()).and_then(|()| {
        // A rename would take the name from the key of another start; a link does not.
        match fs::hard_link(&part, file) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            linked => linked,
        }
    });
    let removed = fs::remove_file(&part);
    named?;
    Ok(removed?)
}

fn write(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    file.write_all(content)?;
    file.sync_all()
}

/// An RSA key of 4096 bits has 3.3 KiB.
const LONGEST: u64 = 64 * 1024;
