//! Signs events as EventBridge does and pushes them: to try a receiver, honestly or with a forgery.
//!
//! ```text
//! cargo run --release --example push -- --to http://127.0.0.1:8080/eventbridge \
//!     --sign-as https://hooks.example.com/eventbridge --token "$TOKEN" --key fixtures/keys/rsa2048.key \
//!     --certificate-url https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem
//! ```
//!
//! Exit code 0: every push was answered 2xx, 1: one was not, 2: bad usage.

#![allow(unreachable_pub, missing_docs, reason = "a program has no public items")]

mod certificate_server;
mod options;
mod schedule;
mod send;
#[path = "../support/usage.rs"]
mod usage;

use std::process::ExitCode;

use options::Options;
use usage::UsageError;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(error) => error.exit("push"),
    }
}

async fn run() -> Result<ExitCode, UsageError> {
    let options: Options = usage::parse()?;
    options.check()?;
    // As long as the program lives.
    let signer: &'static _ = Box::leak(Box::new(options.signer()?));
    let sender = options.sender(signer)?;
    if let Some(address) = options.serve_certificate {
        match certificate_server::start(address, signer).await {
            Ok(bound) => eprintln!("serving the certificate on {bound}"),
            Err(error) => {
                eprintln!("push: --serve-certificate: {address}: {error}");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(if sender.send_all().await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
