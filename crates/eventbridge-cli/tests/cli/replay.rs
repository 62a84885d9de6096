//! `receive --capture` and `replay`: what failed is sent again, to a receiver or to the service
//! itself.

use std::path::{Path, PathBuf};

use http::StatusCode;
use serde_json::{Value, json};

use crate::{
    process::{Server, run, temporary_path},
    upstream::{Arrived, Upstream},
};

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A folder of captures, of pushes to a service whose answers are told.
struct Captures {
    folder: PathBuf,
    upstream: Upstream,
    /// What the service got while they were captured.
    first: Vec<Arrived>,
}

impl Captures {
    /// Two events of one type and one of another, of which the second fails.
    async fn make(name: &str) -> Self {
        let folder = temporary_path(name);
        let _ = std::fs::remove_dir_all(&folder);
        let upstream = Upstream::start().await;
        let forward = format!("http://{}/hook", upstream.address);
        let base = ["--dev", "--listen", "127.0.0.1:0", "--forward", &forward];
        let secret = ["--forward-secret", SECRET, "--capture", "all"];
        let capture = ["--capture-dir", folder.to_str().unwrap()];
        let server = Server::start("receive", &[&base[..], &secret, &capture].concat()).await;
        let to = format!("http://{}/eventbridge", server.address);
        for (sample, id, status) in [
            ("dm:Deliver:Fail", "a", StatusCode::OK),
            ("dm:Deliver:Fail", "b", StatusCode::INTERNAL_SERVER_ERROR),
            ("mq:Topic:SendMessage", "c", StatusCode::OK),
        ] {
            *upstream.answers.lock().unwrap() = status;
            let id = format!("id={id}");
            run("push", &["--dev", "--to", &to, sample, "--set", &id]).await;
        }
        run("push", &["--dev", "--to", &to, "--tamper", "body", "--set", "id=d"]).await;
        run("push", &["--dev", "--to", &to, "--tamper", "token"]).await;
        let (code, _, log) = server.stop().await;
        assert_eq!(code, 0, "{log}");
        *upstream.answers.lock().unwrap() = StatusCode::OK;
        let first = std::mem::take(&mut *upstream.arrived.lock().unwrap());
        assert_eq!(first.len(), 3);
        Self { folder, upstream, first }
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_str().unwrap().to_owned()
    }

    /// Replays to the service.
    async fn replay(&self, more: &[&str]) -> (i32, Vec<String>, String) {
        let to = format!("http://{}/again", self.upstream.address);
        let base = ["--to", &to, "--as-forwarded"];
        replay(&[&base[..], more].concat()).await
    }

    /// The ids of the events that the service got since.
    fn ids(&self) -> Vec<String> {
        let arrived = std::mem::take(&mut *self.upstream.arrived.lock().unwrap());
        arrived.iter().map(|(_, _, body)| id(body)).collect()
    }
}

/// Empty where the body is not JSON.
fn id(body: &[u8]) -> String {
    let event: Value = serde_json::from_slice(body).unwrap_or_default();
    event["id"].as_str().unwrap_or_default().to_owned()
}

/// The exit code, the lines, and what was said beside them.
async fn replay(arguments: &[&str]) -> (i32, Vec<String>, String) {
    let output = run("replay", arguments).await;
    let lines = String::from_utf8(output.stdout).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), lines.lines().map(str::to_owned).collect(), said)
}

