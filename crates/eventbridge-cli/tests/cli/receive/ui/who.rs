//! Who sees the page: this machine, by its own name.

use super::{
    super::{BASE, start},
    UI, ask, ui,
};
use crate::{
    process::{command, run},
    sender::certificate_argument,
};

/// DNS rebinding, other sites' requests, and what they embed.
#[tokio::test]
async fn other_names_and_other_pages_get_nothing() {
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let host = format!("host: {page}\r\n");
    for (headers, expected) in [
        (host.clone(), 200),
        (format!("host: localhost:{}\r\n", page.rsplit(':').next().unwrap()), 200),
        ("host: evil.example\r\n".to_owned(), 403),
        (format!("{host}host: evil.example\r\n"), 400),
        (format!("{host}origin: http://evil.example\r\n"), 403),
        (format!("{host}origin: null\r\n"), 403),
        (format!("{host}sec-fetch-site: cross-site\r\nsec-fetch-mode: no-cors\r\n"), 403),
        (
            format!(
                "{host}sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n\
                 sec-fetch-dest: document\r\n"
            ),
            200,
        ),
        (
            format!(
                "{host}sec-fetch-site: cross-site\r\nsec-fetch-mode: navigate\r\n\
                 sec-fetch-dest: iframe\r\n"
            ),
            403,
        ),
    ] {
        let (status, text) = ask(&page, "/ui/", &headers).await;
        let rejected = expected != 200 && status >= 400;
        assert!(status == expected || rejected, "{headers}: {status}");
        assert_eq!(text.contains("<html"), expected == 200, "{headers}");
    }
    for path in ["/ui/stream", "/ui/pushes/1", "/ui/script.js"] {
        assert_eq!(ask(&page, path, "host: evil.example\r\n").await.0, 403, "{path}");
    }
    for path in ["/ui/pushes/1", "/ui/nothing", "/local/status", "/ui/publish"] {
        assert_eq!(ask(&page, path, &host).await.0, 404, "{path}");
    }
    assert_eq!(ask(&page, "/ui/pushes/x", &host).await.0, 400);
    receiver.stop().await;
}

#[tokio::test]
async fn only_this_machine_sees_the_page() {
    let certificate = ["--certificate", certificate_argument()];
    for address in ["0.0.0.0:8090", "[::]:8090", "192.0.2.1:8090"] {
        let output = run("receive", &[&BASE[..], &certificate, &["--ui", address]].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.contains("--ui: ") && stderr.contains("give 127.0.0.1:8090"), "{stderr}");
    }
    // From the environment as well, and told by --check.
    let mut checked = command("receive", &[&BASE[..], &certificate, &["--check"]].concat());
    checked.env("EVENTBRIDGE_UI", "127.0.0.1:8090");
    let output = checked.output().await.unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{stdout}");
    assert!(stdout.contains("http://127.0.0.1:8090/ui/"), "{stdout}");
    // One that is taken.
    let mut receiver = start(&UI).await;
    let page = ui(&mut receiver).await;
    let output = run("receive", &[&BASE[..], &certificate, &["--ui", &page]].concat()).await;
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("--ui: "), "{stderr}");
    receiver.stop().await;
}
