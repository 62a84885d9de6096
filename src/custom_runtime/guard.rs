//! A handler that panics or hangs takes nothing down with it.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::time;

use super::function_error::FunctionError;

/// The output, unless the future panics or does not end in time.
pub(super) async fn guarded<T>(
    limit: Duration,
    future: impl Future<Output = Result<T, FunctionError>> + Send,
) -> Result<T, FunctionError> {
    match time::timeout(limit, CatchUnwind(Box::pin(future))).await {
        Ok(Ok(output)) => output,
        Ok(Err(panic)) => Err(FunctionError::Panicked(message(&*panic))),
        Err(_) => Err(FunctionError::TimedOut(limit)),
    }
}

struct CatchUnwind<F>(Pin<Box<F>>);

impl<F: Future> Future for CatchUnwind<F> {
    type Output = Result<F::Output, Box<dyn Any + Send>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        // Nothing of the future is seen again after a panic: it is dropped.
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