fn remove(folder: &Path) {
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn a_folder_is_replayed_in_order_and_by_what_is_asked_for() {
    let captures = Captures::make("replay-order").await;
    let folder = captures.folder.to_str().unwrap();
    let (code, lines, said) = captures.replay(&[folder]).await;
    assert_eq!(code, 0, "{lines:?} {said}");
    let expected = [
        "replay 1 of 3: accepted-0: 200 OK",
        "replay 2 of 3: failed-0: 200 OK",
        "replay 3 of 3: accepted-1: 200 OK",
    ];
    assert_eq!(lines, expected);
    assert!(said.contains("token-mismatch-0.head: left out: there is no body"), "{said}");
    // What was rejected is not made authentic by a replay.
    assert!(said.contains("1 left out: was rejected when it arrived"), "{said}");
    assert!(said.ends_with("replayed 3, failed 0, left out 1\n"), "{said}");
    assert_eq!(captures.ids(), ["a", "b", "c"]);

    for (more, expected) in [
        (&["--only-failed"][..], &["b"][..]),
        (&["--filter", "mq:Topic:SendMessage"], &["c"]),
        (&["--filter", "dm:Deliver:Fail"], &["a", "b"]),
        (&["--filter", "dm:Deliver:Fail", "--only-failed"], &["b"]),
        (&["--filter", "dm:Deliver"], &[]),
    ] {
        let (code, lines, said) = captures.replay(&[&[folder], more].concat()).await;
        assert_eq!((code, lines.len()), (0, expected.len()), "{more:?}: {said}");
        let summary = format!("replayed {}, failed 0, left out {}", lines.len(), 4 - lines.len());
        assert!(said.contains(&summary), "{more:?}: {said}");
        assert_eq!(captures.ids(), expected, "{more:?}");
        let unknown = "--filter: no event has the type \"dm:Deliver\"; found: \
                       dm:Deliver:Fail, mq:Topic:SendMessage\n";
        assert_eq!(said.contains(unknown), more.contains(&"dm:Deliver"), "{said}");
    }
    for name in ["signature-mismatch-0", "signature-mismatch-0.head"] {
        let (code, lines, said) = captures.replay(&[&captures.path(name)]).await;
        assert_eq!((code, lines.len(), said.lines().count()), (2, 0, 1), "{said}");
        assert!(said.contains("was rejected when it arrived"), "{said}");
        assert!(captures.ids().is_empty());
    }
    // By its name, and by either file.
    for name in ["failed-0", "failed-0.head", "failed-0.body"] {
        let (code, lines, _) = captures.replay(&[&captures.path(name)]).await;
        assert_eq!((code, lines.len()), (0, 1), "{name}");
        assert_eq!(captures.ids(), ["b"], "{name}");
    }
    *captures.upstream.answers.lock().unwrap() = StatusCode::SERVICE_UNAVAILABLE;
    let (code, lines, _) = captures.replay(&[folder, "--only-failed"]).await;
    let expected = ["replay 1 of 1: failed-0: 503 Service Unavailable"];
    assert_eq!((code, lines), (1, expected.map(str::to_owned).to_vec()));
    remove(&captures.folder);
}

/// The service cannot tell a replay from the first try but by time and key.
#[tokio::test]
async fn as_forwarded_is_what_the_proxy_sends() {
    let captures = Captures::make("replay-forwarded").await;
    let (code, _, said) =
        captures.replay(&[&captures.path("failed-0"), "--forward-secret", SECRET]).await;
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("--forward-secret: every user of this machine sees"), "{said}");
    let (line, headers, body) = captures.upstream.last_with_facts();
    let (_, first_headers, first_body) = captures.first.get(1).unwrap();
    assert_eq!(line, "POST /again");
    assert_eq!(&body, first_body);
    let changes = ["eventbridge-timestamp", "webhook-timestamp", "webhook-signature"];
    let of_client = ["host", "user-agent", "accept", "accept-encoding", "content-length"];
    let facts = |headers: &[(String, String)]| -> Vec<(String, String)> {
        let kept = headers.iter().filter(|(name, _)| {
            !changes.contains(&name.as_str()) && !of_client.contains(&name.as_str())
        });
        kept.cloned().collect()
    };
    assert_eq!(facts(&headers), facts(first_headers), "webhook-id is that of the first try");
    assert!(facts(&headers).iter().any(|(name, _)| name == "webhook-id"), "{headers:?}");
    for name in changes {
        assert!(headers.iter().any(|(header, _)| header == name), "{name}: {headers:?}");
    }
    // An option takes one value, so that the capture may follow it.
    let after = ["--forward-secret", SECRET, &captures.path("failed-0")];
    let (code, lines, said) = captures.replay(&after).await;
    assert_eq!((code, lines.len()), (0, 1), "{said}");
    let _ = captures.upstream.last();
    // Without a secret nothing is signed, and EventBridge's own signature is never there.
    let (code, ..) = captures.replay(&[&captures.path("failed-0")]).await;
    assert_eq!(code, 0);
    let (_, headers, _) = captures.upstream.last_with_facts();
    assert!(!headers.iter().any(|(name, _)| name.starts_with("webhook-")), "{headers:?}");
    assert!(!headers.iter().any(|(name, _)| name.starts_with("x-eventbridge-")), "{headers:?}");
    remove(&captures.folder);
}

