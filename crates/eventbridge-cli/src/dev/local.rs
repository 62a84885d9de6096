//! The keys of `eventbridge local`: one signs pushes, one is the TLS root of the certificate host.

use std::path::PathBuf;

use eventbridge_local::{CERTIFICATE_URL, ROOT_NAME, TlsRoot};
use tower_eventbridge::signer::Signer;
use zeroize::Zeroizing;

use super::{
    key_file::{self, KeyFile},
    state_dir,
};
use crate::usage::UsageError;

/// The file of the root's key.
const ROOT_FILE: &str = "local-root.key";

/// What signs the pushes of `local`, and what `receive --local` trusts.
pub struct LocalKeys {
    pub signer: Signer,
    pub root: TlsRoot,
}

impl LocalKeys {
    /// Reads the keys in this user's state folder, and makes those that are not there.
    pub fn load(option: &'static str) -> Result<Self, UsageError> {
        let folder = state_dir::made(option)?;
        let key = KeyFile {
            option,
            name: "local.key",
            // The size of the keys that the vendor published.
            made: || Ok(Signer::generate()?.private_key_pem()?),
        };
        let (_, signer) = key_file::loaded(&folder, &key, Signer::from_private_key_pem)?;
        let (_, root) = Self::root_in(&folder, option)?;
        Ok(Self { signer: signer.with_certificate_url(CERTIFICATE_URL), root })
    }

    /// Reads the root alone: a receiver needs no key that signs.
    pub fn root(option: &'static str) -> Result<(PathBuf, TlsRoot), UsageError> {
        Self::root_in(&state_dir::made(option)?, option)
    }

    /// Reads the root, and writes nothing: if there is none, another stands for the one that would
    /// be made.
    pub fn root_as_found(option: &'static str) -> Result<(PathBuf, TlsRoot), UsageError> {
        let file = state_dir::place(option)?.join(ROOT_FILE);
        if file.exists() {
            return Self::root(option);
        }
        let root = TlsRoot::generate(ROOT_NAME);
        Ok((file, root.map_err(|error| UsageError::new(option, error))?))
    }

    fn root_in(
        folder: &std::path::Path,
        option: &'static str,
    ) -> Result<(PathBuf, TlsRoot), UsageError> {
        let key = KeyFile {
            option,
            name: ROOT_FILE,
            made: || Ok(Zeroizing::new(TlsRoot::generate(ROOT_NAME)?.key_pem())),
        };
        key_file::loaded(folder, &key, |pem| TlsRoot::from_key_pem(ROOT_NAME, pem))
    }
}
