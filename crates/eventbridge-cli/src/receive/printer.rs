//! Events on stdout, by a thread of its own: a consumer that is slow must not hold the threads that
//! serve.

use std::{
    io::{self, BufWriter, Write},
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use clap::ValueEnum;
use tokio::sync::{mpsc, oneshot};
use tower_eventbridge::each_event::PushedEvent;

use super::events::{self, Shows};

/// Which events are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Print {
    /// Whole unless forwarded, else the attributes.
    Auto,
    /// Whole.
    Always,
    /// Not at all.
    Never,
}

#[derive(Clone)]
pub struct Printer {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    event: Arc<Mutex<Option<PushedEvent>>>,
    shows: Shows,
    printed: oneshot::Sender<bool>,
}

/// Takes the event back when nobody waits for it any more: it is not printed, and its bytes are not
/// kept in the queue.
struct TakenBack(Arc<Mutex<Option<PushedEvent>>>);

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

    /// Whether the event was printed.
    pub async fn print(&self, event: PushedEvent, shows: Shows) -> bool {
        let event = TakenBack(Arc::new(Mutex::new(Some(event))));
        let (printed, answer) = oneshot::channel();
        let job = Job { event: Arc::clone(&event.0), shows, printed };
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
        while let Some(Job { event, shows, printed }) = next {
            if let Some(event) = take(&event) {
                written = written.and_then(|()| events::write_line(&mut stdout, &event, shows));
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

fn take(event: &Mutex<Option<PushedEvent>>) -> Option<PushedEvent> {
    event.lock().unwrap_or_else(PoisonError::into_inner).take()
}

const QUEUE: usize = 256;