#[tokio::test]
async fn a_receiver_gets_captures_and_dead_letters_signed_anew() {
    let captures = Captures::make("replay-signed").await;
    let letter = captures.path("letter.json");
    let event = r#"{"id":"letter","source":"s","type":"t","specversion":"1.0","time":"2020-01-01T00:00:00Z"}"#;
    std::fs::write(&letter, event).unwrap();
    let server = Server::start("receive", &["--dev", "--listen", "127.0.0.1:0"]).await;
    let to = format!("http://{}/eventbridge", server.address);
    let folder = captures.folder.to_str().unwrap();
    let (code, lines, said) = replay(&[folder, "--only-failed", "--to", &to]).await;
    assert_eq!(code, 0, "{lines:?} {said}");
    // The letter's event is the older one.
    let expected = ["replay 1 of 2: letter.json: 200 OK", "replay 2 of 2: failed-0: 200 OK"];
    assert_eq!(lines, expected);
    let (code, ..) = replay(&[&letter, "--to", &to]).await;
    assert_eq!(code, 0);
    let (_, printed, _) = server.stop().await;
    let ids = printed.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["id"].as_str().unwrap().to_owned()
    });
    assert_eq!(ids.collect::<Vec<_>>(), ["letter", "b", "letter"]);

    // A capture that was rejected is sent to a receiver on this machine, for a look at it.
    let rejected = captures.path("signature-mismatch-0");
    let (_, lines, _) = replay(&[&rejected, "--to", "http://127.0.0.1:1/"]).await;
    assert!(lines.concat().starts_with("replay 1 of 1: signature-mismatch-0: "), "{lines:?}");
    // A head that cannot be read keeps nobody else back.
    std::fs::write(captures.folder.join("broken-0.head"), "no colon").unwrap();
    let (_, lines, said) = replay(&[folder, "--to", "http://127.0.0.1:1/"]).await;
    assert_eq!(lines.len(), 5, "{lines:?}");
    assert!(said.contains("broken-0.head: line 1: no colon"), "{said}");

    let (code, lines, _) = replay(&[&letter, "--to", "http://127.0.0.1:1/"]).await;
    assert_eq!(code, 1);
    assert!(lines.concat().starts_with("replay 1 of 1: letter.json: failed: "), "{lines:?}");
    assert!(lines.concat().contains("start `eventbridge receive --dev`"), "{lines:?}");
    remove(&captures.folder);
}

