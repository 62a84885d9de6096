//! One request to a service that is not ready yet.

use std::future::poll_fn;

use tower_service::Service;

/// Awaits the service's readiness and then its response, on the same value: readiness may not be
/// shared by clones.
pub(crate) async fn oneshot<S, R>(mut service: S, request: R) -> Result<S::Response, S::Error>
where
    S: Service<R>,
{
    poll_fn(|context| service.poll_ready(context)).await?;
    service.call(request).await
}
