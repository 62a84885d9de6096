//! Certificates as people and tools write them: each variation is the same certificate, or an error
//! that says what was found.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::certificate::{Certificate, MAX_CERTIFICATE_BYTES};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/fixtures/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn text() -> String {
    String::from_utf8(file("keys/rsa1024.pem")).unwrap()
}

fn der() -> Vec<u8> {
    certificate_blocks(text().as_bytes()).unwrap()[0].certificate_der().unwrap()
}

/// A PEM block of a label.
fn block(label: &str, bytes: &[u8]) -> String {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(bytes);
    let lines: Vec<_> =
        base64.as_bytes().chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// Openssl's trust settings: `SEQUENCE { SEQUENCE { serverAuth } }`.
const SETTINGS: &[u8] = b"\x30\x0c\x30\x0a\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";

fn each_line(change: impl Fn(&str) -> String) -> Vec<u8> {
    text().lines().map(change).collect::<String>().into_bytes()
}

fn around(before: &[u8], after: &[u8]) -> Vec<u8> {
    [before, text().as_bytes(), after].concat()
}

#[test]
fn the_same_certificate_however_it_is_written() {
    let wanted = Certificate::from_pem_or_der(&der()).unwrap().fingerprint();
    let crl = block("X509 CRL", b"0\x00");
    let headers = text().replacen("-----\n", "-----\nFriendly-Name: one\n two\n\n", 1);
    let relabelled = |label: &str| text().replace("CERTIFICATE", label).into_bytes();
    let trusted = |rest: &[u8]| block(TRUSTED, &[&der()[..], rest].concat()).into_bytes();
    let base64: String = text().lines().filter(|line| !line.starts_with('-')).collect();
    let boundaries = |inner: &str| {
        format!("-----BEGIN CERTIFICATE-----\n{inner}\n-----END CERTIFICATE-----\n").into_bytes()
    };
    let uneven = format!("{}\n{}\n\n{}", &base64[..10], &base64[10..311], &base64[311..]);
    for (name, bytes) in [
        ("as it is", around(b"", b"")),
        ("a byte order mark", around(b"\xef\xbb\xbf", b"")),
        ("a byte order mark in the middle", around(b"comment\n\xef\xbb\xbf", b"")),
        ("a byte order mark and blanks", around(b"\xef\xbb\xbf  \t", b"")),
        ("byte order marks and blanks", around(b" \xef\xbb\xbf\xef\xbb\xbf \xef\xbb\xbf", b"")),
        ("a byte order mark at a line's end", each_line(|line| format!("{line} \u{feff}\n"))),
        ("an open block after", around(b"", b"-----BEGIN X509 CRL-----\nMIIB\n")),
        ("an open request after", around(b"", b"-----BEGIN CERTIFICATE REQUEST-----\n")),
        ("text before", around(b"Certificate:\n    Data:\n        Version: 1 (0x0)\n", b"")),
        ("text after", around(b"", b"trailing words\n")),
        ("text after, no line feed", around(b"", b"trailing words")),
        ("Latin-1 before and after", around(b"# Zertifikat f\xfcr M\xfcnchen\n", b"\xe9\xe8\n")),
        ("bag attributes", around(b"Bag Attributes\n    localKeyID: B9 FD\nsubject=/C=CN\n", b"")),
        ("s_client", around(b" 0 s:C = CN\n   i:C = CN\n", b"---\nServer certificate\n")),
        ("text that begins like DER", around(b"0 s:C = CN\n", b"")),
        ("text that begins like DER, Latin-1", around(b"0 s:M\xfcnchen\n", b"")),
        ("a comment that names the boundary", around(b"# -----BEGIN CERTIFICATE-----\n", b"")),
        (
            "a sentence about the boundary",
            around(b"here: -----BEGIN CERTIFICATE----- and on\n", b""),
        ),
        ("rules of hyphens", around(b"-----\n----------\n-----------------------\n", b"-----\n")),
        ("END of something else", around(b"-----END OF A-----\n", b"-----END OF FILE-----\n")),
        ("NUL at the end", around(b"", b"\0\0")),
        ("blank lines", around(b"\n\r\n\t\n \n", b"\n\n")),
        ("CRLF", each_line(|line| format!("{line}\r\n"))),
        ("lone CR", each_line(|line| format!("{line}\r"))),
        ("LFCR", each_line(|line| format!("{line}\n\r"))),
        ("CR CRLF", each_line(|line| format!("{line}\r\r\n"))),
        ("indented lines", each_line(|line| format!("    {line}\n"))),
        ("tabs", each_line(|line| format!("\t{line}\t\n"))),
        ("trailing spaces", each_line(|line| format!("{line}   \n"))),
        ("form feeds", each_line(|line| format!("\x0c{line}\x0b\n"))),
        ("blank lines in between", each_line(|line| format!("{line}\n\n"))),
        (
            "blanks inside",
            each_line(|line| {
                if line.starts_with('-') {
                    format!("{line}\n")
                } else {
                    format!("{} {}\n", &line[..9], &line[9..])
                }
            }),
        ),
        ("no final line feed", text().trim_end().as_bytes().to_vec()),
        ("one long line", boundaries(&base64)),
        (
            "lines of 76",
            boundaries(
                &base64
                    .as_bytes()
                    .chunks(76)
                    .map(|line| str::from_utf8(line).unwrap())
                    .collect::<Vec<_>>()
                    .join("\n"),
            ),
        ),
        ("uneven lines", boundaries(&uneven)),
        ("X509 CERTIFICATE", relabelled("X509 CERTIFICATE")),
        ("X.509 CERTIFICATE", relabelled("X.509 CERTIFICATE")),
        ("TRUSTED CERTIFICATE without settings", trusted(b"")),
        ("TRUSTED CERTIFICATE", trusted(SETTINGS)),
        ("a CRL before", around(crl.as_bytes(), b"")),
        ("a CRL after", around(b"", crl.as_bytes())),
        ("EC PARAMETERS before", around(block("EC PARAMETERS", b"\x06\x00").as_bytes(), b"")),
        ("DH PARAMETERS after", around(b"", block("DH PARAMETERS", b"0\x00").as_bytes())),
        ("a public key beside it", around(block("PUBLIC KEY", b"0\x00").as_bytes(), b"")),
        ("an unknown label beside it", around(block("ANYTHING-AT ALL", b"x").as_bytes(), b"")),
        ("headers", headers.clone().into_bytes()),
        ("headers, CRLF", headers.replace('\n', "\r\n").into_bytes()),
        ("headers, CR", headers.replace('\n', "\r").into_bytes()),
        ("DER", der()),
        ("DER and a line feed", [&der()[..], b"\n"].concat()),
        ("DER and CRLF", [&der()[..], b"\r\n"].concat()),
        ("as openssl x509 -text prints it", file("field/certs/text-before.pem")),
        ("as openssl pkcs12 prints it", file("field/certs/bag.pem")),
        ("words after it", file("field/certs/trailing-text.pem")),
    ] {
        let certificate =
            Certificate::from_pem_or_der(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
        let real =
            Certificate::from_pem_or_der(&file("keys/x509_public_certificate_2021012101.pem"));
        let is_real = certificate.fingerprint() == real.unwrap().fingerprint();
        assert!(certificate.fingerprint() == wanted || is_real, "{name}");
    }
}

#[test]
fn what_is_rejected_says_what_was_found_and_where() {
    let text = text();
    let damaged = |from: &str, to: &str| text.replacen(from, to, 1).into_bytes();
    let begin = "-----BEGIN CERTIFICATE-----";
    let end = "-----END CERTIFICATE-----";
    let key = |label: &str| block(label, b"0\x00").into_bytes();
    let utf16 =
        |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(bytes).collect() };
    let base64: String = text.lines().filter(|line| !line.starts_with('-')).collect();
    let middle = |line: &str| {
        let mut lines: Vec<_> = text.lines().collect();
        lines.insert(3, line);
        lines.join("\n").into_bytes()
    };
    for (name, bytes, says) in [
        ("two", text.repeat(2).into_bytes(), "found 2 CERTIFICATE blocks"),
        ("text between two", format!("{text}more\n{text}").into_bytes(), "found 2 CERTIFICATE"),
        (
            "two labels",
            format!("{text}{}", text.replace("CERT", "X509 CERT")).into_bytes(),
            "found 2",
        ),
        ("three, indented", format!("{text}\n  {text}\r{text}").into_bytes(), "found 3"),
        ("a key after", around(b"", &key("PRIVATE KEY")), "found a block PRIVATE KEY at line"),
        ("a key before", around(&key("RSA PRIVATE KEY"), b""), "block RSA PRIVATE KEY at line 1"),
        ("an EC key", around(&key("EC PRIVATE KEY"), b""), "EC PRIVATE KEY at line 1"),
        ("an encrypted key", around(&key("ENCRYPTED PRIVATE KEY"), b""), "ENCRYPTED PRIVATE KEY"),
        ("an OpenSSH key alone", key("OPENSSH PRIVATE KEY"), "OPENSSH PRIVATE KEY at line 1"),
        ("a request", key("CERTIFICATE REQUEST"), "found a block CERTIFICATE REQUEST at line 1"),
        ("a public key", key("PUBLIC KEY"), "found a block PUBLIC KEY at line 1"),
        ("PKCS7", [b"\n\n".to_vec(), key("PKCS7")].concat(), "found a block PKCS7 at line 3"),
        ("UTF-16LE", [b"\xff\xfe".to_vec(), utf16(u16::to_le_bytes)].concat(), "UTF-16"),
        ("UTF-16BE", [b"\xfe\xff".to_vec(), utf16(u16::to_be_bytes)].concat(), "UTF-16"),
        ("UTF-16LE without a mark", utf16(u16::to_le_bytes), "UTF-16"),
        ("HTML", b"<!DOCTYPE html><html><h1>503</h1></html>".to_vec(), "found an HTML page"),
        ("HTML after blank lines", b"\xef\xbb\xbf\r\n <HTML>x".to_vec(), "found an HTML page"),
        ("XML", b"<?xml version=\"1.0\"?>\n<Error><Code>NoSuchKey</Code>".to_vec(), "found XML"),
        ("JSON", b" {\"error\":1}".to_vec(), "found JSON"),
        ("gzip", b"\x1f\x8b\x08\0".to_vec(), "gzip"),
        ("words", b"service unavailable".to_vec(), "found text without a line"),
        ("bytes", b"\x02\0\x01".to_vec(), "neither PEM nor DER"),
        ("base64 alone", base64.clone().into_bytes(), "base64 without"),
        ("line breaks as \\n", text.replace('\n', "\\n").into_bytes(), "written as \\n"),
        (
            "boundaries share a line",
            format!("{begin} {base64} {end}").into_bytes(),
            "alone on its line",
        ),
        ("in an element", format!("<pre>{begin}").into_bytes(), "in line 1, which is not"),
        ("lower case", text.to_lowercase().into_bytes(), "in line 1, which is not"),
        ("four hyphens", damaged(begin, "----BEGIN CERTIFICATE----"), "END CERTIFICATE at line"),
        ("no BEGIN", damaged(begin, ""), "END CERTIFICATE at line"),
        ("no END", damaged(end, ""), "BEGIN CERTIFICATE at line 1 has no END line"),
        (
            "cut off, after text",
            format!("a\nb\n{begin}\nMIIC").into_bytes(),
            "at line 3 has no END",
        ),
        (
            "no END before another",
            format!("{begin}\nMII\n{text}").into_bytes(),
            "next BEGIN line, line 3",
        ),
        ("another END", damaged(end, "-----END X509 CRL-----"), "in END X509 CRL"),
        ("an END too many", around(b"", format!("{end}\n").as_bytes()), "END CERTIFICATE at line"),
        ("an open key", around(b"", b"-----BEGIN EC PRIVATE KEY-----\n"), "EC PRIVATE KEY at line"),
        ("an open certificate", around(b"", b"-----BEGIN X509 CERTIFICATE-----\n"), "no END line"),
        ("an open block alone", b"\n-----BEGIN X509 CRL-----\n".to_vec(), "X509 CRL at line 2"),
        (
            "an open block before it",
            around(b"-----BEGIN X509 CRL-----\n", b""),
            "next BEGIN line, line 2",
        ),
        ("two, by their lines", format!("\n{text}{text}").into_bytes(), "at lines 2, "),
        ("many, by their lines", text.repeat(20).into_bytes(), " and more; exactly one"),
        (
            "not a certificate",
            [b"\n\n".to_vec(), block("TRUSTED CERTIFICATE", b"0\x00").into_bytes()].concat(),
            "BEGIN TRUSTED CERTIFICATE at line 3 is not an X.509 certificate",
        ),
        ("a comment inside", middle("# comment"), "not base64, line 4"),
        ("an umlaut inside", middle("\u{fc}"), "not base64, line 4"),
        ("hyphens inside", middle("-----"), "not base64, line 4"),
        ("a full stop inside", middle("MIIC...."), "not base64, line 4"),
        ("headers without end", damaged("-----\n", "-----\nA: b\n"), "without a blank line"),
        (
            "encrypted",
            damaged("-----\n", "-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES,00\n\n"),
            "is encrypted",
        ),
        ("nothing inside", format!("{begin}\n{end}\n").into_bytes(), "is empty"),
        ("cut base64", format!("{begin}\n{}\n{end}", &base64[..61]).into_bytes(), "wrongly padded"),
        ("cut DER", block("CERTIFICATE", &der()[..100]).into_bytes(), "not an X.509 certificate"),
        (
            "settings under the plain label",
            block("CERTIFICATE", &[&der()[..], SETTINGS].concat()).into_bytes(),
            "not an X.509 certificate",
        ),
        (
            "no settings",
            block(TRUSTED, &[&der()[..], b"\0"].concat()).into_bytes(),
            "no trust settings",
        ),
        (
            "two settings",
            block(TRUSTED, &[&der()[..], SETTINGS, SETTINGS].concat()).into_bytes(),
            "no trust settings",
        ),
        ("DER and a byte", [&der()[..], &[0]].concat(), "not an X.509 certificate"),
        ("DER twice", der().repeat(2), "not an X.509 certificate"),
        ("DER after a line feed", [b"\n", &der()[..]].concat(), "neither PEM nor DER"),
        ("nothing", vec![], "only white space or nothing"),
        ("white space", b" \r\n\t".to_vec(), "only white space or nothing"),
    ] {
        let error = Certificate::from_pem_or_der(&bytes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(says), "{name}: {error}");
    }
}

/// A host may answer with anything: the work is linear, and labels are cut before they are
/// repeated.
#[test]
fn hostile_texts_are_read_within_bounds() {
    for unit in [
        "-----BEGIN CERTIFICATE-----\n",
        "-----END X-----\r",
        "\r\n",
        "-",
        "-----BEGIN A-----\n-----END A-----\n",
    ] {
        let text = unit.repeat(MAX_CERTIFICATE_BYTES / unit.len());
        let error = Certificate::from_pem_or_der(text.as_bytes()).unwrap_err();
        assert!(error.to_string().len() < 300, "{error}");
    }
    let long = format!("-----BEGIN {0}-----\nAAAA\n-----END {0}-----\n", "A".repeat(60_000));
    assert!(Certificate::from_pem_or_der(long.as_bytes()).unwrap_err().to_string().len() < 300);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// Texts of the pieces that PEM is made of.
    #[test]
    fn no_text_panics(pieces in vec(0..12_usize, 0..40)) {
        let pieces: String = pieces.into_iter().map(|piece| [
            "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----",
            "-----BEGIN TRUSTED CERTIFICATE-----", "-----END TRUSTED CERTIFICATE-----",
            "\n", "\r", "MIIB", "MAAwAA==", "A: b", "\u{feff}", " ", "-----",
        ][piece]).collect();
        let _ = Certificate::from_pem_or_der(pieces.as_bytes());
    }
}
