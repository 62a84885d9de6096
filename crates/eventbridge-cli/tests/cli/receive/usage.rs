//! Bad usage is one line that names the option, shows no secret, and exit code 2.

use crate::{
    process::{Server, command, run},
    sender::{TEST_ROOT, TOKEN, URL, certificate_argument, repository},
};

#[tokio::test]
async fn bad_usage_is_one_line_and_exit_code_2() {
    let good = ["--listen", "127.0.0.1:0", "--endpoint", URL];
    let token = ["--token", TOKEN];
    let given = |file| format!("https://a.example/c.pem={}", repository(file));
    let weak = given("fixtures/keys/rsa768.pem");
    let two = given("fixtures/keys/two-certificates.pem");
    for (arguments, option) in [
        (vec![], "--endpoint"),
        (vec!["--bogus"], "--bogus"),
        (good.to_vec(), "--token"),
        ([&good[..], &token].concat(), "--region"),
        ([&good[2..], &token, &["--region", "cn-hangzhou"]].concat(), "--listen"),
        ([&good[..], &["--token", "short", "--region", "cn-hangzhou"]].concat(), "--token"),
        ([&good[..], &token, &["--any-tenant"]].concat(), "--any-tenant"),
        ([&good[..], &token, &["--token-file", "x"]].concat(), "--token-file"),
        ([&good[..], &["--token-file", "missing"]].concat(), "--token-file"),
        ([&good[..], &token, &["--region", "cn-hangzou"]].concat(), "--region"),
        ([&good[..], &token, &["--region", "cn-hangzhou", "--resolve", "x"]].concat(), "--resolve"),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--ca-certificate", "missing"]]
                .concat(),
            "--ca-certificate",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--dedupe", "redis://u:p-secret@:x"]]
                .concat(),
            "--dedupe: ",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--dedupe", "disk"]].concat(),
            "--dedupe: ",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--tolerance", "100000"]].concat(),
            "--tolerance",
        ),
        ([&good[..], &token, &["--certificate", "no-equals-sign"]].concat(), "--certificate: "),
        ([&good[..], &token, &["--certificate-url", "nonsense"]].concat(), "--certificate-url: "),
        (
            [
                &good[..],
                &token,
                &["--region", "cn-hangzhou", "--fetch-proxy", "http://u:p-secret@"],
            ]
            .concat(),
            "--fetch-proxy: ",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--max-body", "0"]].concat(),
            "--max-body",
        ),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--max-body-in-flight", "10"]]
                .concat(),
            "--max-body-in-flight: ",
        ),
        ([&good[..], &["--tolerance", "-1"]].concat(), "--tolerance"),
        (
            [&good[..], &token, &["--region", "cn-hangzhou", "--ca-certificate", TEST_ROOT]]
                .concat(),
            "--ca-certificate: is the test root",
        ),
        ([&good[..], &["--token", "good-token-of-mine", "--other-secret"]].concat(), "<redacted>"),
        ([&good[..], &["--token=-secret", "--bogus"]].concat(), "--bogus"),
        // It takes one value: what follows is not taken for a second one, and not shown.
        ([&good[..], &["--forward-secret", "whsec_x", "other-secret"]].concat(), "<redacted>"),
        ([&good[..], &token, &["--certificate", &weak]].concat(), "--certificate"),
        ([&good[..], &token, &["--certificate", &two]].concat(), "--certificate"),
    ] {
        let output = run("receive", &arguments).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(option), "{arguments:?}: {stderr}");
        assert!(!stderr.contains("-secret"), "{arguments:?}: {stderr}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    for (variable, value, option) in [
        ("EVENTBRIDGE_TOKEN", TOKEN, "--token"),
        ("EVENTBRIDGE_TOKEN_FILE", "/dev/null", "--token-file"),
        ("EVENTBRIDGE_HANDLER_TIMEOUT", "0", "--handler-timeout"),
    ] {
        let arguments = [&good[..], &token, &["--region", "cn-hangzhou"]].concat();
        let output = command("receive", &arguments).env(variable, value).output().await.unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{variable}: {stderr}");
        assert_eq!(stderr.lines().count(), 1, "{variable}: {stderr}");
        assert!(stderr.contains(option) && !stderr.contains(TOKEN), "{variable}: {stderr}");
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let certificate = certificate_argument();
    let arguments =
        ["--listen", &address, "--endpoint", URL, "--token", TOKEN, "--certificate", certificate];
    let output = run("receive", &arguments).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "the address is taken: {stderr}");
    let start = format!("eventbridge receive: --listen: {address}: ");
    let line = stderr.lines().next().unwrap();
    assert!(line.starts_with(&start), "{stderr}");
    assert!(line.ends_with("another program listens there: stop it, or give another port"));
}

/// `ps` shows the command line to every user of the machine.
#[tokio::test]
async fn a_password_on_the_command_line_is_warned_of() {
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    let more = ["--certificate", certificate_argument()];
    let urls = [
        ("--dedupe", "redis://u:pw-secret@127.0.0.1:1"),
        ("--fetch-proxy", "http://u:pw-secret@127.0.0.1:1"),
    ];
    for (option, url) in urls {
        let arguments = [&base[..], &more, &[option, url]].concat();
        let (_, _, log) = Server::start("receive", &arguments).await.stop().await;
        let warned = format!("{option}: every user of this machine sees the command line");
        assert!(log.contains(&warned) && !log.contains("pw-secret"), "{log}");
        let without = url.replace("u:pw-secret@", "");
        let arguments = [&base[..], &more, &[option, &without]].concat();
        let (_, _, log) = Server::start("receive", &arguments).await.stop().await;
        assert!(!log.contains(&warned), "{log}");
    }
}

/// The store's own text, on one line that names the option and shows no password.
#[tokio::test]
async fn a_store_that_cannot_be_used_is_one_line() {
    for url in [
        "redis://u:pw-secret@:x",
        "redis://h:6379/x?password=pw-secret",
        "redis+cluster://:pw-secret@a:1,",
        "redis+sentinel://:pw-secret@a:1",
    ] {
        let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--any-tenant"];
        let more = ["--region", "cn-hangzhou", "--dedupe", url];
        let output = run("receive", &[&base[..], &more].concat()).await;
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{url}: {log}");
        assert!(log.lines().count() == 1 && log.contains("--dedupe: "), "{url}: {log}");
        assert!(!log.contains("pw-secret"), "{url}: {log}");
    }
}
