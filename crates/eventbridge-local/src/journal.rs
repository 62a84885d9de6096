//! What is kept of the state: nothing, or a file that survives a crash.
//!
//! The file is a `redb` database: pure Rust, transactions, small. Memory holds everything too, so
//! the file is only read at the start. Writes of several requests share a transaction and its
//! `fsync`. Each request is answered after that.

#![expect(clippy::result_large_err, reason = "the database's own error, once a transaction")]

use std::{collections::BTreeMap, fmt, path::Path, thread};

use redb::{Database, DatabaseError, ReadableTable, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use crate::{fault::Fault, observe::Destination, resources::Resource};

const RESOURCES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("resources-1");
const EVENTS: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("events-1");
const DELIVERIES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("deliveries-1");
const DEAD: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("dead-letters-1");

/// Pages of the file that are kept in memory: it is written only, and read at the start.
const CACHE_BYTES: usize = 16 * 1024 * 1024;
/// This many writes wait for the file.
const MOST_WAITING: usize = 1_024;
/// This many waiting writes share a transaction.
const MOST_TOGETHER: usize = 512;

/// An event, as the state file has it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StoredEvent {
    pub(crate) number: u64,
    pub(crate) bus: String,
    pub(crate) id: String,
    pub(crate) source: String,
    pub(crate) r#type: String,
    pub(crate) json: String,
}

/// A delivery that has no end yet.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StoredDelivery {
    pub(crate) number: u64,
    pub(crate) event: u64,
    pub(crate) bus: String,
    pub(crate) rule: String,
    pub(crate) target: String,
    /// How many tries there were.
    pub(crate) attempts: u32,
}

impl StoredDelivery {
    pub(crate) fn to(&self) -> Destination {
        let Self { bus, rule, target, .. } = self.clone();
        Destination { bus, rule, target }
    }
}

/// A dead letter, with its event.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct StoredDeadLetter {
    pub(crate) delivery: StoredDelivery,
    pub(crate) event: StoredEvent,
    pub(crate) queue: String,
    pub(crate) reason: String,
    pub(crate) at: String,
}

/// One change of the state.
#[derive(Debug)]
pub(crate) enum Write {
    Resource(Box<Resource>),
    ResourceGone(String),
    Event(StoredEvent),
    EventGone(u64),
    Delivery(StoredDelivery),
    DeliveryGone(u64),
    Dead(Box<StoredDeadLetter>),
    DeadGone(u64),
}

/// What a state file held at the start.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    pub(crate) resources: Vec<Resource>,
    pub(crate) events: BTreeMap<u64, StoredEvent>,
    pub(crate) deliveries: Vec<StoredDelivery>,
    pub(crate) dead: Vec<StoredDeadLetter>,
}

/// Where changes of the state go.
#[derive(Clone)]
pub(crate) enum Journal {
    /// Nowhere: memory has it.
    Memory,
    /// To the file.
    File(mpsc::Sender<Job>),
}

pub(crate) struct Job {
    writes: Vec<Write>,
    /// Who waits until the writes are on the disk.
    waits: Option<oneshot::Sender<Result<(), String>>>,
}

impl Journal {
    /// Opens a state file, which is made for its owner only if there is none.
    pub(crate) fn open(file: &Path) -> Result<(Self, Recovered), String> {
        let database = created(file)?;
        let recovered = recovered(&database).map_err(|error| error.to_string())?;
        let (sender, jobs) = mpsc::channel(MOST_WAITING);
        let work = move || write_all(&database, jobs);
        let builder = thread::Builder::new().name("eventbridge-local-journal".to_owned());
        builder.spawn(work).map_err(|error| error.to_string())?;
        Ok((Self::File(sender), recovered))
    }

    /// Writes and waits until the writes survive a crash.
    pub(crate) async fn commit(&self, writes: impl FnOnce() -> Vec<Write>) -> Result<(), Fault> {
        let Self::File(jobs) = self else { return Ok(()) };
        let (waits, written) = oneshot::channel();
        let gone = || Fault::internal("the state file is not written any more");
        let job = Job { writes: writes(), waits: Some(waits) };
        jobs.send(job).await.map_err(|_| gone())?;
        written.await.map_err(|_| gone())?.map_err(|error| {
            Fault::internal(format_args!("the state file cannot be written: {error}"))
        })
    }

    /// Writes, with the next commit. If the machine stops before, a delivery is made once more.
    pub(crate) async fn later(&self, writes: impl FnOnce() -> Vec<Write>) {
        if let Self::File(jobs) = self {
            // A file that cannot be written fails the next commit.
            let _ = jobs.send(Job { writes: writes(), waits: None }).await;
        }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "Journal::Memory",
            Self::File(_) => "Journal::File",
        })
    }
}

