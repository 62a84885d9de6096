//! How settings are shown without their secrets.

use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;

/// Returns the start of a secret's SHA-256: two settings can be compared, and nothing is shown.
pub fn fingerprint(secret: &str) -> String {
    let digest = Sha256::digest(secret.as_bytes());
    format!("sha256:{:.8}", hexadecimal(&digest))
}

/// Returns a URL without user, password and query.
pub fn public_part(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) = match rest.find('/') {
                Some(index) => rest.split_at(index),
                None => (rest, ""),
            };
            let hosts = authority.rsplit('@').next().unwrap_or_default();
            format!("{scheme}://{hosts}{path}")
        }
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_shows_no_credential() {
        for (url, shown) in [
            ("redis://user:pw-secret@h:1/0?password=pw-secret", "redis://h:1/0"),
            ("redis+sentinel://:p@ss-secret@a:1,b:2/main", "redis+sentinel://a:1,b:2/main"),
            ("https://a.example/x?token=secret#secret", "https://a.example/x"),
            ("http://a.example", "http://a.example"),
            ("/path?secret", "/path"),
        ] {
            assert_eq!(public_part(url), shown);
        }
    }
}
