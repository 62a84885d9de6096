//! SIGINT and SIGTERM, for commands that end cleanly.

use tokio::sync::watch;

/// Counts the signals that ask for the end.
pub struct StopSignal(watch::Receiver<u32>);

impl StopSignal {
    /// From here on SIGINT and SIGTERM do not end the program.
    pub fn new() -> Self {
        let (count, counted) = watch::channel(0);
        tokio::spawn(async move {
            let mut signals = Signals::new();
            loop {
                signals.next().await;
                count.send_modify(|count: &mut u32| *count = count.saturating_add(1));
            }
        });
        Self(counted)
    }

    /// Waits for the first signal.
    pub async fn asked(&mut self) {
        self.at_least(1).await;
    }

    /// Waits for the second signal.
    pub async fn asked_again(&mut self) {
        self.at_least(2).await;
    }

    async fn at_least(&mut self, wanted: u32) {
        if self.0.wait_for(|count| *count >= wanted).await.is_err() {
            // Without the task there are no signals.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(unix)]
struct Signals(Vec<tokio::signal::unix::Signal>);

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};
        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        Self(kinds.into_iter().filter_map(|kind| signal(kind).ok()).collect())
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let came = self.0.iter_mut().any(|signal| signal.poll_recv(context).is_ready());
            if came { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
