//! Why bytes are not one certificate.

use std::fmt;

/// Says why bytes are not one certificate: what was found, and where. Holds nothing of the bytes
/// but labels of PEM blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CertificateError {
    /// There is nothing.
    Empty,
    /// There are too many bytes.
    #[non_exhaustive]
    TooLarge {
        /// Bytes there are.
        bytes: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// There is more than one certificate.
    #[non_exhaustive]
    MoreThanOne {
        /// PEM blocks of certificates there are.
        count: usize,
        /// The lines in which they begin, counted from 1: those of the first 8.
        lines: Box<[usize]>,
    },
    /// There is a private key.
    #[non_exhaustive]
    PrivateKey {
        /// The label of its PEM block, such as `RSA PRIVATE KEY`.
        label: Box<str>,
        /// The line in which the block begins, counted from 1.
        line: usize,
    },
    /// The bytes have no certificate, but something else.
    #[non_exhaustive]
    NoCertificate {
        /// The content that was found instead.
        found: Box<str>,
    },
    /// A PEM block cannot be read.
    #[non_exhaustive]
    Damaged {
        /// The boundary at which reading failed, such as `BEGIN CERTIFICATE`.
        boundary: Box<str>,
        /// The line of the boundary, counted from 1.
        line: usize,
        /// The fault.
        problem: Box<str>,
    },
    /// A part looks like a certificate and cannot be read as one.
    #[non_exhaustive]
    Unreadable {
        /// The fault.
        problem: &'static str,
    },
}

impl fmt::Display for CertificateError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => {
                formatter.write_str("there is no certificate, only white space or nothing")
            }
            Self::TooLarge { bytes, limit } => {
                write!(formatter, "{bytes} bytes, at most {limit} are allowed")
            }
            Self::MoreThanOne { count, lines } => {
                let more = if lines.len() < *count { " and more" } else { "" };
                let lines: Vec<_> = lines.iter().map(usize::to_string).collect();
                write!(
                    formatter,
                    "found {count} CERTIFICATE blocks, at lines {}{more}; exactly one is needed",
                    lines.join(", ")
                )
            }
            Self::PrivateKey { label, line } => write!(
                formatter,
                "found a block {label} at line {line}: a private key does not belong beside a \
                 certificate, take it out"
            ),
            Self::NoCertificate { found } => write!(
                formatter,
                "found {found}, and no certificate: one CERTIFICATE block of PEM, or DER, is needed"
            ),
            Self::Damaged { boundary, line, problem } => {
                write!(formatter, "{boundary} at line {line} {problem}")
            }
            Self::Unreadable { problem } => formatter.write_str(problem),
        }
    }
}

impl std::error::Error for CertificateError {}
