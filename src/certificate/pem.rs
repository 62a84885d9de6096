//! Finds the PEM blocks of a file, as RFC 7468 section 2 and openssl read them.
//!
//! This file handles lines only: the boundaries, and the lines around and between them. The base64
//! of a block is read by `pem-rfc7468`, which is in every tree already through `der`. That crate
//! reads one block and nothing around it. `rustls-pki-types` would be a new dependency of the core,
//! and skips unknown labels silently. Neither takes indented lines, tabs after a boundary, or a
//! byte order mark before it.

use x509_cert::der::{Decode, Header, Reader, SliceReader, Tag, pem};

use super::error::CertificateError;

/// Holds a PEM block: the lines between two boundaries of one label.
pub(super) struct Block<'a> {
    label: &'a str,
    /// Of the BEGIN line, counted from 1.
    line: usize,
    /// Without the white space around each, numbered.
    lines: Vec<(usize, &'a [u8])>,
}

/// Returns the certificate blocks of a text, of any number, in time linear in its length.
///
/// Text around blocks and blocks of other labels are skipped. A private key is an error: one that
/// is published beside its certificate proves nothing, and in a file it is a mistake.
pub(super) fn certificate_blocks(text: &[u8]) -> Result<Vec<Block<'_>>, CertificateError> {
    let mut certificates = Vec::new();
    let mut first_other = None;
    for block in blocks(text)? {
        if block.is_private_key() {
            let (label, line) = (block.label.into(), block.line);
            return Err(CertificateError::PrivateKey { label, line });
        }
        if CERTIFICATE_LABELS.contains(&block.label) {
            certificates.push(block);
        } else if first_other.is_none() {
            first_other = Some((block.label, block.line));
        }
    }
    if certificates.is_empty() {
        let found = match first_other {
            Some((label, line)) => format!("a block {label} at line {line}"),
            None => found_in(text),
        };
        return Err(CertificateError::NoCertificate { found: found.into() });
    }
    Ok(certificates)
}

impl Block<'_> {
    /// Returns the DER of the certificate, without the settings that openssl puts after it.
    pub(super) fn certificate_der(&self) -> Result<Vec<u8>, CertificateError> {
        let mut normal = Vec::from(&b"-----BEGIN CERTIFICATE-----"[..]);
        let mut width = 0;
        for (line, text) in self.data_lines()? {
            for &byte in text.iter().filter(|byte| !is_blank(**byte)) {
                if !(byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)) {
                    return Err(
                        self.damaged(&format!("has a line that is not base64, line {line}"))
                    );
                }
                // Lines of any width are read (RFC 7468 section 3, lax form).
                if width % PEM_WIDTH == 0 {
                    normal.push(b'\n');
                }
                normal.push(byte);
                width += 1;
            }
        }
        if width == 0 {
            return Err(self.damaged("is empty"));
        }
        normal.extend_from_slice(b"\n-----END CERTIFICATE-----\n");
        let (_, mut der) = pem::decode_vec(&normal)
            .map_err(|_| self.damaged("has base64 that is cut off or wrongly padded"))?;
        if self.label == TRUSTED {
            let length = first_element_length(&der);
            let (certificate, settings) =
                length.and_then(|length| der.split_at_checked(length)).unwrap_or((&der, &[]));
            if !settings.is_empty() && first_element_length(settings) != Some(settings.len()) {
                return Err(self.damaged("has no trust settings after its certificate"));
            }
            let length = certificate.len();
            der.truncate(length);
        }
        Ok(der)
    }

    /// Returns the lines without the headers of RFC 1421 section 4.6. They end in a blank line, and
    /// openssl skips them too.
    fn data_lines(&self) -> Result<Vec<(usize, &[u8])>, CertificateError> {
        let is_header = self.lines.first().is_some_and(|(_, text)| text.contains(&b':'));
        if !is_header {
            return Ok(self.lines.clone());
        }
        let mut lines = self.lines.iter();
        let headers: Vec<_> = lines.by_ref().take_while(|(_, text)| !text.is_empty()).collect();
        if headers.len() == self.lines.len() {
            return Err(self.damaged("has headers without a blank line after them"));
        }
        if headers
            .iter()
            .any(|(_, text)| text.starts_with(b"Proc-Type:") && text.ends_with(b"ENCRYPTED"))
        {
            return Err(self.damaged("is encrypted"));
        }
        Ok(lines.copied().collect())
    }

    /// Returns the line in which it begins, counted from 1.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    fn is_private_key(&self) -> bool {
        self.label.ends_with("PRIVATE KEY")
    }

    fn is_of_interest(&self) -> bool {
        self.is_private_key() || CERTIFICATE_LABELS.contains(&self.label)
    }

    pub(super) fn damaged(&self, problem: &str) -> CertificateError {
        let boundary = format!("BEGIN {}", self.label).into();
        CertificateError::Damaged { boundary, line: self.line, problem: problem.into() }
    }
}

