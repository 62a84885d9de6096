//! Signs events as EventBridge does and pushes them: to try a receiver, honestly or with a forgery.
//!
//! ```text
//! EVENTBRIDGE_TOKEN=… cargo run --release -- push --to http://127.0.0.1:8080/eventbridge \
//!     --sign-as https://hooks.example.com/eventbridge \
//!     --key fixtures/keys/rsa2048.key --certificate-url \
//!     https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem
//! ```
//!
//! With `--dev` it needs no other option: see docs/develop.md.
//!
//! Exit code 0: every push was answered 2xx, 1: one was not, 2: bad usage.

mod bodies;
mod certificate_server;
mod schedule;

mod send;

mod options;

mod identity;

use std::process::ExitCode;

pub use bodies::time as event_time;
use identity::Identity;
pub use options::Options;

use crate::{
    samples, terminal,
    usage::{UsageError, bind_problem, program},
};

pub async fn run(options: &Options) -> Result<ExitCode, UsageError> {
    if options.list {
        terminal::print(&samples::table());
        return Ok(ExitCode::SUCCESS);
    }
    options.check()?;
    let Identity { signer, token, to, signed_url } = options.identity()?;
    // As long as the program lives.
    let signer: &'static _ = Box::leak(Box::new(signer));
    let mut push = signer.push(signed_url);
    if let Some(token) = token {
        push = push.token(token);
    }
    let sender = options.sender(push, &to, options.if_nobody_listens(&to))?;
    if let Some(address) = options.serve_certificate {
        match certificate_server::start(address, signer).await {
            Ok(bound) => eprintln!("serving the certificate on {bound}"),
            Err(error) => {
                let line = match error.downcast_ref() {
                    Some(error) => bind_problem("--serve-certificate", address, error),
                    None => format!("{}: --serve-certificate: {address}: {error}", program()),
                };
                eprintln!("{line}");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(if sender.send_all().await { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
