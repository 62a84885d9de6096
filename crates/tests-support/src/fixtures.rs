//! Files below `fixtures/`.

use std::{fs, path::PathBuf};

/// Returns the path of a file below `fixtures/`.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures")).join(name)
}

/// Reads a file below `fixtures/`.
pub fn read(name: &str) -> Vec<u8> {
    let path = path(name);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Reads the certificate `fixtures/keys/{name}.pem`.
pub fn certificate(name: &str) -> Vec<u8> {
    read(&format!("keys/{name}.pem"))
}

/// Reads the private key `fixtures/keys/{name}.key`.
pub fn private_key(name: &str) -> String {
    String::from_utf8(read(&format!("keys/{name}.key"))).unwrap()
}
