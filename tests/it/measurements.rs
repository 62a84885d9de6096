//! What the layer measures of each verdict. The recorder is that of one thread, so other tests do
//! not count.

#![allow(clippy::unwrap_used, missing_docs, reason = "test code")]

use std::{convert::Infallible, time::Duration};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use metrics_exporter_prometheus::PrometheusBuilder;
use tests_support::pushes::{TOKEN, URL, now, signer, verifier};
use tower::{Layer, ServiceExt};
use tower_eventbridge::{VerifyLayer, verify::VerifiedBody};

#[test]
fn each_verdict_is_counted_with_its_kind_and_an_age_that_tells_something() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let layer = VerifyLayer::builder(verifier()).clock(now).build().unwrap();
            let service = layer.layer(tower::service_fn(async |_: Request<VerifiedBody>| {
                Ok::<_, Infallible>(Response::new(Full::<Bytes>::default()))
            }));
            let (hour, minute) = (Duration::from_secs(3_600), Duration::from_secs(60));
            for (signed, token, status) in [
                (now(), TOKEN, 200),
                (now() - hour, TOKEN, 401),
                (now() + hour, TOKEN, 401),
                (now() - minute / 2, "another-token-of-20-letters", 401),
            ] {
                let push = signer().push(URL).token(token).sign(signed).unwrap().map(Full::new);
                let response = service.clone().oneshot(push).await.unwrap();
                assert_eq!(response.status(), status);
            }
        });
    });
    let text = recorder.handle().render();
    let counted = |name: &str, label: &str| {
        let of_it = |line: &&str| line.starts_with(name) && line.contains(label);
        let lines = text.lines().filter(of_it);
        lines.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum::<u64>()
    };
    for (kind, pushes) in [("accepted", 1), ("stale-timestamp", 1), ("future-timestamp", 1)] {
        let label = format!("kind=\"{kind}\"");
        assert_eq!(counted("eventbridge_pushes_total{", &label), pushes, "{kind}: {text}");
    }
    assert_eq!(counted("eventbridge_pushes_total{", ""), 4, "{text}");
    assert_eq!(counted("eventbridge_verdict_seconds_count", ""), 4, "{text}");
    // A rejection for another reason says nothing of a clock.
    assert_eq!(counted("eventbridge_push_age_seconds_count", "accepted"), 1, "{text}");
    assert_eq!(counted("eventbridge_push_age_seconds_count", "refused"), 2, "{text}");
}
