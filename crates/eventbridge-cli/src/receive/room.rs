//! Room for connections and requests: how many there may be, and which connection goes when there
//! is none.

use std::{
    collections::{BTreeMap, HashMap},
    net::{IpAddr, Ipv6Addr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::Notify,
    time::{self, Instant},
};

/// How much there may be at a time.
#[derive(Clone, Copy, Debug)]
pub struct RoomLimits {
    pub connections: usize,
    /// Of one IPv4 address, or one IPv6 network of 64 bits.
    pub connections_per_peer: usize,
    /// Requests over all connections. A head longer than 4 KiB counts as several.
    pub requests: usize,
}

/// The connections that are open, and the requests on them.
pub struct Room {
    limits: RoomLimits,
    seats: Mutex<Seats>,
    left: Notify,
    /// Requests under way, by weight.
    requests: AtomicUsize,
}

#[derive(Default)]
struct Seats {
    taken: HashMap<u64, Arc<Activity>>,
    next: u64,
}

/// A connection's place in the room, given back when dropped.
pub struct Seat {
    room: Arc<Room>,
    id: u64,
    pub activity: Arc<Activity>,
}

/// What happens on one connection.
pub struct Activity {
    peer: IpAddr,
    state: Mutex<State>,
    closed: Notify,
}

struct State {
    /// Requests that are verified or handled.
    handling: usize,
    /// When the last of them was answered, or the connection opened.
    idle_since: Instant,
    /// When the last of them was accepted, or the connection opened: a stranger's requests keep no
    /// place.
    useful_at: Instant,
    /// Requests in a row for which there was no room.
    refused_in_a_row: u32,
    any_request: bool,
    /// Answers that the peer has not taken, by age.
    unsent: BTreeMap<u64, Instant>,
    next_answer: u64,
    /// The weight of its requests under way.
    requests: usize,
}

impl Room {
    pub fn new(limits: RoomLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            seats: Mutex::default(),
            left: Notify::new(),
            requests: AtomicUsize::new(0),
        })
    }

    /// Admits a connection. Where there is no room, the one that has been idle longest is closed;
    /// where none is idle, waits for room, but one of a peer that has its share is not admitted.
    pub async fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Seat> {
        let peer = network(peer);
        loop {
            {
                let mut seats = lock(&self.seats);
                let of_peer = seats.taken.values().filter(|other| other.peer == peer).count();
                let share = self.limits.connections_per_peer;
                // Without a share below the whole, peers wait like everybody.
                if share < self.limits.connections && of_peer >= share {
                    let room = seats.close_longest_idle(|other| other.peer == peer);
                    return room.then(|| self.seat(&mut seats, peer));
                }
                if seats.taken.len() < self.limits.connections || seats.close_longest_idle(|_| true)
                {
                    return Some(self.seat(&mut seats, peer));
                }
            }
            // Also looks again at those that have been idle for too short a time.
            let _ = time::timeout(IDLE_GRACE / 10, self.left.notified()).await;
        }
    }

    fn seat(self: &Arc<Self>, seats: &mut Seats, peer: IpAddr) -> Seat {
        let id = seats.next;
        seats.next += 1;
        let activity = Arc::new(Activity::new(peer));
        seats.taken.insert(id, Arc::clone(&activity));
        Seat { room: Arc::clone(self), id, activity }
    }

    /// Closes connections on which nothing happens, and those whose peers do not take their
    /// answers; for ever.
    pub async fn close_the_idle(&self) {
        let mut clock = time::interval(Duration::from_secs(1));
        loop {
            let now = clock.tick().await;
            // Where requests are many, those that wait for their peers go soon.
            let crowded = self.requests.load(Ordering::Relaxed) > self.limits.requests / 2;
            let send_timeout = if crowded { SEND_TIMEOUT_CROWDED } else { SEND_TIMEOUT };
            let mut seats = lock(&self.seats);
            let overdue = seats.taken.extract_if(|_, seat| seat.is_overdue(now, send_timeout));
            overdue.for_each(|(_, seat)| seat.closed.notify_one());
        }
    }

    /// Closes connections on which no request is verified or handled, a second after the last one:
    /// for a receiver that stops. Never ends.
    pub async fn close_what_does_nothing(&self) {
        let mut clock = time::interval(Duration::from_millis(250));
        loop {
            let now = clock.tick().await;
            let mut seats = lock(&self.seats);
            let done = seats.taken.extract_if(|_, seat| seat.does_nothing(now));
            done.for_each(|(_, seat)| seat.closed.notify_one());
        }
    }

    /// Takes weight for a request. The second half of what there is, is for connections that hold
    /// little.
    fn take(&self, weight: usize, of_connection: usize) -> bool {
        let limit = self.limits.requests;
        let fits = |held: usize| {
            let all = held.saturating_add(weight);
            let has_little =
                of_connection == 0 || of_connection.saturating_add(weight) <= ALWAYS_FOR_ONE;
            (all <= limit / 2 || (all <= limit && has_little)).then_some(all)
        };
        self.requests.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
    }
}

