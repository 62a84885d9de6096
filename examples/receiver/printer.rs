//! Events on stdout, by a thread of its own: a consumer that is slow must not hold the threads that serve.

use std::{
    io::{self, BufWriter, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::sync::{mpsc, oneshot};
use tower_eventbridge::Authentic;

use crate::events;

#[derive(Clone)]
pub struct Printer {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    push: Arc<Mutex<Option<Authentic>>>,
    printed: oneshot::Sender<bool>,
}

/// Takes the push back when nobody waits for it any more: it is not printed, and its bytes are not kept in the queue.
struct TakenBack(Arc<Mutex<Option<Authentic>>>);

impl Drop for TakenBack {
    fn drop(&mut self) {
        take(&self.0);
    }
}

impl Printer {
    pub fn to_stdout() -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        thread::spawn(move || print_all(queue));
        Self { jobs }
    }

    /// Whether the events of a push were printed.
    pub async fn print(&self, push: Authentic) -> bool {
        let push = TakenBack(Arc::new(Mutex::new(Some(push))));
        let (printed, answer) = oneshot::channel();
        let job = Job { push: Arc::clone(&push.0), printed };
        self.jobs.send(job).await.is_ok() && answer.await.unwrap_or(false)
    }
}

fn print_all(mut queue: mpsc::Receiver<Job>) {
    let mut stdout = BufWriter::with_capacity(64 * 1024, io::stdout());
    while let Some(first) = queue.blocking_recv() {
        // What waits meanwhile is printed with it, and flushed once.
        let mut answers = Vec::new();
        let mut written = Ok(());
        let mut next = Some(first);
        while let Some(Job { push, printed }) = next {
            if let Some(push) = take(&push) {
                written = written.and_then(|()| events::write_lines(&mut stdout, &push));
                answers.push(printed);
            }
            next = if answers.len() < QUEUE { queue.try_recv().ok() } else { None };
        }
        let printed = written.and_then(|()| stdout.flush()).is_ok();
        for answer in answers {
            let _ = answer.send(printed);
        }
    }
}

fn take(push: &Mutex<Option<Authentic>>) -> Option<Authentic> {
    push.lock().unwrap_or_else(PoisonError::into_inner).take()
}

const QUEUE: usize = 256;
