//! Threads that serve connections, one for each core. A connection stays with its thread, and so do
//! the connections that its pushes are sent on with: no other thread has to be woken for them.

use std::{
    cell::Cell,
    io,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// The threads. They end when this is dropped, and with them what they serve.
#[derive(Default)]
pub struct Workers {
    workers: Vec<Worker>,
    next: AtomicUsize,
}

struct Worker {
    handle: Handle,
    /// Dropped, it ends the thread.
    _alive: oneshot::Sender<()>,
}

impl Workers {
    /// Starts as many threads as there are cores.
    pub fn start() -> io::Result<Self> {
        let workers = (0..count()).map(Worker::start).collect::<io::Result<_>>()?;
        Ok(Self { workers, next: AtomicUsize::new(0) })
    }

    /// Runs a future on the next thread in turn; on the runtime of the caller where none was
    /// started.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let place = turn.checked_rem(self.workers.len()).unwrap_or_default();
        match self.workers.get(place) {
            Some(worker) => drop(worker.handle.spawn(future)),
            None => drop(tokio::spawn(future)),
        }
    }
}

impl Worker {
    fn start(number: usize) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (alive, ended) = oneshot::channel();
        thread::Builder::new().name(format!("receive-{number}")).spawn(move || {
            NUMBER.set(number);
            // The sender is dropped, and nothing is ever sent.
            let _ = runtime.block_on(ended);
            runtime.shutdown_background();
        })?;
        Ok(Self { handle, _alive: alive })
    }
}

/// One of a thing for each thread. Threads that are no workers share the first.
pub struct PerWorker<T> {
    first: T,
    others: Box<[T]>,
}

impl<T> PerWorker<T> {
    pub fn new(mut make: impl FnMut() -> T) -> Self {
        Self { first: make(), others: (1..count()).map(|_| make()).collect() }
    }

    /// Returns the one of this thread.
    pub fn get(&self) -> &T {
        let others = NUMBER.get().checked_sub(1);
        others.and_then(|place| self.others.get(place)).unwrap_or(&self.first)
    }
}

fn count() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

thread_local! {
    static NUMBER: Cell<usize> = const { Cell::new(0) };
}
