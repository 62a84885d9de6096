//! Bytes as a certificate: nothing panics, and what is read keeps the limits.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tower_eventbridge::certificate::{
    Certificate, MAX_CERTIFICATE_BYTES, MAX_KEY_BITS, MIN_KEY_BITS,
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(certificate) = Certificate::from_pem_or_der(bytes) else { return };
    assert!(bytes.len() <= MAX_CERTIFICATE_BYTES);
    let _ = format!("{certificate:?} {:?} {:?}", certificate.not_before(), certificate.not_after());
    if let Ok(key) = certificate.public_key() {
        assert!((MIN_KEY_BITS..=MAX_KEY_BITS).contains(&key.bits()));
        assert!(key.exponent() >= 65_537 && key.exponent() % 2 == 1);
    }
    // It is read as the same every time.
    let again = Certificate::from_pem_or_der(bytes).unwrap();
    assert_eq!(again.fingerprint(), certificate.fingerprint());
});
