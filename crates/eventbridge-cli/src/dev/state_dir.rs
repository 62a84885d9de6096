//! The folder in which the program keeps what belongs to this user.

use std::{
    env, fs,
    os::unix::fs::{DirBuilderExt, PermissionsExt},
    path::{Path, PathBuf},
};

use crate::usage::UsageError;

/// Returns the state folder, which is made for its owner only if there is none.
pub fn made(option: &str) -> Result<PathBuf, UsageError> {
    let folder = place(option)?;
    let wrong = |reason: &dyn std::fmt::Display| {
        UsageError::new(option, format_args!("{}: {reason}", folder.display()))
    };
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(|error| {
        wrong(&format_args!("the state folder cannot be made: {error}: set {VARIABLE}"))
    })?;
    let mode = fs::metadata(&folder).map_err(|error| wrong(&error))?.permissions().mode();
    // Who can write here can put another key in place of this one.
    if mode & 0o022 != 0 {
        let run = format!("run `chmod 700 {}`", folder.display());
        return Err(wrong(&format_args!("others can write to the state folder: {run}")));
    }
    Ok(folder)
}

/// Returns where the state folder is, by the XDG base directory specification. A relative path
/// counts as not given.
pub fn place(option: &str) -> Result<PathBuf, UsageError> {
    let given = |name: &str| {
        let value = env::var_os(name)?;
        let blank = value.to_str().is_some_and(|text| text.trim().is_empty());
        (!blank).then(|| PathBuf::from(value))
    };
    if let Some(folder) = given(VARIABLE) {
        return Ok(folder);
    }
    let state = given("XDG_STATE_HOME").filter(|folder| folder.is_absolute());
    let home = || given("HOME").map(|home| home.join(Path::new(".local/state")));
    let state = state.or_else(home).map(|folder| folder.join("eventbridge"));
    let reason = "there is no HOME for the state folder: set EVENTBRIDGE_STATE_DIR";
    state.ok_or_else(|| UsageError::new(option, reason))
}

const VARIABLE: &str = "EVENTBRIDGE_STATE_DIR";
