//! A state file: what was acknowledged is there after a stop in the middle.

use aliyun_eventbridge::targets::{DeadLetterQueue, PushRetryStrategy};
use eventbridge_local::{LocalEventBridge, StartErrorKind};

use crate::support::{Service, event, in_time, rule, target};

fn file(name: &str) -> std::path::PathBuf {
    let folder = std::env::temp_dir().join(format!("eventbridge-local-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name);
    let _ = std::fs::remove_file(&file);
    file
}

#[tokio::test]
async fn open_deliveries_and_dead_letters_go_on_after_a_restart() {
    let file = file("restart");
    let service = Service::start().await;
    service.answers([500; 8]);
    let start = async || {
        // The file is locked until the server before is gone.
        loop {
            let hook = target("hook", &service.url)
                .push_retry_strategy(PushRetryStrategy::ExponentialDecay);
            let dead = target("dead", &service.url)
                .dead_letter_queue(DeadLetterQueue::from("acs:mns:r:1:/queues/q"));
            let builder = LocalEventBridge::builder().state(&file).time_scale(0.001);
            match builder.rule(rule("r", hook).target(dead)).start().await {
                Ok(bridge) => return bridge,
                Err(error) => assert_eq!(error.kind(), StartErrorKind::State, "{error}"),
            }
            tokio::task::yield_now().await;
        }
    };
    let bridge = start().await;
    bridge.publish(event("1")).await.unwrap();
    bridge.publish(event("2")).await.unwrap();
    in_time(bridge.wait_for(|counts| counts.tries == 4)).await;
    drop(bridge);

    // Each of the four is tried at once after the start, and fails again.
    let bridge = start().await;
    in_time(bridge.wait_for(|counts| counts.tries == 4)).await;
    assert_eq!(bridge.status().targets.iter().map(|one| one.open).sum::<usize>(), 4);
    drop(bridge);

    let bridge = start().await;
    in_time(bridge.wait_for_deliveries(4)).await;
    bridge.stop().await;

    let bridge = start().await;
    assert_eq!(bridge.status().targets.iter().map(|one| one.open).sum::<usize>(), 0);
    assert_eq!(bridge.rules().len(), 1);
}

#[tokio::test]
async fn a_file_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let file = file("open");
    std::fs::write(&file, "").unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let error = LocalEventBridge::builder().state(&file).start().await.unwrap_err();
    assert_eq!(error.kind(), StartErrorKind::State);
    assert!(error.to_string().contains("chmod 600"), "{error}");
}
