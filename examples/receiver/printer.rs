//! Lines on stdout, by a thread of its own: a consumer that is slow must not hold the threads that serve.

use std::{
    io::{self, Write},
    thread,
};

use tokio::sync::{mpsc, oneshot};

#[derive(Clone)]
pub struct Printer {
    jobs: mpsc::Sender<Job>,
}

struct Job {
    lines: String,
    printed: oneshot::Sender<bool>,
}

impl Printer {
    pub fn to_stdout() -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        thread::spawn(move || print_all(queue));
        Self { jobs }
    }

    /// Whether the lines were printed. If nobody waits for the answer any more, they are not.
    pub async fn print(&self, lines: String) -> bool {
        let (printed, answer) = oneshot::channel();
        self.jobs.send(Job { lines, printed }).await.is_ok() && answer.await.unwrap_or(false)
    }
}

fn print_all(mut queue: mpsc::Receiver<Job>) {
    while let Some(first) = queue.blocking_recv() {
        // What waits meanwhile is printed with it, and flushed once.
        let waiting = std::iter::from_fn(|| queue.try_recv().ok()).take(QUEUE);
        let jobs: Vec<_> = std::iter::once(first).chain(waiting).collect();
        let wanted: Vec<_> = jobs.into_iter().filter(|job| !job.printed.is_closed()).collect();
        let lines: String = wanted.iter().map(|job| job.lines.as_str()).collect();
        let printed = write_out(&lines).is_ok();
        for job in wanted {
            let _ = job.printed.send(printed);
        }
    }
}

fn write_out(lines: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(lines.as_bytes())?;
    stdout.flush()
}

const QUEUE: usize = 256;
