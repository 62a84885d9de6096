//! A running local EventBridge.

use std::{fmt, net::SocketAddr, ops::Deref};

use aliyun_eventbridge::{endpoint::Endpoint, field::InvalidField};
use tokio::task::JoinHandle;
use tower_eventbridge::signer::Signer;

use crate::handle::Handle;

/// Holds a running local EventBridge. It ends when it is dropped. [`LocalEventBridge::stop`] waits
/// for its end.
///
/// It works as its [`Handle`] does.
pub struct LocalEventBridge {
    pub(crate) handle: Handle,
    pub(crate) address: SocketAddr,
    pub(crate) signer: Signer,
    pub(crate) root_pem: String,
    pub(crate) task: Option<JoinHandle<()>>,
}

impl LocalEventBridge {
    /// Returns the address that it listens on.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the URL of both protocols, `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the endpoint for a client of this project.
    ///
    /// # Errors
    ///
    /// Never fails, as the server listens on this machine.
    pub fn endpoint(&self) -> Result<Endpoint, InvalidField> {
        Endpoint::given(&self.url())
    }

    /// Returns the URL of the certificate that pushes name.
    #[must_use]
    pub fn certificate_url(&self) -> &str {
        self.signer.certificate_url()
    }

    /// Returns the certificate in PEM: a receiver that has it needs to fetch nothing.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        self.signer.certificate_pem()
    }

    /// Returns the TLS root under which the certificate host serves on
    /// [`LocalEventBridge::address`].
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root_pem
    }

    /// Returns a handle, which clones can share.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Stops the server. Requests that were accepted are answered, and pushes under way are left.
    /// With a state file, what was not delivered is delivered after the next start.
    pub async fn stop(mut self) {
        self.handle.core.shared.stopping.send_replace(true);
        if let Some(task) = self.task.take() {
            // A task that panicked has stopped.
            let _ = task.await;
        }
        // What was delivered is written before the program ends, or it would be delivered again.
        let _ = self.handle.core.shared.journal.commit(Vec::new).await;
    }
}

impl Deref for LocalEventBridge {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for LocalEventBridge {
    fn drop(&mut self) {
        self.handle.core.shared.stopping.send_replace(true);
    }
}

impl fmt::Debug for LocalEventBridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEventBridge").field("address", &self.address).finish_non_exhaustive()
    }
}