impl Seats {
    /// Closes the connection whose last accepted request, or opening, is longest ago, unless that
    /// was just now.
    fn close_longest_idle(&mut self, of: impl Fn(&Activity) -> bool) -> bool {
        let idle = self.taken.iter().filter(|(_, other)| of(other));
        let idle = idle.filter_map(|(id, other)| Some((other.idle_since()?, *id)));
        let longest = idle.min().filter(|(since, _)| since.elapsed() >= IDLE_GRACE);
        let Some(closed) = longest.and_then(|(_, id)| self.taken.remove(&id)) else { return false };
        closed.closed.notify_one();
        true
    }
}

impl Seat {
    /// Ends when the connection has to go.
    pub async fn closed(&self) {
        self.activity.closed.notified().await;
    }

    /// Begins a request whose head takes so many bytes; `None` if there is no room for it.
    pub fn begin(room: &Arc<Room>, activity: &Arc<Activity>, head: usize) -> Option<Handling> {
        let weight = 1 + head / WEIGHT_BYTES;
        let mut state = lock(&activity.state);
        if !room.take(weight, state.requests) {
            state.refused_in_a_row = state.refused_in_a_row.saturating_add(1);
            // What refuses a stream is kept until the peer reads it.
            if state.refused_in_a_row > MAX_REFUSED_IN_A_ROW {
                activity.closed.notify_one();
            }
            return None;
        }
        state.refused_in_a_row = 0;
        state.requests += weight;
        state.handling += 1;
        state.any_request = true;
        drop(state);
        let under_way = UnderWay { room: Arc::clone(room), activity: Arc::clone(activity), weight };
        Some(Handling { under_way: Arc::new(under_way) })
    }

    pub fn room(&self) -> &Arc<Room> {
        &self.room
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.room.seats).taken.remove(&self.id);
        self.room.left.notify_one();
    }
}

impl Activity {
    fn new(peer: IpAddr) -> Self {
        let state = State {
            handling: 0,
            idle_since: Instant::now(),
            useful_at: Instant::now(),
            refused_in_a_row: 0,
            any_request: false,
            unsent: BTreeMap::new(),
            next_answer: 0,
            requests: 0,
        };
        Self { peer, state: Mutex::new(state), closed: Notify::new() }
    }

    /// Answers that are not taken do not make a connection busy.
    fn idle_since(&self) -> Option<Instant> {
        let state = lock(&self.state);
        (state.handling == 0).then_some(state.useful_at)
    }

    fn is_overdue(&self, now: Instant, send_timeout: Duration) -> bool {
        let state = lock(&self.state);
        let limit = if state.any_request { IDLE_TIMEOUT } else { HEADER_TIMEOUT };
        let passed = |since: Instant, limit| now.saturating_duration_since(since) >= limit;
        let oldest = state.unsent.first_key_value();
        oldest.is_some_and(|(_, since)| passed(*since, send_timeout))
            || (state.handling == 0 && passed(state.idle_since, limit))
    }
}

impl Activity {
    /// Whether no request is verified or handled, and the last answer had time to leave.
    fn does_nothing(&self, now: Instant) -> bool {
        let state = lock(&self.state);
        state.handling == 0
            && now.saturating_duration_since(state.idle_since) >= SEND_TIMEOUT_CROWDED
    }
}

/// A request under way: from its head until its body and its answer are gone.
pub struct UnderWay {
    room: Arc<Room>,
    activity: Arc<Activity>,
    weight: usize,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        lock(&self.activity.state).requests -= self.weight;
        self.room.requests.fetch_sub(self.weight, Ordering::Relaxed);
    }
}

/// A request that is verified or handled: its connection is busy.
pub struct Handling {
    under_way: Arc<UnderWay>,
}

impl Handling {
    pub fn under_way(&self) -> Arc<UnderWay> {
        Arc::clone(&self.under_way)
    }

    /// The answer is there, and waits for the peer.
    pub fn answered(self, accepted: bool) -> Unsent {
        let mut state = lock(&self.under_way.activity.state);
        if accepted {
            state.useful_at = Instant::now();
        }
        let id = state.next_answer;
        state.next_answer += 1;
        state.unsent.insert(id, Instant::now());
        drop(state);
        Unsent { under_way: self.under_way(), id }
    }
}

impl Drop for Handling {
    fn drop(&mut self) {
        let mut state = lock(&self.under_way.activity.state);
        state.handling -= 1;
        state.idle_since = Instant::now();
    }
}

/// An answer that has not left.
pub struct Unsent {
    under_way: Arc<UnderWay>,
    id: u64,
}

impl Drop for Unsent {
    fn drop(&mut self) {
        lock(&self.under_way.activity.state).unsent.remove(&self.id);
    }
}

/// Whom an address belongs to: of IPv6, a host has a network of 64 bits at least.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address @ IpAddr::V4(_) => address,
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long a new connection has for its first request's head.
pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// A connection between two requests is not idle yet.
const IDLE_GRACE: Duration = Duration::from_millis(500);
/// How long a peer may leave an answer.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const SEND_TIMEOUT_CROWDED: Duration = Duration::from_secs(1);
const MAX_REFUSED_IN_A_ROW: u32 = 256;
/// What one connection may have under way when requests are many: a few of HTTP/2.
const ALWAYS_FOR_ONE: usize = 3;
/// About what a request takes beside its head.
const WEIGHT_BYTES: usize = 4 * 1024;
