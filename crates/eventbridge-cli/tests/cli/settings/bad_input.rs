//! Bad input is one line that names option and cure: exit code 2, and 1 where nothing can listen.

use std::net::TcpListener;

use super::*;
use crate::sender::{TOKEN, URL, certificate_argument};

const KEY: &str = "fixtures/keys/rsa1024.key";
const CERTIFICATE: &str = "https://cn-hangzhou-eventbridge.oss-accelerate.aliyuncs.com/x509_public_certificate_2021012501.pem";

fn receiver(more: &[&str]) -> Vec<String> {
    let base = ["--endpoint", URL, "--any-tenant", "--certificate", certificate_argument()];
    base.iter().chain(more).map(|text| (*text).to_owned()).collect()
}

#[test]
fn an_upstream_that_is_no_url_names_the_option_and_one_that_is() {
    for option in ["--forward", "--forward-requests"] {
        for (url, expected) in [
            ("nonsense", "must begin with http:// or https://"),
            ("http://", "is not a URL: give one such as http://"),
            ("a b", "is not a URL"),
            ("ftp://a.example/", "must begin with http:// or https://"),
            ("http://user:pw-secret@a.example/", "must name a host, and no user"),
        ] {
            let arguments = receiver(&["--listen", "127.0.0.1:0", option, url]);
            let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
            let line = usage_error("receive", &arguments, &[]);
            let start = format!("eventbridge receive: {option}: {expected}");
            assert!(line.starts_with(&start) && !line.contains("-secret"), "{url}: {line}");
        }
    }
}

#[test]
fn a_port_in_use_names_the_option_and_the_cure() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let file = config("port", &format!("listen = {taken:?}\n"));
    let cases = [
        ("receive", receiver(&["--listen", &taken]), "--listen"),
        (
            "receive",
            receiver(&["--listen", "127.0.0.1:0", "--admin-listen", &taken]),
            "--admin-listen",
        ),
        ("receive", receiver(&["--config", &file]), "--listen"),
        (
            "push",
            [
                "--to",
                "http://127.0.0.1:1/",
                "--no-token",
                "--key",
                KEY,
                "--certificate-url",
                CERTIFICATE,
                "--serve-certificate",
                &taken,
            ]
            .map(str::to_owned)
            .to_vec(),
            "--serve-certificate",
        ),
    ];
    for (subcommand, arguments, option) in cases {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = run(subcommand, &arguments, &[]);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        let line = said.lines().last().unwrap();
        assert!(line.contains(&format!("{option}: {taken}: ")), "{line}");
        assert!(line.contains("another program listens there: stop it"), "{line}");
        let from_file = arguments.contains(&file.as_str());
        assert_eq!(line.contains("--listen is from"), from_file, "{line}");
    }
}

/// Every secret that can stand on a command line is warned of there, and nowhere else.
#[test]
fn secrets_on_the_command_line_are_warned_of() {
    let to = ["--to", "http://127.0.0.1:1/", "--key", KEY, "--certificate-url", CERTIFICATE];
    let push = [&to[..], &["--token", TOKEN]].concat();
    let visible = "every user of this machine sees the command line";
    let said = text(&run("push", &push, &[]).stderr);
    assert!(said.contains(&format!("--token: {visible}: give it by EVENTBRIDGE_TOKEN")), "{said}");
    let said = text(&run("push", &to, &[("EVENTBRIDGE_TOKEN", TOKEN)]).stderr);
    assert!(!said.contains(visible), "{said}");

    let listen = ["--check", "--listen", "127.0.0.1:0"];
    for (more, option) in [
        (&["--dedupe", "redis://:pw-secret@127.0.0.1:1"][..], Some("--dedupe")),
        (&["--dedupe", "redis://127.0.0.1:1"], None),
        (&["--dedupe", "memory"], None),
        (&["--fetch-proxy", "http://u:pw-secret@127.0.0.1:1"], Some("--fetch-proxy")),
        (&["--fetch-proxy", "http://127.0.0.1:1"], None),
        (
            &[
                "--forward",
                "http://127.0.0.1:1",
                "--forward-secret",
                "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLjSx",
            ],
            Some("--forward-secret"),
        ),
    ] {
        let arguments = receiver(&[&listen[..], more].concat());
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let output = run("receive", &arguments, &[]);
        assert_eq!(output.status.code(), Some(0), "{more:?}: {}", text(&output.stderr));
        let said = text(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
        let warned = option.is_some_and(|option| said.contains(&format!("{option}: {visible}")));
        assert_eq!(warned, said.contains(visible), "{said}");
        assert_eq!(warned, option.is_some(), "{more:?}: {said}");
        assert!(!said.contains("-secret@") && !said.contains("MfKQ9"), "{said}");
    }
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--region", "cn-hangzhou", "--check"];
    let said = text(&run("receive", &[&base[..], &["--token", TOKEN]].concat(), &[]).stdout);
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("give it by --token-file or EVENTBRIDGE_TOKEN"), "{said}");
}
