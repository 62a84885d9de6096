//! Answers of the host, and what becomes of them.

use super::setup::*;
use tower_eventbridge::certificate::HttpsSource;

#[tokio::test]
async fn a_good_answer_is_a_key() {
    let server = Server::start(good("rsa1024")).await;
    let receiver = Receiver::new(server.source());
    assert_eq!(receiver.status("rsa1024").await, 200);
    assert_eq!(receiver.status("rsa1024").await, 200);
    assert_eq!(receiver.status("rsa1024-other").await, 401);
    assert_eq!(server.requests(), 1);
}

/// Each bad answer: a push gets 503, an old key stays in use, and the next good answer recovers 2 s
/// later.
#[tokio::test]
async fn bad_answers_are_outages() {
    tokio::task::LocalSet::new().run_until(try_bad_answers()).await;
}

async fn try_bad_answers() {
    // What a bad answer holds is a certificate that must not be used.
    let other = file("rsa1024-other");
    let huge = [other.clone(), vec![b'\n'; 1024 * 1024]].concat();
    let status = |line: &'static str| Answer::Status(line, file("rsa1024-other"));
    let not_asked = ["wrong name", "self-signed", "other root"];
    let answers = [
        ("301", status("301 Moved Permanently\r\nlocation: https://evil.example/x")),
        ("302", status("302 Found\r\nlocation: /x509_public_certificate_20210125.pem")),
        (
            "307",
            status("307 Temporary Redirect\r\nlocation: /x509_public_certificate_20210125.pem"),
        ),
        (
            "308",
            status("308 Permanent Redirect\r\nlocation: /x509_public_certificate_20210125.pem"),
        ),
        ("201", status("201 Created")),
        ("203", status("203 Non-Authoritative Information")),
        ("204", status("204 No Content")),
        ("206", status("206 Partial Content")),
        ("403", status("403 Forbidden")),
        ("404", status("404 Not Found")),
        ("410", status("410 Gone")),
        ("500", status("500 Internal Server Error")),
        ("empty", Answer::Status("200 OK", vec![])),
        ("HTML", Answer::Status("200 OK", file("html"))),
        ("truncated by the server", Answer::Truncated(other.clone())),
        ("truncated certificate", Answer::Status("200 OK", file("truncated"))),
        ("two certificates", Answer::Status("200 OK", file("two-certificates"))),
        ("1 MiB", Answer::Status("200 OK", huge)),
        ("slow", Answer::Slow),
        ("endless", Answer::Endless),
        ("silent", Answer::Silent),
        ("wrong name", Answer::WrongName),
        ("self-signed", Answer::SelfSigned),
        ("other root", Answer::OtherRoot),
    ];
    let mut tasks = tokio::task::JoinSet::new();
    for (name, answer) in answers {
        tasks.spawn_local(async move {
            // From nothing.
            let server = Server::start(answer.clone()).await;
            let receiver = Receiver::new(server.source());
            let problem = receiver.problem().await;
            if ["1 MiB", "endless"].contains(&name) {
                assert!(problem.contains("more than 65536 bytes"), "{name}: {problem}");
            }
            if not_asked.contains(&name) {
                assert!(problem.contains("certificate"), "{name}: {problem}");
            }
            eventually(name, async || server.ended() == 1).await;
            let asked = usize::from(!not_asked.contains(&name));
            assert_eq!(
                server.requests(),
                asked,
                "{name}: no redirect followed, nothing tried again"
            );

            // The pause after the first failure, then the next push recovers.
            server.now_answers(good("rsa1024"));
            receiver.wall.advance(1);
            receiver.problem().await;
            assert_eq!(server.requests(), asked, "{name}: not before the pause is over");
            receiver.wall.advance(1);
            eventually(name, async || receiver.status("rsa1024").await == 200).await;

            // With an old key: it stays in use when the bad answer has come and gone in the
            // background.
            server.now_answers(answer);
            receiver.wall.advance(3_600);
            let ended = server.ended();
            assert_eq!(receiver.status("rsa1024").await, 200, "{name}");
            eventually(name, async || server.ended() == ended + 1).await;
            for _ in 0..20 {
                assert_eq!(receiver.status("rsa1024").await, 200, "{name}");
                tokio::task::yield_now().await;
            }
            assert_ne!(receiver.status("rsa1024-other").await, 200, "{name}");

            // And the next good answer replaces it, 2 s later.
            server.now_answers(good("rsa2048"));
            receiver.wall.advance(2);
            eventually(name, async || receiver.status("rsa2048").await == 200).await;
            assert_eq!(receiver.status("rsa1024").await, 401, "{name}");
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_client_of_the_users_own_fetches_within_the_limits() {
    let server = Server::start(good("rsa1024")).await;
    let receiver = Receiver::new(HttpsSource::with_client(server.client()));
    assert_eq!(receiver.status("rsa1024").await, 200);
    assert_eq!(receiver.status("rsa1024-other").await, 401);
    let huge = [file("rsa1024"), vec![b'\n'; 1024 * 1024]].concat();
    for (name, answer, problem) in [
        ("elsewhere", Answer::Elsewhere(file("rsa1024")), "a redirect was followed"),
        ("1 MiB", Answer::Status("200 OK", huge), "more than 65536 bytes"),
        ("201", Answer::Status("201 Created", file("rsa1024")), "status 201"),
        ("silent", Answer::Silent, ""),
    ] {
        let server = Server::start(answer).await;
        let receiver = Receiver::new(HttpsSource::with_client(server.client()));
        let found = receiver.problem().await;
        assert!(found.contains(problem), "{name}: {found}");
    }
}

#[tokio::test]
async fn a_refused_connection_is_an_outage() {
    let server = Server::start(good("rsa1024")).await;
    server.close().await;
    let receiver = Receiver::new(server.source());
    let problem = receiver.problem().await;
    assert!(problem.contains("refused"), "{problem}");
    server.open().await;
    receiver.wall.advance(2);
    assert_eq!(receiver.status("rsa1024").await, 200);
    server.close().await;
    receiver.wall.advance(86_399);
    assert_eq!(receiver.status("rsa1024").await, 200, "the old key, for a day");
    receiver.wall.advance(1);
    receiver.problem().await;
}

/// Proxies named in the environment are not asked: the same test again, where they would refuse the
/// connection.
#[test]
fn proxies_of_the_environment_are_not_used() {
    let mut again = std::process::Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", "https::answers::a_good_answer_is_a_key"]);
    again.env_remove("NO_PROXY").env_remove("no_proxy");
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        again.env(name, "http://127.0.0.1:1");
    }
    let output = again.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let roots = HttpsSource::builder().root_certificates("no PEM").build().unwrap_err();
    assert!(roots.to_string().contains("TLS root"), "{roots}");
    let proxy = HttpsSource::builder().proxy("http://user:proxy-secret@").build().unwrap_err();
    assert!(proxy.to_string().contains("proxy URL"), "{proxy}");
    assert!(!proxy.to_string().contains("proxy-secret"), "{proxy}");
    let builder = HttpsSource::builder().proxy("http://user:proxy-secret@proxy.example");
    assert!(!format!("{builder:?}").contains("proxy-secret"), "{builder:?}");
}
