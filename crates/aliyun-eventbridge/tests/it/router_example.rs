//! The example of the router as people copy it: started, given pushes and a forged one.

use std::sync::OnceLock;

use tests_support::example::{Running, TOKEN, certificate, command};
use tower_eventbridge::signer::Signer;

const URL: &str = "https://hooks.example.com/eventbridge";

fn signer() -> &'static Signer {
    static SIGNER: OnceLock<Signer> = OnceLock::new();
    SIGNER.get_or_init(|| Signer::generate().unwrap())
}

#[tokio::test]
async fn pattern_router() {
    let mut command = command("pattern_router");
    command.env("LISTEN", "127.0.0.1:0").env("EVENTBRIDGE_ENDPOINT", URL);
    command.env("EVENTBRIDGE_TOKEN", TOKEN);
    command.env("EVENTBRIDGE_CERTIFICATE", certificate("pattern_router", signer()));
    let running = Running::start(command).await;
    let event = |subject: &str| {
        format!(
            r#"{{"specversion":"1.0","source":"acs.oss","type":"oss:Put","subject":"{subject}"}}"#
        )
    };
    let (image, text) = (event("a.jpg"), event("a.txt"));
    let forged = running.push(signer(), URL, "another-token-0123456789", image.as_bytes()).await;
    assert_eq!(forged.0, 401);
    let answer = async |body: &str| running.push(signer(), URL, TOKEN, body.as_bytes()).await;
    assert_eq!(answer(&image).await, (200, "image a.jpg\n".to_owned()));
    assert_eq!(answer(&text).await, (204, String::new()));
    let accepted = (200, r#"{"status":"accepted"}"#.to_owned());
    assert_eq!(answer(&image.replace("acs.oss", "acs.ecs")).await, accepted);
    assert_eq!(answer(&format!("[{image},{text}]")).await, accepted);
    let (_, printed, _) = running.stop("-TERM").await;
    assert_eq!(printed.lines().count(), 2, "{printed}");
}