/// In the shapes in which `/local/dead-letters` answers: a letter, a page, and a list.
#[tokio::test]
async fn dead_letters_of_local_are_unwrapped() {
    let upstream = Upstream::start().await;
    let folder = temporary_path("replay-letters");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    let event =
        |id: &str| format!(r#"{{"id":"{id}","source":"s","type":"t","specversion":"1.0"}}"#);
    let letter = |number: u64, id: &str| {
        let to = json!({"target": "one"});
        json!({"number": number, "queue": "q", "to": to, "id": id, "source": "s", "type": "t",
            "reason": "answered 500", "attempts": 4, "at": "2026-01-01T00:00:00.000Z",
            "event": event(id)})
    };
    let both = [letter(3, "a"), letter(4, "b")];
    // An event may have attributes of any name.
    let named_so = json!({"id": "c", "source": "s", "type": "t", "specversion": "1.0",
        "number": 7, "event": "not a letter"});
    for (name, file, expected) in [
        ("one", letter(3, "a"), &[("one.json", "a")][..]),
        ("list", json!(both), &[("list.json#3", "a"), ("list.json#4", "b")]),
        (
            "page",
            json!({"dead_letters": both, "next_after": null}),
            &[("page.json#3", "a"), ("page.json#4", "b")],
        ),
        ("event", named_so, &[("event.json", "c")]),
    ] {
        let path = folder.join(format!("{name}.json"));
        std::fs::write(&path, file.to_string()).unwrap();
        let to = format!("http://{}/", upstream.address);
        let path = path.to_str().unwrap();
        let (code, lines, said) = replay(&[path, "--to", &to, "--as-forwarded"]).await;
        assert_eq!(code, 0, "{said}");
        for ((number, (shown, id)), line) in (1..).zip(expected).zip(&lines) {
            assert_eq!(*line, format!("replay {number} of {}: {shown}: 200 OK", expected.len()));
            let (_, _, body) = upstream.arrived.lock().unwrap().remove(0);
            assert_eq!(self::id(&body), *id);
            assert!(name == "event" || body == event(id).as_bytes(), "{body:?}");
        }
        assert_eq!(lines.len(), expected.len(), "{said}");
    }
    remove(&folder);
}

#[tokio::test]
async fn bad_usage_is_one_line_and_exit_code_2() {
    let folder = temporary_path("replay-usage");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir(&folder).unwrap();
    let file = |name: &str, content: &str| {
        let path = folder.join(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let letter = file("letter.json", r#"{"source":"s","type":"t","specversion":"1.0"}"#);
    let text = file("text.json", "text");
    let no_event = file("no-event.json", "{}");
    let broken = file("broken.head", "no colon");
    let lonely = file("lonely.head", "eventbridge-capture-time: 1\n");
    let local = ["--to", "http://127.0.0.1:1/"];
    let forwarded = ["--to", "http://192.0.2.1/", "--as-forwarded"];
    for (arguments, expected) in [
        (vec![], "CAPTURE"),
        (vec![letter.as_str()], "--to"),
        ([&local[..], &["/nonexistent"]].concat(), "CAPTURE: /nonexistent: "),
        ([&local[..], &[&text]].concat(), "is neither a capture"),
        ([&local[..], &[&no_event]].concat(), "is neither a capture"),
        ([&local[..], &[&broken]].concat(), "broken.head: line 1: no colon"),
        ([&local[..], &[&lonely]].concat(), "lonely.head: there is no body"),
        (vec![&letter, "--to", "http://192.0.2.1/"], "--to: must be on this machine"),
        (vec![&letter, "--to", "nonsense"], "--to: "),
        ([&local[..], &[&letter, "--forward-secret", SECRET]].concat(), "needs --as-forwarded"),
        ([&forwarded[..], &[&letter, "--forward-secret", "short"]].concat(), "--forward-secret: "),
        ([&forwarded[..], &[&letter, "--sign-as", "nonsense"]].concat(), "--sign-as: "),
    ] {
        let (code, lines, said) = replay(&arguments).await;
        assert_eq!((code, said.lines().count()), (2, 1), "{arguments:?}: {said}");
        assert!(lines.is_empty(), "{arguments:?}");
        assert!(said.starts_with("eventbridge replay: "), "{arguments:?}: {said}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
        assert!(!said.contains(SECRET), "{said}");
    }
    remove(&folder);
}
