//! The three commands of the README, as it writes them: the vendor's Python SDK publishes, and a
//! receiver prints the verified event.
//!
//! Ignored by default: `cargo xtask ci sdks` installs the SDK and runs it.

use std::{net::SocketAddr, path::Path};

use serde_json::Value;
use tokio::{process::Command, time::timeout};

use crate::process::{
    PATIENCE, REPOSITORY, Server, command, free_address, temporary_file, temporary_path,
};

/// Where the files of the example say that the receiver and the server are.
const ADDRESSES: [&str; 2] = ["127.0.0.1:8080", "127.0.0.1:8766"];

/// A file of the example, at the addresses of this test.
fn at(file: &str, addresses: [SocketAddr; 2]) -> String {
    let text = std::fs::read_to_string(Path::new(REPOSITORY).join(file)).unwrap();
    let pairs = ADDRESSES.into_iter().zip(addresses);
    let moved = pairs.fold(text.clone(), |text, (old, new)| text.replace(old, &new.to_string()));
    assert_ne!(moved, text, "{file} names no address");
    let name = format!("newcomer-{}", file.rsplit_once('/').unwrap().1);
    temporary_file(&name, moved.as_bytes()).to_str().unwrap().to_owned()
}

/// The lines of the README's block that begins with `cargo run -- local`.
fn commands() -> Vec<String> {
    let readme = std::fs::read_to_string(Path::new(REPOSITORY).join("README.md")).unwrap();
    let mut lines = readme.lines().skip_while(|line| !line.starts_with("$ cargo run -- local"));
    let block = lines.by_ref().map_while(|line| line.strip_prefix("$ "));
    block.map(str::to_owned).collect()
}

/// A line of variables and `cargo run -- …` as the program of this test, with more arguments.
async fn start(line: &str, more: &[&str], state: &Path) -> Server {
    let (variables, line) = line.split_once("cargo run -- ").unwrap();
    let mut words = line.split(' ');
    let subcommand = words.next().unwrap();
    let arguments: Vec<&str> = words.chain(more.iter().copied()).collect();
    let mut command = command(subcommand, &arguments);
    command.env("EVENTBRIDGE_STATE_DIR", state);
    command.envs(variables.split_whitespace().map(|one| one.split_once('=').unwrap()));
    let mut server = Server::start_command(command).await;
    server.read();
    server
}

#[tokio::test]
#[ignore = "needs the vendor's Python SDK: cargo xtask ci sdks"]
async fn sees_an_event_by_the_three_commands_of_the_readme() {
    let commands = commands();
    let [local, receive, publish] = commands.as_slice() else { panic!("{commands:?}") };
    let addresses = [free_address(), free_address()];
    let [receiver_at, local_at] = addresses.map(|address| address.to_string());
    let state = temporary_path("newcomer");

    let rules = "examples/local/rules.toml";
    assert!(local.contains(rules), "{local}");
    let local = local.replace(rules, &at(rules, addresses));
    let local = start(&local, &["--listen", &local_at], &state).await;

    assert!(receive.contains(" --local"), "{receive}");
    let receive = receive.replace(" --local", &format!(" --local={local_at}"));
    let mut receiver = start(&receive, &["--listen", &receiver_at], &state).await;

    let script = publish.strip_prefix("python3 ").unwrap();
    let python = Path::new(REPOSITORY).join("target/sdk/venv/bin/python");
    let published = Command::new(python).arg(at(script, addresses)).kill_on_drop(true).output();
    let published = timeout(PATIENCE, published).await.unwrap();
    let published = published.expect("run cargo xtask ci sdks");
    let errors = String::from_utf8_lossy(&published.stderr);
    assert!(published.status.success(), "{errors}");
    let answer = String::from_utf8_lossy(&published.stdout).into_owned();
    assert!(answer.contains("'FailedEntryCount': 0"), "{answer}");

    let mut printed = receiver.printed.take().unwrap();
    let line = printed.line_that_begins("{").await;
    let line: Value = serde_json::from_str(&format!("{{{line}")).unwrap();
    assert_eq!((&line["id"], &line["assurance"]), (&"order-1".into(), &"signed".into()), "{line}");
    assert_eq!(line["event"]["data"]["total"], 12.5, "{line}");
    receiver.printed = Some(printed);

    let page = reqwest::get(format!("http://{local_at}/ui/")).await.unwrap();
    assert!(page.status().is_success());
    assert_eq!(receiver.stop().await.0, 0);
    assert_eq!(local.stop().await.0, 0);
}
