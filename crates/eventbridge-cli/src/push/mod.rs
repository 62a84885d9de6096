//! Signs events as EventBridge does and pushes them: to try a receiver, honestly or with a forgery.
//!
//! ```text
//! cargo run --release -- push --to http://127.0.0.1:8080/eventbridge \
//!     --sign-as https://hooks.example.com/eventbridge --token "$TOKEN" --key fixtures/keys/rsa2048.key \
//!     --certificate-url https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem
//! ```
//!
//! Exit code 0: every push was answered 2xx, 1: one was not, 2: bad usage.

mod certificate_server;
mod options;
mod schedule;
mod send;

use std::process::ExitCode;

pub use options::Options;

use crate::usage::{UsageError, program};

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    options.check()?;
    // As long as the program lives.
    let signer: &'static _ = Box::leak(Box::new(options.signer()?));
    let sender = options.sender(signer)?;
    if let Some(address) = options.serve_certificate {
        match certificate_server::start(address, signer).await {
            Ok(bound) => eprintln!("serving the certificate on {bound}"),
            Err(error) => {
                eprintln!("{}: --serve-certificate: {address}: {error}", program());
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(if sender.send_all().await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
