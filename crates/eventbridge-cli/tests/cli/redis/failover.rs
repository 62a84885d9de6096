//! Two receivers on a store that fails over, on a cluster whose slots move, and behind sentinels.
//!
//! Ignored unless asked for, because they need `redis-server` and `redis-cli`:
//! `cargo test -p eventbridge-cli redis:: -- --ignored`.

use std::{
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use super::{
    Delivery, Effects, PASSWORD, Redis, TOKEN, cli, counted, lost_and_twice, receiver, says,
};
use crate::process::{PATIENCE, Server, free_address};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::timeout,
};
use tower_eventbridge::idempotency::{
    BodyDigest, Claim, Claimed, Committed, IdempotencyKey, IdempotencyStore, RedisStore,
};

const EVENTS: usize = 2_000;
const SENTINEL_PASSWORD: &str = "sentinel-password-secret";

/// Two receivers on one store, and 2,000 events on their way to them.
struct Run {
    effects: [Effects; 2],
    receivers: Vec<Server>,
    admins: Vec<String>,
    delivery: Delivery,
}

impl Run {
    async fn start(url: &str) -> Self {
        let effects = [Effects::default(), Effects::default()];
        let (mut receivers, mut admins) = (Vec::new(), Vec::new());
        for effects in &effects {
            let mut receiver = receiver(url, effects).await;
            admins.push(receiver.log.line_that_begins("admin listening on ").await);
            receivers.push(receiver);
        }
        let addresses: Vec<_> = receivers.iter().map(|receiver| receiver.address).collect();
        let delivery = Delivery::start(EVENTS, &addresses);
        Self { effects, receivers, admins, delivery }
    }

    /// Waits for the end: none is lost, and what ran twice is what the metric counts.
    async fn end(mut self, name: &str) {
        let tries = self.delivery.end().await;
        let (mut commits_lost, mut unavailable) = (0, 0);
        for admin in &self.admins {
            commits_lost += counted(admin, "commit-lost").await;
            unavailable += counted(admin, "store-unavailable").await;
        }
        let (lost, twice) = lost_and_twice(EVENTS, &[&self.effects[0], &self.effects[1]]);
        println!(
            "{name}: {EVENTS} events, {tries} tries, {unavailable} met no store: {lost} lost, \
             {twice} ran twice; {commits_lost} commits lost"
        );
        assert_eq!(lost, 0);
        assert!(twice <= commits_lost);
        for receiver in self.receivers {
            let (code, _, log) = receiver.stop().await;
            assert_eq!(code, 0);
            for secret in [PASSWORD, TOKEN, SENTINEL_PASSWORD] {
                assert!(!log.contains(secret), "{log}");
            }
        }
    }
}

/// An address that leads new connections to whatever server it is told to, and leaves the others
/// where they are.
async fn proxy(to: SocketAddr) -> (SocketAddr, Arc<Mutex<SocketAddr>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let target = Arc::new(Mutex::new(to));
    let to = Arc::clone(&target);
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let to = *to.lock().unwrap();
            tokio::spawn(async move {
                let mut server = TcpStream::connect(to).await?;
                copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    (address, target)
}

async fn replica_of(primary: &Redis) -> Redis {
    let port = primary.address.port().to_string();
    let replica = Redis::start_with(&["--replicaof", "127.0.0.1", &port]).await;
    replica.says(&["INFO", "replication"], "master_link_status:up").await;
    replica
}

/// The primary becomes a replica and goes on to answer: only its answers say that it is not the
/// primary.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server"]
async fn a_failover_behind_an_address_that_leads_to_the_new_primary() {
    let old = Redis::start().await;
    let new = replica_of(&old).await;
    let (address, target) = proxy(old.address).await;
    let mut run = Run::start(&format!("redis://:{PASSWORD}@{address}/1")).await;
    run.delivery.at(EVENTS).await;

    // Without writes until the replica has them all: what is lost in between would not be this
    // store's doing.
    assert!(old.cli(&["CLIENT", "PAUSE", "20000", "WRITE"]).await.contains("OK"));
    let offset = |text: String, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name).map(str::to_owned));
        line.unwrap().trim().parse::<u64>().unwrap()
    };
    let info = ["INFO", "replication"];
    let caught_up = async {
        while offset(new.cli(&info).await, "slave_repl_offset:")
            < offset(old.cli(&info).await, "master_repl_offset:")
        {}
    };
    timeout(PATIENCE, caught_up).await.unwrap();
    assert!(new.cli(&["REPLICAOF", "NO", "ONE"]).await.contains("OK"));
    *target.lock().unwrap() = new.address;
    let port = new.address.port().to_string();
    assert!(old.cli(&["REPLICAOF", "127.0.0.1", &port]).await.contains("OK"));
    assert!(old.cli(&["CLIENT", "UNPAUSE"]).await.contains("OK"));

    run.delivery.at(EVENTS * 3).await;
    assert!(old.cli(&info).await.contains("role:slave"), "it is one to the end");
    run.end("failover").await;
}

struct Cluster(Vec<Redis>);

impl Cluster {
    async fn start() -> Self {
        let mut nodes = Vec::new();
        for _ in 0..3 {
            // The second port is chosen by the test too: by itself it would be 10,000 higher.
            let bus = free_address().port().to_string();
            let options =
                ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000", "--cluster-port"];
            nodes.push(Redis::start_with(&[&options[..], &[&bus]].concat()).await);
        }
        let addresses: Vec<_> = nodes.iter().map(|node| node.address.to_string()).collect();
        let mut create = vec!["--cluster", "create"];
        create.extend(addresses.iter().map(String::as_str));
        create.push("--cluster-yes");
        let made = nodes[0].cli(&create).await;
        assert!(made.contains("All 16384 slots covered"), "{made}");
        for node in &nodes {
            node.says(&["CLUSTER", "INFO"], "cluster_state:ok").await;
        }
        Self(nodes)
    }