#[cfg(unix)]
fn created(file: &Path) -> Result<Database, String> {
    use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
    let mut options = std::fs::OpenOptions::new();
    let options = options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let opened = options.open(file).map_err(|error| error.to_string())?;
    let mode = opened.metadata().map_err(|error| error.to_string())?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let file = file.display();
        return Err(format!(
            "others can read or write the file, which holds secrets (mode {mode:04o}): run \
             `chmod 600 {file}`"
        ));
    }
    let created = redb::Builder::new().set_cache_size(CACHE_BYTES).create_file(opened);
    created.map_err(|error| {
        if matches!(error, DatabaseError::DatabaseAlreadyOpen) {
            return "another program uses the file: stop it, or give another file".to_owned();
        }
        error.to_string()
    })
}

#[cfg(not(unix))]
fn created(file: &Path) -> Result<Database, String> {
    Database::create(file).map_err(|error| error.to_string())
}

fn recovered(database: &Database) -> Result<Recovered, redb::Error> {
    let transaction = database.begin_write()?;
    let recovered = {
        let resources = transaction.open_table(RESOURCES)?;
        let events = transaction.open_table(EVENTS)?;
        let deliveries = transaction.open_table(DELIVERIES)?;
        let dead = transaction.open_table(DEAD)?;
        let mut recovered = Recovered::default();
        // Buses come before the rules on them.
        for row in resources.iter()? {
            recovered.resources.extend(read(row?.1.value())?);
        }
        for row in events.iter()? {
            let event: Option<StoredEvent> = read(row?.1.value())?;
            recovered.events.extend(event.map(|event| (event.number, event)));
        }
        for row in deliveries.iter()? {
            recovered.deliveries.extend(read(row?.1.value())?);
        }
        for row in dead.iter()? {
            recovered.dead.extend(read(row?.1.value())?);
        }
        recovered
    };
    transaction.commit()?;
    Ok(recovered)
}

fn read<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<Option<T>, redb::Error> {
    serde_json::from_slice(bytes).map(Some).map_err(|error| {
        redb::Error::Corrupted(format!("a row of the state file cannot be read: {error}"))
    })
}

/// Writes jobs until nobody can send one any more.
fn write_all(database: &Database, mut jobs: mpsc::Receiver<Job>) {
    while let Some(first) = jobs.blocking_recv() {
        let mut together = vec![first];
        while together.len() < MOST_TOGETHER {
            let Ok(next) = jobs.try_recv() else { break };
            together.push(next);
        }
        let writes = together.iter().flat_map(|job| &job.writes);
        let written = transaction(database, writes).map_err(|error| error.to_string());
        for waits in together.into_iter().filter_map(|job| job.waits) {
            let _ = waits.send(written.clone());
        }
    }
}

fn transaction<'a>(
    database: &Database,
    writes: impl Iterator<Item = &'a Write>,
) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    tables(&transaction, writes)?;
    transaction.commit()?;
    Ok(())
}

fn tables<'a>(
    transaction: &WriteTransaction,
    writes: impl Iterator<Item = &'a Write>,
) -> Result<(), redb::Error> {
    let mut resources = transaction.open_table(RESOURCES)?;
    let mut events = transaction.open_table(EVENTS)?;
    let mut deliveries = transaction.open_table(DELIVERIES)?;
    let mut dead = transaction.open_table(DEAD)?;
    for write in writes {
        match write {
            Write::Resource(resource) => {
                resources.insert(resource.key().text().as_str(), bytes(resource)?.as_slice())?;
            }
            Write::ResourceGone(key) => drop(resources.remove(key.as_str())?),
            Write::Event(event) => drop(events.insert(event.number, bytes(event)?.as_slice())?),
            Write::EventGone(number) => drop(events.remove(number)?),
            Write::Delivery(delivery) => {
                deliveries.insert(delivery.number, bytes(delivery)?.as_slice())?;
            }
            Write::DeliveryGone(number) => drop(deliveries.remove(number)?),
            Write::Dead(letter) => {
                dead.insert(letter.delivery.number, bytes(letter)?.as_slice())?;
            }
            Write::DeadGone(number) => drop(dead.remove(number)?),
        }
    }
    Ok(())
}

fn bytes<T: Serialize>(value: &T) -> Result<Vec<u8>, redb::Error> {
    serde_json::to_vec(value).map_err(|error| redb::Error::Corrupted(error.to_string()))
}
