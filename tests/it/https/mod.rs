//! The HTTPS source against a real TLS server on loopback, which answers as the certificate host of
//! cn-hangzhou under a root of the test's own. What it answers, and what becomes of it in the
//! cache.

mod setup;

mod answers;
