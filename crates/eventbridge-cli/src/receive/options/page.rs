//! `receive --ui`: where the page is that shows verdicts.

use std::net::SocketAddr;

use clap::Args;

use crate::{dev, receive::pages::CONNECTIONS, usage::UsageError};

/// Where the page is.
#[derive(Args)]
pub struct PageOptions {
    /// Show every push on a page at this address of this machine, http://ADDR/ui/: the verdict with
    /// its checks, near misses, what was received and signed, and the answer
    #[arg(long, value_name = "ADDR")]
    pub ui: Option<SocketAddr>,
}

impl PageOptions {
    /// Rejects an address that other machines reach: the page shows bodies.
    pub fn check(&self) -> Result<(), UsageError> {
        let Some(address) = self.ui.filter(|address| !dev::is_loopback(address.ip())) else {
            return Ok(());
        };
        let reason = format!(
            "{address} can be reached from other machines, and the page shows bodies, so it is for \
             this one alone: give 127.0.0.1:{}",
            address.port()
        );
        Err(UsageError::new("--ui", reason))
    }

    /// Connections of the page, beside the others.
    pub fn connections(&self) -> u64 {
        match self.ui {
            Some(_) => u64::try_from(CONNECTIONS).unwrap_or(u64::MAX),
            None => 0,
        }
    }
}
