//! Calls of services and handlers. One that panics or hangs takes nothing down with it.

use std::{
    any::Any,
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time;
use tower_service::Service;

use crate::{BoxError, function_error::FunctionError};

/// Returns the output of a future, unless it panics or does not end in time.
pub(crate) async fn guarded<T>(
    limit: Duration,
    future: impl Future<Output = Result<T, FunctionError>> + Send,
) -> Result<T, FunctionError> {
    match time::timeout(limit, CatchUnwind(Box::pin(future))).await {
        Ok(Ok(output)) => output,
        Ok(Err(panic)) => Err(FunctionError::Panicked(message(&*panic))),
        Err(_) => Err(FunctionError::TimedOut(limit)),
    }
}

/// Returns the response of a service, or its error.
///
/// Readiness is awaited on the same value, because clones may not share it.
pub(crate) async fn response_of<S, R>(
    mut service: S,
    request: R,
) -> Result<S::Response, FunctionError>
where
    S: Service<R>,
    S::Error: Into<BoxError>,
{
    let failed = |error: S::Error| FunctionError::Failed(error.into());
    poll_fn(|context| service.poll_ready(context)).await.map_err(failed)?;
    service.call(request).await.map_err(failed)
}

struct CatchUnwind<F>(Pin<Box<F>>);

impl<F: Future> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // The future is dropped after a panic, and nothing of it is seen again.
        let polled = catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context)));
        Poll::Ready(match polled {
            Ok(output) => Ok(ready!(output)),
            Err(panic) => Err(panic),
        })
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").to_owned()
}
