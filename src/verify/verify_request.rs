//! Takes one request through the verifier: its head, its certificate, and its body as it arrives.

use std::{sync::Arc, time::Duration};

use bytes::Buf;
use http::{Request, Version, request::Parts};
use http_body::Body;
use tokio::time;

#[cfg(feature = "axum")]
use super::routed::Routed;
use super::{
    body::VerifiedBody,
    config::Config,
    in_flight::Charge,
    rejected_request::{Connection, RejectedRequest},
    request_body::{RequestBody, Rest},
};
use crate::{
    BoxError,
    signature::{Authentic, BodyCheck, Rejection, RejectionKind, Scheme, signature_headers},
    telemetry::metrics,
};

/// A request that was let through, with its proof and the bytes that it holds.
pub(super) struct LetThrough {
    pub(super) authentic: Authentic,
    pub(super) request: Request<VerifiedBody>,
    pub(super) charge: Arc<Charge>,
}

pub(super) async fn verify_request<B>(
    config: Arc<Config>,
    request: Request<B>,
) -> Result<LetThrough, RejectedRequest>
where
    B: Body + Send + 'static,
    B::Error: Into<BoxError>,
{
    let began = time::Instant::now();
    config.certificates.keep_warm();
    let (mut parts, body) = request.into_parts();
    let mut body = RequestBody::new(body);
    let mut charge = Charge::none(Arc::clone(&config.in_flight));
    #[cfg(feature = "axum")]
    let routed = Routed::begin(&mut parts, config.judged_uri);
    let verdict = authentic(&config, &parts, &mut body, &mut charge).await;
    #[cfg(feature = "axum")]
    routed.end(&mut parts);
    measure(verdict.as_ref(), began.elapsed());
    if let Some(on_verdict) = &config.on_verdict {
        on_verdict(verdict.as_ref());
    }
    let authentic = match verdict {
        Ok(authentic) => authentic,
        Err(rejection) => {
            let over_http_1 = parts.version <= Version::HTTP_11;
            let rest = body.skip_rest(rejection.kind(), &parts.headers);
            let connection = if over_http_1 && rest == Rest::Unread {
                Connection::Close
            } else {
                Connection::Keep
            };
            return Err(RejectedRequest::new(rejection, connection, config));
        }
    };
    #[cfg(all(feature = "envelope", feature = "tracing"))]
    super::trace::record(authentic.body());
    // Whoever has the wrapped secret of a v1 push can sign, so the handler does not get it.
    for name in signature_headers() {
        parts.headers.remove(name);
    }
    let charge = Arc::new(charge);
    let body = VerifiedBody::new(authentic.body().clone(), Arc::clone(&charge));
    parts.extensions.insert(authentic.clone());
    Ok(LetThrough { authentic, request: Request::from_parts(parts, body), charge })
}

fn measure(verdict: Result<&Authentic, &Rejection>, took: Duration) {
    match verdict {
        Ok(push) => metrics::accepted(
            took,
            push.scheme().as_str(),
            push.body_ending().as_str(),
            push.assurance().as_str(),
            push.age_millis(),
            push.token_index(),
        ),
        Err(rejection) => {
            let kind = rejection.kind();
            let for_its_age =
                matches!(kind, RejectionKind::TimestampStale | RejectionKind::TimestampFuture);
            let age = rejection.age_millis().filter(|_| for_its_age);
            metrics::rejected(took, kind.as_str(), rejection.scheme().map(Scheme::as_str), age);
        }
    }
}

async fn authentic<B>(
    config: &Config,
    parts: &Parts,
    body: &mut RequestBody<B>,
    charge: &mut Charge,
) -> Result<Authentic, Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let head = config.verifier.check_head(parts, config.clock.now())?;
    let certificate = match config.certificates.certificate_for(&head).await {
        Ok(certificate) => certificate,
        Err(cause) => return Err(head.certificate_unavailable(cause)),
    };
    let url = head.certificate_url().clone();
    let verdict = match head.check_certificate(&certificate, config.clock.now()) {
        Ok(check) => read(config, check, body, charge).await,
        Err(rejection) => Err(rejection),
    };
    let may_be_an_old_key = |rejection: &Rejection| {
        matches!(rejection.kind(), RejectionKind::SignatureMismatch | RejectionKind::SecretInvalid)
    };
    if verdict.as_ref().is_err_and(may_be_an_old_key) {
        config.certificates.mismatched(&url);
    }
    verdict
}

/// Reads the body to its end, as long as the deadline and the bytes in flight allow.
async fn read<B>(
    config: &Config,
    mut check: BodyCheck,
    body: &mut RequestBody<B>,
    charge: &mut Charge,
) -> Result<Authentic, Rejection>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let deadline = time::Instant::now() + config.body_timeout;
    loop {
        // `timeout_at` does not look at the clock while a body is always ready.
        if time::Instant::now() >= deadline {
            return Err(check.timed_out());
        }
        // Trailers are not signed, so they are dropped.
        let mut data = match time::timeout_at(deadline, body.next_data()).await {
            Err(_) => return Err(check.timed_out()),
            Ok(None) => return check.finish(),
            Ok(Some(Err(error))) => return Err(check.interrupted(error)),
            Ok(Some(Ok(data))) => data,
        };
        let length = data.remaining();
        // Judged before the data is copied out of a buffer of another kind.
        check.check_room(length)?;
        if charge.hold(check.held_with(length)).is_err() {
            return Err(check.overloaded());
        }
        check.update(data.copy_to_bytes(length))?;
    }
}
