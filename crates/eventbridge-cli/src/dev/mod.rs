//! `--dev` and `local`: keys of this user's own, and where the receiver of the developer is.

mod key_file;
mod state_dir;

mod local;

use std::{net::IpAddr, path::PathBuf};

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tower_eventbridge::signer::Signer;

use self::key_file::KeyFile;
use crate::{hexadecimal::hexadecimal, usage::UsageError};

pub use local::LocalKeys;

/// What signs the pushes of `--dev`, and what its receiver trusts.
pub struct DevKey {
    pub signer: Signer,
    /// Made of the key, so that one file holds both.
    pub token: String,
    pub file: PathBuf,
}

impl DevKey {
    /// Reads the key in this user's state folder, and makes one if there is none.
    pub fn load() -> Result<Self, UsageError> {
        let folder = state_dir::made("--dev")?;
        let (file, signer) = key_file::loaded(&folder, &KEY, Signer::from_private_key_pem)?;
        Self::of(file, signer)
    }

    /// Reads the key, and writes nothing: if there is none, another stands for the one that would
    /// be made.
    pub fn as_found() -> Result<Self, UsageError> {
        let folder = state_dir::place("--dev")?;
        let file = folder.join(KEY.name);
        if file.exists() {
            return Self::load();
        }
        let signer = Signer::generate_with_bits(2048);
        Self::of(file, signer.map_err(|error| UsageError::new("--dev", error))?)
    }

    fn of(file: PathBuf, signer: Signer) -> Result<Self, UsageError> {
        let signer = signer.with_certificate_url(CERTIFICATE_URL);
        let token = token(&signer)?;
        Ok(Self { signer, token, file })
    }
}

/// The key of `--dev`.
const KEY: KeyFile = KeyFile {
    option: "--dev",
    name: "dev.key",
    made: || Ok(Signer::generate_with_bits(2048)?.private_key_pem()?),
};

/// A message authentication code under the key: the token says nothing about the key.
fn token(signer: &Signer) -> Result<String, UsageError> {
    let wrong = |error: &dyn std::fmt::Display| UsageError::new("--dev", error);
    let key = signer.private_key_pem().map_err(|error| wrong(&error))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(|error| wrong(&error))?;
    mac.update(b"eventbridge --dev: token");
    Ok(hexadecimal(&mac.finalize().into_bytes()))
}

/// Returns the URL that is signed for a push to `to`: the one origin that `receive --dev` accepts,
/// under whichever address it listens, with the path of `to`.
///
/// Rejects an address that is not on this machine.
pub fn signed_url(to: &str) -> Result<String, UsageError> {
    let url: http::Uri = to.parse().map_err(|_| UsageError::new("--to", "is not a URL"))?;
    if place_of(&url).is_none() {
        let reason = "must be on this machine: only a receiver of --dev trusts this key. Give \
                      http://127.0.0.1:PORT/PATH";
        return Err(UsageError::new("--to", reason));
    }
    Ok(format!("{ORIGIN}{}", url.path_and_query().map_or("/", |target| target.as_str())))
}

/// Returns host and port of a URL that leads to this machine.
pub fn place_here(url: &str) -> Option<String> {
    place_of(&url.parse().ok()?)
}

fn place_of(url: &http::Uri) -> Option<String> {
    let host = url.host()?;
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let here = address.is_ok_and(is_loopback) || host.eq_ignore_ascii_case("localhost");
    let default = if url.scheme_str() == Some("https") { 443 } else { 80 };
    here.then(|| format!("{host}:{}", url.port_u16().unwrap_or(default)))
}

/// Whether an address is reached from this machine alone.
pub fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

/// The origin that pushes of `--dev` are signed for, wherever the receiver listens.
pub const ORIGIN: &str = "http://127.0.0.1:8080";
/// Where `receive --dev` listens.
pub const LISTEN: &str = "127.0.0.1:8080";
/// Where `push --dev` pushes.
pub const TO: &str = "http://127.0.0.1:8080/eventbridge";
/// Nothing can be fetched there: the domain `invalid` is reserved (RFC 6761, section 6.4).
const CERTIFICATE_URL: &str = "https://dev.eventbridge.invalid/x509_public_certificate_dev.pem";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pushes_stay_on_this_machine() {
        for (to, expected) in [
            ("http://127.0.0.1:9/a?b=c", Some("/a?b=c")),
            ("http://localhost:9", Some("/")),
            ("http://[::1]:9/a", Some("/a")),
            ("http://[::ffff:127.0.0.1]/a", Some("/a")),
            ("http://127.0.0.1.example.com/a", None),
            ("http://localhost@example.com/a", None),
            ("http://192.0.2.1/", None),
            ("/a", None),
            ("", None),
        ] {
            let expected = expected.map(|target| format!("{ORIGIN}{target}"));
            assert_eq!(signed_url(to).ok(), expected, "{to}");
        }
    }
}
