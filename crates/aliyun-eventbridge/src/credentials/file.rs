//! The vendor's credentials file: INI sections of `type`, `access_key_id`, `access_key_secret`.

use std::{env, io::Read as _, path::Path, path::PathBuf};

use zeroize::Zeroizing;

use super::{Credentials, CredentialsError};

/// A credentials file is read up to this many bytes.
const MOST_BYTES: u64 = 64 * 1024;

/// Returns the file that `ALIBABA_CLOUD_CREDENTIALS_FILE` names, or the first that exists of
/// `~/.alibabacloud/credentials` and `~/.alibabacloud/credentials.ini`.
#[must_use]
pub fn default_file() -> Option<PathBuf> {
    let given = |name: &str| env::var_os(name).filter(|value| !value.is_empty());
    if let Some(file) = given("ALIBABA_CLOUD_CREDENTIALS_FILE") {
        return Some(file.into());
    }
    let home = PathBuf::from(given("HOME").or_else(|| given("USERPROFILE"))?);
    ["credentials", "credentials.ini"]
        .iter()
        .map(|name| home.join(".alibabacloud").join(name))
        .find(|file| file.is_file())
}

/// Reads a section of a credentials file of at most 64 KiB. The vendor's tools use the section
/// `default`, or the one that `ALIBABA_CLOUD_PROFILE` names.
///
/// # Errors
///
/// Fails if the file cannot be read or is too large, and as [`from_ini`] does.
pub fn from_file(file: &Path, profile: &str) -> Result<Credentials, CredentialsError> {
    let name = file.display();
    let failed = |cause| CredentialsError::with_cause(format!("{name} cannot be read"), cause);
    let opened = std::fs::File::open(file).map_err(failed)?;
    let mut text = Zeroizing::new(String::new());
    opened.take(MOST_BYTES + 1).read_to_string(&mut text).map_err(failed)?;
    if u64::try_from(text.len()).is_ok_and(|length| length > MOST_BYTES) {
        return Err(CredentialsError::new(format!("{name} has more than {MOST_BYTES} bytes")));
    }
    from_ini(&text, profile)
        .map_err(|error| CredentialsError::new(format!("{name}: {}", error.what)))
}

/// Reads a section of the text of a credentials file: `type = access_key`, or `type = sts` with
/// `security_token`. Lines that begin with `#` or `;` are comments, and so is what follows a `#`.
///
/// ```
/// use aliyun_eventbridge::credentials::from_ini;
///
/// let text = "[default]\ntype = access_key\naccess_key_id = LTAIexample\n\
///     access_key_secret = s3cret\n";
/// assert_eq!(from_ini(text, "default")?.access_key_id(), "LTAIexample");
/// assert!(from_ini(text, "staging").is_err());
/// # Ok::<(), aliyun_eventbridge::credentials::CredentialsError>(())
/// ```
///
/// # Errors
///
/// Fails if the section is absent, doubled, of another type, switched off, or lacks a value.
pub fn from_ini(text: &str, profile: &str) -> Result<Credentials, CredentialsError> {
    let mut found = None;
    let mut inside = false;
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim) {
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(section) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            inside = section.trim() == profile;
            if inside && found.is_some() {
                return Err(CredentialsError::new(format!("two sections [{profile}]")));
            }
            if inside {
                found = Some(Section::default());
            }
        } else if let (true, Some(section)) = (inside, found.as_mut()) {
            section.line(line, profile)?;
        }
    }
    let absent = || CredentialsError::new(format!("no section [{profile}]"));
    found.ok_or_else(absent)?.credentials(profile)
}

#[derive(Default)]
struct Section<'a> {
    kind: Option<&'a str>,
    id: Option<&'a str>,
    secret: Option<&'a str>,
    token: Option<&'a str>,
    enable: Option<&'a str>,
}

impl<'a> Section<'a> {
    fn line(&mut self, line: &'a str, profile: &str) -> Result<(), CredentialsError> {
        let Some((name, value)) = line.split_once('=') else {
            return Err(CredentialsError::new(format!("[{profile}] has a line without `=`")));
        };
        let value = value.split_once('#').map_or(value, |(value, _)| value).trim();
        let place = match name.trim() {
            "type" => &mut self.kind,
            "access_key_id" => &mut self.id,
            "access_key_secret" => &mut self.secret,
            "security_token" => &mut self.token,
            "enable" => &mut self.enable,
            _ => return Ok(()),
        };
        if place.replace(value).is_some() {
            let name = name.trim();
            return Err(CredentialsError::new(format!("[{profile}] has `{name}` twice")));
        }
        Ok(())
    }

    fn credentials(self, profile: &str) -> Result<Credentials, CredentialsError> {
        let needed = |name: &str, value: Option<&'a str>| {
            value.ok_or_else(|| CredentialsError::new(format!("[{profile}] lacks `{name}`")))
        };
        if self.enable.is_some_and(|value| value.eq_ignore_ascii_case("false")) {
            return Err(CredentialsError::new(format!("[{profile}] has `enable = false`")));
        }
        let kind = needed("type", self.kind)?;
        if kind != "access_key" && kind != "sts" {
            return Err(CredentialsError::new(format!(
                "[{profile}] has a `type` other than `access_key` and `sts`; \
                 implement `CredentialsSource` for it"
            )));
        }
        let id = needed("access_key_id", self.id)?;
        let found = Credentials::new(id, needed("access_key_secret", self.secret)?)?;
        if kind == "sts" {
            return found.with_security_token(needed("security_token", self.token)?);
        }
        Ok(found)
    }
}