/// Returns every block of a text.
fn blocks(text: &[u8]) -> Result<Vec<Block<'_>>, CertificateError> {
    let mut all = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for (index, line) in lines(text).enumerate() {
        let number = index + 1;
        let line = trim(line);
        match (boundary(line), open.take()) {
            (None, Some(mut block)) => {
                block.lines.push((number, line));
                open = Some(block);
            }
            (None, None) => {}
            (Some(Boundary::Begin(label)), None) => {
                open = Some(Block { label, line: number, lines: Vec::new() });
            }
            (Some(Boundary::End(label)), Some(block)) if block.label == label => all.push(block),
            (Some(Boundary::End(label)), Some(block)) => {
                let problem = format!("ends at line {number} in END {label}, another label");
                return Err(block.damaged(&problem));
            }
            (Some(Boundary::Begin(_)), Some(block)) => {
                let problem = format!("has no END line before the next BEGIN line, line {number}");
                return Err(block.damaged(&problem));
            }
            // A certificate that was cut off at its beginning; of another label it is text, as for
            // openssl.
            (Some(Boundary::End(label)), None) if !CERTIFICATE_LABELS.contains(&label) => {}
            (Some(Boundary::End(label)), None) => {
                return Err(CertificateError::Damaged {
                    boundary: format!("END {label}").into(),
                    line: number,
                    problem: "has no BEGIN line before it that stands alone on its line".into(),
                });
            }
        }
    }
    match open {
        Some(block) if block.is_of_interest() => Err(block.damaged("has no END line")),
        // Of another label it is text, as for openssl; it is named where there is nothing else.
        open => {
            all.extend(open);
            Ok(all)
        }
    }
}

enum Boundary<'a> {
    Begin(&'a str),
    End(&'a str),
}

/// Reads a boundary, which stands alone on its line. Labels are printable ASCII without hyphens at
/// their ends (RFC 7468 section 2).
fn boundary(line: &[u8]) -> Option<Boundary<'_>> {
    let inner = line.strip_prefix(b"-----")?.strip_suffix(b"-----")?;
    let label = |text| {
        let text = std::str::from_utf8(text).ok()?;
        let printable = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let plain = text.len() <= MAX_LABEL && !text.contains("--") && text.trim() == text;
        (printable && plain).then_some(text)
    };
    match (inner.strip_prefix(b"BEGIN "), inner.strip_prefix(b"END ")) {
        (Some(text), _) => label(text).map(Boundary::Begin),
        (None, Some(text)) => label(text).map(Boundary::End),
        (None, None) => None,
    }
}

/// Returns whether there may be a PEM block.
pub(super) fn has_boundary(text: &[u8]) -> bool {
    text.windows(BEGIN.len()).any(|window| window == BEGIN)
}

/// Lines that end in CRLF, LF or CR, in whatever mixture (RFC 7468 section 2).
fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = text.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
            rest = None;
            return Some(text);
        };
        let (line, ending) = text.split_at(end);
        rest = ending.strip_prefix(b"\r\n").or_else(|| ending.split_first().map(|(_, rest)| rest));
        Some(line)
    })
}

