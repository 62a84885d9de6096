//! From `eventbridge local` through the proxy to services in other languages.
//!
//! Ignored by default, as the tests of `peers`.

use crate::{
    local::{TOKEN, event, publisher, webhook},
    peers::{Peer, SECRET},
    process::{Server, free_address, temporary_file, temporary_path},
};

/// Publishes events, and sees them in a service behind the proxy, each once and in order.
async fn what_is_published_arrives(peer: Peer, name: &str) {
    let service = peer.start(SECRET).await;
    let state = temporary_path(&format!("published-{name}"));
    let local = free_address();
    let (trusted, url) = (format!("--local={local}"), service.url());
    let receive = ["--listen", "127.0.0.1:0", "--token", TOKEN, "--print", "never"];
    let forward = [&trusted, "--forward", &url, "--forward-secret", SECRET];
    let receiver =
        Server::start_with_state("receive", &[&forward[..], &receive].concat(), &state).await;
    let target = format!("http://{}/eventbridge", receiver.address);
    let rules = webhook("to-hook", &target, "");
    let rules = temporary_file(&format!("published-{name}.toml"), rules.as_bytes());
    let listen = local.to_string();
    let arguments = ["--listen", &listen, "--rules", rules.to_str().unwrap()];
    let _server = Server::start_with_state("local", &arguments, &state).await;
    for number in 1..=3 {
        let report = publisher(local).put_events([event(&number.to_string())]).await;
        assert!(report.all_accepted(), "{report:?}");
        let handled = service.handled(number).await.pop().unwrap();
        assert!(handled.contains(" demo:Order:Created "), "{handled}");
    }
}

#[tokio::test]
#[ignore = "needs node and tests/peers/install.sh"]
async fn node() {
    what_is_published_arrives(Peer::Node, "node").await;
}

#[tokio::test]
#[ignore = "needs tests/peers/install.sh"]
async fn python() {
    what_is_published_arrives(Peer::Python, "python").await;
}
