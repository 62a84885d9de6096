//! The receiver of all pushes: counts, and sees in which order they come.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Router, body::Bytes, extract::State};
use http::StatusCode;
use serde::Deserialize;
use tokio::net::TcpListener;

use super::scale::{REFUSED, RULES};

#[derive(Default)]
pub(crate) struct Receiver {
    pub(crate) url: String,
    seen: Mutex<Seen>,
    pub(crate) tries: AtomicU64,
    arrived: AtomicU64,
    /// Events that came again after they had been accepted.
    pub(crate) again: AtomicU64,
    pub(crate) out_of_order: AtomicU64,
}

#[derive(Default)]
struct Seen {
    /// The last number whose first try arrived, by rule.
    last: HashMap<u64, u64>,
    /// What became of each event, by number.
    events: Vec<Fate>,
}

#[derive(Clone, Copy, Default, PartialEq)]
enum Fate {
    #[default]
    Unseen,
    Refused,
    Accepted,
}

#[derive(Deserialize)]
struct Event {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    n: u64,
}

impl Receiver {
    pub(crate) async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let receiver = Arc::new(Self { url, ..Self::default() });
        let routes = Router::new().fallback(receive).with_state(Arc::clone(&receiver));
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        receiver
    }

    /// Returns how many events were accepted, each counted once.
    pub(crate) fn arrived(&self) -> u64 {
        self.arrived.load(Ordering::Relaxed)
    }

    /// Tells whether an event was accepted.
    pub(crate) fn has(&self, number: u64) -> bool {
        let seen = self.seen.lock().unwrap();
        seen.events.get(number as usize) == Some(&Fate::Accepted)
    }

    fn judge(&self, number: u64) -> StatusCode {
        self.tries.fetch_add(1, Ordering::Relaxed);
        let mut seen = self.seen.lock().unwrap();
        let Seen { last, events } = &mut *seen;
        if events.len() <= number as usize {
            events.resize(number as usize + 1, Fate::Unseen);
        }
        let fate = &mut events[number as usize];
        if *fate == Fate::Unseen {
            let before = last.insert(number % RULES, number);
            if before.is_some_and(|before| before >= number) {
                self.out_of_order.fetch_add(1, Ordering::Relaxed);
            }
            if number.is_multiple_of(REFUSED) {
                *fate = Fate::Refused;
                return StatusCode::SERVICE_UNAVAILABLE;
            }
        }
        let counter = if *fate == Fate::Accepted { &self.again } else { &self.arrived };
        counter.fetch_add(1, Ordering::Relaxed);
        *fate = Fate::Accepted;
        StatusCode::OK
    }
}

async fn receive(State(receiver): State<Arc<Receiver>>, body: Bytes) -> StatusCode {
    let event: Event = serde_json::from_slice(&body).unwrap();
    receiver.judge(event.data.n)
}