/// Removes white space, control characters and byte order marks at the edges. openssl removes the
/// first two at the end.
fn trim(line: &[u8]) -> &[u8] {
    let mut line = line;
    loop {
        line = match line {
            [0..=b' ', rest @ ..]
            | [rest @ .., 0..=b' ']
            | [0xEF, 0xBB, 0xBF, rest @ ..]
            | [rest @ .., 0xEF, 0xBB, 0xBF] => rest,
            line => return line,
        };
    }
}

/// Returns whether the byte is white space by RFC 7468 section 3.
const fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0B | 0x0C)
}

/// Describes for the operator the content that was found instead of a certificate.
fn found_in(text: &[u8]) -> String {
    let start = trim(text);
    let lower: Vec<u8> = start.iter().take(1024).map(u8::to_ascii_lowercase).collect();
    let has = |part: &[u8]| lower.windows(part.len()).any(|window| window == part);
    let marker = lines(text).enumerate().find_map(|(index, line)| {
        let begins = line.to_ascii_uppercase().windows(17).any(|part| part == b"BEGIN CERTIFICATE");
        begins.then_some((index + 1, line))
    });
    let without_nul: Vec<u8> = text.iter().copied().filter(|byte| *byte != 0).collect();
    let utf16 = text.starts_with(b"\xff\xfe")
        || text.starts_with(b"\xfe\xff")
        || (without_nul.len() < text.len() && without_nul.windows(6).any(|part| part == b"BEGIN "));
    let base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/= \t\r\n".contains(byte);
    let found = if utf16 {
        "text in UTF-16; save it as ASCII or UTF-8"
    } else if let Some((number, line)) = marker {
        let escaped = line.windows(2).any(|part| part == b"\\n");
        let cure = if escaped {
            "has its line breaks written as \\n; write line breaks"
        } else {
            "is not -----BEGIN CERTIFICATE-----, alone on its line"
        };
        return format!("BEGIN CERTIFICATE in line {number}, which {cure}");
    } else if has(b"<html") || has(b"<!doctype html") {
        "an HTML page"
    } else if start.starts_with(b"<") {
        "XML or HTML"
    } else if start.starts_with(b"{") || start.starts_with(b"[") {
        "JSON"
    } else if text.starts_with(b"\x1f\x8b") {
        "compressed bytes (gzip)"
    } else if start.starts_with(b"MI") && start.iter().all(base64) {
        "base64 without -----BEGIN CERTIFICATE----- before and -----END CERTIFICATE----- after it"
    } else if text.contains(&0) {
        "bytes that are neither PEM nor DER"
    } else {
        "text without a line -----BEGIN CERTIFICATE-----"
    };
    found.to_owned()
}

/// Returns how many bytes the first element of a DER encoding has, its header included; `None` if
/// that is not a SEQUENCE or is cut.
pub(super) fn first_element_length(der: &[u8]) -> Option<usize> {
    let mut reader = SliceReader::new(der).ok()?;
    let header = Header::decode(&mut reader).ok()?;
    let content = usize::try_from(u32::from(header.length())).ok()?;
    let head = usize::try_from(u32::from(reader.position())).ok()?;
    let length = head.checked_add(content)?;
    (header.tag() == Tag::Sequence && length <= der.len()).then_some(length)
}

/// RFC 7468 section 5.1 lets the second and third stand for the first. The fourth is openssl's: a
/// certificate, and after it settings about chains. No chain is built here, so only the certificate
/// counts.
const CERTIFICATE_LABELS: [&str; 4] =
    ["CERTIFICATE", "X509 CERTIFICATE", "X.509 CERTIFICATE", TRUSTED];
const TRUSTED: &str = "TRUSTED CERTIFICATE";
const BEGIN: &[u8] = b"-----BEGIN ";
const MAX_LABEL: usize = 64;
const PEM_WIDTH: usize = 64;

#[cfg(test)]
mod tests;
