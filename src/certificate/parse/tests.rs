use proptest::{collection::vec, prelude::*};

use super::*;

fn key_file(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/keys/{name}.pem", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn parse(name: &str) -> Certificate {
    Certificate::from_pem_or_der(&key_file(name)).unwrap()
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

/// Both real certificates, with the values of docs/wire-facts.md section 1.4.
#[test]
fn the_vendors_certificates() {
    let first = parse("x509_public_certificate_2021012101");
    assert_eq!(
        first.fingerprint().to_string(),
        "e304ddde55ca8611f5c49c90bf93759c7febc9b9b6ddca7b6792b22fe1f3e143"
    );
    assert_eq!(first.public_key().unwrap().bits(), 1024);
    assert_eq!(first.public_key().unwrap().exponent(), 65_537);
    assert_eq!(first.not_before(), at(1_611_235_237)); // 2021-01-21T13:20:37Z
    assert_eq!(first.not_after(), at(1_926_595_237)); // 2031-01-19T13:20:37Z

    let second = parse("x509_public_certificate_2021012501");
    assert_eq!(
        second.fingerprint().to_string(),
        "4770350a6f1fba355c9b614c6e70ee9c85ecb7c71f46ea7f095922b33a7d9fab"
    );
    assert_eq!(second.not_before(), at(1_611_566_606)); // 2021-01-25T09:23:26Z
    assert_eq!(second.not_after(), at(4_765_166_606)); // 2121-01-01T09:23:26Z, a GeneralizedTime
    assert_ne!(first.public_key_fingerprint(), second.public_key_fingerprint());
}

#[test]
fn validity_includes_both_of_its_seconds() {
    let certificate = parse("x509_public_certificate_2021012101");
    for (now, valid) in [
        (at(1_611_235_236) + Duration::from_millis(999), false),
        (at(1_611_235_237), true),
        (at(1_926_595_237) + Duration::from_millis(999), true),
        (at(1_926_595_238), false),
        (UNIX_EPOCH - Duration::from_secs(1), false),
    ] {
        assert_eq!(certificate.is_valid_at(now), valid, "{now:?}");
    }
}

#[test]
fn pem_and_der_are_the_same_certificate() {
    let pem = key_file("rsa2048");
    let der = single_block(pem.trim_ascii()).unwrap().certificate_der().unwrap();
    let text = String::from_utf8(pem.clone()).unwrap();
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let lines: Vec<_> =
        base64.as_bytes().chunks(76).map(|line| str::from_utf8(line).unwrap()).collect();
    let wide =
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    for (name, bytes) in [
        ("PEM", pem.clone()),
        ("DER", der),
        ("PEM with CRLF", text.replace('\n', "\r\n").into_bytes()),
        ("PEM without final line feed", pem.trim_ascii().to_vec()),
        ("PEM between blank lines", format!("\n\r\n {text}\n\n").into_bytes()),
        ("PEM with lines of 76", wide.into_bytes()),
    ] {
        let certificate =
            Certificate::from_pem_or_der(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(certificate.fingerprint(), parse("rsa2048").fingerprint(), "{name}");
    }
}

/// S15 and S24: whatever else a server may answer.
#[test]
fn anything_but_one_certificate_is_an_error() {
    let good = key_file("rsa1024");
    let text = String::from_utf8(good.clone()).unwrap();
    let der = single_block(&good).unwrap().certificate_der().unwrap();
    let two = [good.clone(), key_file("rsa1024-other")].concat();
    assert_eq!(
        Certificate::from_pem_or_der(&two).unwrap_err(),
        CertificateError::MoreThanOne { count: 2, lines: [1, 14].into() }
    );
    assert_eq!(
        Certificate::from_pem_or_der(&[b' '; MAX_CERTIFICATE_BYTES]).unwrap_err(),
        CertificateError::Empty
    );
    assert_eq!(
        Certificate::from_pem_or_der(&[b' '; MAX_CERTIFICATE_BYTES + 1]).unwrap_err(),
        CertificateError::TooLarge {
            bytes: MAX_CERTIFICATE_BYTES + 1,
            limit: MAX_CERTIFICATE_BYTES
        }
    );
    for (name, bytes) in [
        ("nothing", vec![]),
        ("white space", b" \r\n\t".to_vec()),
        ("HTML", b"<html>Service Unavailable</html>".to_vec()),
        ("JSON", b"{\"error\":1}".to_vec()),
        ("truncated PEM", good[..good.len() / 2].to_vec()),
        ("truncated DER", der[..der.len() / 2].to_vec()),
        ("two in DER", [der.clone(), der.clone()].concat()),
        ("DER and a byte", [&der[..], &[0]].concat()),
        ("HTML around the PEM", format!("<pre>{text}</pre>").into_bytes()),
        ("a private key", key_file("not-a-certificate")),
        ("another label", text.replace("CERTIFICATE", "PUBLIC KEY").into_bytes()),
        ("the head of a sequence", vec![0x30]),
        ("a length of 2^32", vec![0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF]),
    ] {
        assert!(Certificate::from_pem_or_der(&bytes).is_err(), "{name}");
    }
}

#[test]
fn keys_that_are_not_used_are_named() {
    for (name, error) in [
        ("ec-p256", PublicKeyError::NotRsa { algorithm: "1.2.840.10045.2.1".into() }),
        ("rsa-pss", PublicKeyError::NotRsa { algorithm: "1.2.840.113549.1.1.10".into() }),
        ("rsa768", PublicKeyError::ModulusTooShort { bits: 768, limit: 1024 }),
        ("rsa4104", PublicKeyError::ModulusTooLong { bits: 4104, limit: 4096 }),
        ("rsa1024-e3", PublicKeyError::ExponentNotAllowed),
        ("rsa1024-e33", PublicKeyError::ExponentNotAllowed),
    ] {
        assert_eq!(parse(name).public_key().unwrap_err(), error, "{name}");
    }
    for name in ["rsa1024", "rsa1031", "rsa2048-v3", "rsa4096", "rsa1024-e32"] {
        assert!(parse(name).public_key().is_ok(), "{name}");
    }
}

/// RFC 8017 appendix A.1: the parameters are NULL (or, by other readers' leave, absent), and
/// nothing follows the key.
#[test]
fn keys_are_read_strictly() {
    let der = single_block(key_file("rsa1024").trim_ascii()).unwrap().certificate_der().unwrap();
    let oid_and_null = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00";
    let at = der.windows(oid_and_null.len()).position(|window| window == oid_and_null).unwrap();
    let mut with_parameters = der.clone();
    with_parameters[at + oid_and_null.len() - 2] = 0x04; // an empty OCTET STRING
    let certificate = Certificate::from_pem_or_der(&with_parameters).unwrap();
    assert_eq!(certificate.public_key().unwrap_err(), PublicKeyError::Malformed);

    let key = [0x30, 0x06, 0x02, 0x01, 0x05, 0x02, 0x01, 0x03];
    assert_eq!(read_rsa_public_key(&key).unwrap(), (&[5][..], &[3][..]));
    assert!(read_rsa_public_key(&[&key[..], &[0]].concat()).is_err());
    assert!(read_rsa_public_key(&key[..6]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_bytes_panic(bytes in vec(any::<u8>(), 0..300)) {
        let _ = Certificate::from_pem_or_der(&bytes);
    }

    #[test]
    fn no_changed_certificate_panics(
        at in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
        cut in any::<proptest::sample::Index>(),
    ) {
        let text = key_file("rsa1024");
        let block = single_block(text.trim_ascii()).unwrap();
        let mut der = block.certificate_der().unwrap();
        let index = at.index(der.len());
        der[index] = byte;
        if let Ok(certificate) = Certificate::from_pem_or_der(&der) {
            let _ = certificate.is_valid_at(UNIX_EPOCH);
        }
        let _ = Certificate::from_pem_or_der(&der[..cut.index(der.len())]);
    }
}