    /// Of one node that is there and one that is not.
    fn url(&self) -> String {
        let absent = free_address();
        format!("redis+cluster://:{PASSWORD}@{absent},{}", self.0[2].address)
    }

    async fn id(&self, node: usize) -> String {
        self.0[node].cli(&["CLUSTER", "MYID"]).await.trim().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server"]
async fn a_cluster_whose_slots_move_while_pushes_come() {
    let cluster = Cluster::start().await;
    let mut run = Run::start(&cluster.url()).await;
    run.delivery.at(EVENTS / 2).await;
    let (from, to) = (cluster.id(0).await, cluster.id(1).await);
    let address = cluster.0[0].address.to_string();
    let moved = cluster.0[0]
        .cli(&[
            "--cluster",
            "reshard",
            &address,
            "--cluster-from",
            &from,
            "--cluster-to",
            &to,
            "--cluster-slots",
            "1000",
            "--cluster-yes",
        ])
        .await;
    assert!(!moved.contains("ERR") && moved.contains("Moving slot"), "{moved}");
    run.delivery.at(EVENTS * 3).await;
    run.end("cluster").await;
}

/// Half way: keys that were there answer where they are, new ones where the slot goes.
#[tokio::test]
#[ignore = "needs redis-server"]
async fn a_slot_that_is_moving_takes_claims() {
    let cluster = Cluster::start().await;
    let store = RedisStore::new(&cluster.url()).unwrap();
    let lease = Duration::from_secs(60);
    for name in 0..20 {
        let key = IdempotencyKey::of([format!("event {name}").as_bytes()]);
        let (first, second) = (
            Claim::new(key, BodyDigest::of(b"1")).unwrap(),
            Claim::new(key, BodyDigest::of(b"2")).unwrap(),
        );
        let digits: String = key.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        let slot = cluster.0[0].cli(&["CLUSTER", "KEYSLOT", &digits]).await.trim().to_owned();
        let name_of_key = format!("tower-eventbridge:{{{digits}}}");
        let mut owner = None;
        for (index, node) in cluster.0.iter().enumerate() {
            if !node.cli(&["GET", &name_of_key]).await.contains("MOVED") {
                owner = Some(index);
            }
        }
        let from = owner.expect("one of them has the slot");
        let to = (from + 1) % 3;
        if name % 2 == 0 {
            assert_eq!(store.claim(first, lease).await.unwrap(), Claimed::Owned);
        }
        let (from_id, to_id) = (cluster.id(from).await, cluster.id(to).await);
        let set = ["CLUSTER", "SETSLOT", &slot];
        let importing = cluster.0[to].cli(&[&set[..], &["IMPORTING", &from_id]].concat()).await;
        let migrating = cluster.0[from].cli(&[&set[..], &["MIGRATING", &to_id]].concat()).await;
        assert!(importing.contains("OK") && migrating.contains("OK"), "{importing}{migrating}");
        assert_eq!(store.claim(first, lease).await.unwrap(), Claimed::Owned);
        assert_eq!(store.claim(second, lease).await.unwrap(), Claimed::OwnedWithOtherBody);
        assert_eq!(store.commit(first, lease).await.unwrap(), Committed::Done);
        store.abandon(second).await.unwrap();
        assert_eq!(store.claim(first, lease).await.unwrap(), Claimed::Done);
    }
}

struct Sentinel {
    _process: Child,
    address: SocketAddr,
}

impl Sentinel {
    async fn start(primary: &Redis) -> Self {
        let address = free_address();
        let folder =
            PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("sentinel-{}", address.port()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("sentinel.conf");
        let settings = format!(
            "bind 127.0.0.1\nport {}\ndir {}\nrequirepass {SENTINEL_PASSWORD}\n\
             sentinel monitor main 127.0.0.1 {} 1\nsentinel auth-pass main {PASSWORD}\n\
             sentinel down-after-milliseconds main 1000\nsentinel failover-timeout main 5000\n",
            address.port(),
            folder.display(),
            primary.address.port()
        );
        std::fs::write(&file, settings).unwrap();
        let process = Command::new("redis-server")
            .arg(&file)
            .arg("--sentinel")
            .kill_on_drop(true)
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let up = async { while TcpStream::connect(address).await.is_err() {} };
        timeout(PATIENCE, up).await.expect("the sentinel listens");
        Self { _process: process, address }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs redis-server"]
async fn a_failover_by_a_sentinel_under_load() {
    let mut primary = Redis::start().await;
    let replica = replica_of(&primary).await;
    let sentinel = Sentinel::start(&primary).await;
    let port = replica.address.port().to_string();
    let known = ["SENTINEL", "REPLICAS", "main"];
    says(sentinel.address, SENTINEL_PASSWORD, &known, &port).await;
    let absent = free_address();
    let url = format!(
        "redis+sentinel://:{PASSWORD}@{absent},{}/main/1?sentinel_password={SENTINEL_PASSWORD}",
        sentinel.address
    );
    let mut run = Run::start(&url).await;
    run.delivery.at(EVENTS).await;
    // It hands what it acknowledged to its replica before it ends.
    primary.stop().await;
    run.delivery.at(EVENTS * 3).await;
    let address =
        cli(sentinel.address, SENTINEL_PASSWORD, &["SENTINEL", "GET-MASTER-ADDR-BY-NAME", "main"]);
    assert!(address.await.contains(&port), "the replica is the primary now");
    run.end("sentinel").await;
}
