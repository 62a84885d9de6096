//! Options of the receiver that say where pushes arrive and whom certificates are believed from:
//! which are bad usage.

use std::net::TcpListener;

use crate::{
    process::{run, temporary_file},
    sender::{TEST_ROOT, repository},
};

const EXACT: &str = "https://hooks.example.com/events";
const OTHER: &str = "https://hooks.example.com/e?a=b";
const ORIGIN: &str = "https://a.example";

/// The exit code and what is said. Somebody else listens where it would, so that good usage ends
/// with 1.
async fn receiver(more: &[&str]) -> (i32, String) {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = taken.local_addr().unwrap().to_string();
    let base = ["--listen", &listen, "--token", "token-secret-0123456789"];
    let output = run("receive", &[&base[..], more].concat()).await;
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[tokio::test]
async fn seen_as_belongs_to_one_endpoint() {
    let (named, other) = (format!("{EXACT}=/x"), format!("{OTHER}=/y"));
    let region = ["--region", "cn-hangzhou"];
    for (name, more, code) in [
        ("one exact", &["--endpoint", EXACT, "--seen-as", "/x"][..], 1),
        ("one exact beside an origin", &["--endpoint", ORIGIN, EXACT, "--seen-as", "/x"], 1),
        ("named", &["--endpoint", EXACT, OTHER, "--seen-as", &named, &other], 1),
        ("two places", &["--endpoint", EXACT, "--seen-as", "/x", "/y"], 1),
        ("two exact", &["--endpoint", EXACT, OTHER, "--seen-as", "/x"], 2),
        ("no exact", &["--endpoint", ORIGIN, "--seen-as", "/x"], 2),
        ("no path", &["--endpoint", EXACT, "--seen-as", "x"], 2),
        ("another URL", &["--endpoint", EXACT, "--seen-as", &other], 2),
        ("beside --seen-anywhere", &["--endpoint", EXACT, "--seen-as", "/x", "--seen-anywhere"], 2),
        ("the same place twice", &["--endpoint", EXACT, "--seen-as", "/x", "/x"], 2),
    ] {
        let (got, said) = receiver(&[&region[..], more].concat()).await;
        assert_eq!(got, code, "{name}: {said}");
        assert!(
            code == 1 || said.contains("--seen-as") || said.contains("twice"),
            "{name}: {said}"
        );
    }
}

#[tokio::test]
async fn the_internal_host_is_an_option() {
    for (more, code) in [(&["--internal-oss-host"][..], 1), (&["--internal-oss-host=x"], 2)] {
        let base = ["--endpoint", EXACT, "--region", "cn-hangzhou"];
        let (got, said) = receiver(&[&base[..], more].concat()).await;
        assert_eq!(got, code, "{said}");
    }
}

/// The test root's key is public, however the file is written.
#[tokio::test]
async fn the_test_root_needs_a_resolve_to_this_machine() {
    let root = std::fs::read_to_string(TEST_ROOT).unwrap();
    for (name, text) in [
        ("as-it-is", root.clone()),
        ("crlf", root.replace('\n', "\r\n")),
        ("mark", format!("\u{feff}{root}")),
        ("words", format!("# our root\n{root}words\n")),
        ("indented", root.replace('\n', "\n  ")),
        ("label", root.replace("CERTIFICATE", "TRUSTED CERTIFICATE")),
        (
            "beside-another",
            format!(
                "{}{root}",
                std::fs::read_to_string(repository("fixtures/keys/rsa2048-v3.pem")).unwrap()
            ),
        ),
    ] {
        let file = temporary_file(&format!("root-{name}.pem"), text.as_bytes());
        let file = file.to_str().unwrap();
        let base = ["--endpoint", EXACT, "--region", "cn-hangzhou", "--ca-certificate", file];
        let (code, said) = receiver(&base).await;
        assert_eq!(code, 2, "{name}: {said}");
        assert!(said.contains("test root"), "{name}: {said}");
        let loopback = ["--resolve", "a.example=127.0.0.1:1"];
        let (code, said) = receiver(&[&base[..], &loopback].concat()).await;
        assert_eq!(code, 1, "{name}: {said}");
    }
}
