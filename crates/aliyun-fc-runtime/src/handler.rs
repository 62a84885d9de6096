//! Handlers of events that are not requests: their input and output.

use std::{pin::Pin, sync::Arc};

use bytes::Bytes;
use eventbridge_envelope::{
    ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeError, EventData, decode_json,
};
use serde::{Serialize, de::DeserializeOwned};

use crate::{BoxError, context::FunctionContext, function_error::FunctionError};

/// Defines the input of a handler of events.
///
/// An event may be taken as bytes, text or JSON, as a [`CloudEvent`], a [`CloudEventBatch`] or an
/// [`ApiGatewayRequest`], or as [`Json`] of your own type. EventBridge as trigger sends one event
/// at a time, and an event stream sends batches. For a type of your own,
/// [`EnvelopeError::malformed`] makes the error.
pub trait FunctionEvent: Sized {
    /// Reads the event.
    ///
    /// # Errors
    ///
    /// Fails if the event cannot be read as this type.
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError>;
}

/// Defines the output of a handler of events: nothing, bytes, text or JSON.
pub trait FunctionOutput {
    /// Returns the bytes that the caller of the function gets.
    ///
    /// # Errors
    ///
    /// Fails if the output cannot be written.
    fn into_output(self) -> Result<Bytes, BoxError>;
}

/// Holds JSON of any type, as event and as output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "a wrapper of one value")]
pub struct Json<T>(pub T);

impl FunctionEvent for Bytes {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        Ok(event)
    }
}

impl FunctionEvent for Vec<u8> {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        Ok(event.into())
    }
}

impl FunctionEvent for String {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        Self::from_utf8(event.into()).map_err(|error| {
            EnvelopeError::malformed("", "is not UTF-8 text").with_source(error.utf8_error())
        })
    }
}

impl FunctionEvent for serde_json::Value {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        decode_json(&event)
    }
}

impl<D: EventData> FunctionEvent for CloudEvent<D> {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        Self::from_slice(&event)
    }
}

impl<D: EventData> FunctionEvent for CloudEventBatch<D> {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        Self::from_slice(&event)
    }
}

impl FunctionEvent for ApiGatewayRequest {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        Self::from_slice(&event)
    }
}

impl<T: DeserializeOwned> FunctionEvent for Json<T> {
    fn from_event(event: Bytes) -> Result<Self, EnvelopeError> {
        decode_json(&event).map(Self)
    }
}

impl FunctionOutput for () {
    fn into_output(self) -> Result<Bytes, BoxError> {
        Ok(Bytes::new())
    }
}

macro_rules! outputs {
    ($($bytes:ty),*) => {$(
        impl FunctionOutput for $bytes {
            fn into_output(self) -> Result<Bytes, BoxError> {
                Ok(self.into())
            }
        }
    )*};
}

outputs!(Bytes, Vec<u8>, String, &'static str);

impl FunctionOutput for serde_json::Value {
    fn into_output(self) -> Result<Bytes, BoxError> {
        Json(self).into_output()
    }
}

impl<T: Serialize> FunctionOutput for Json<T> {
    fn into_output(self) -> Result<Bytes, BoxError> {
        Ok(serde_json::to_vec(&self.0)?.into())
    }
}

pub(crate) type Handling = Pin<Box<dyn Future<Output = Result<Bytes, FunctionError>> + Send>>;

/// A handler of any types.
pub(crate) type EventHandler = Arc<dyn Fn(Bytes, FunctionContext) -> Handling + Send + Sync>;

pub(crate) fn event_handler<H, E, F, O, X>(handler: H) -> EventHandler
where
    H: Fn(E, FunctionContext) -> F + Send + Sync + 'static,
    E: FunctionEvent,
    F: Future<Output = Result<O, X>> + Send + 'static,
    O: FunctionOutput,
    X: Into<BoxError>,
{
    let handler = Arc::new(handler);
    Arc::new(move |event, context| {
        let handler = Arc::clone(&handler);
        Box::pin(async move {
            // Read and called inside the future, so that the guard around it covers both.
            let handling = {
                let event = E::from_event(event).map_err(FunctionError::EventUnreadable)?;
                handler(event, context)
            };
            let failed = |error: X| FunctionError::Failed(error.into());
            let output = handling.await.map_err(failed)?;
            output.into_output().map_err(FunctionError::Failed)
        })
    })
}

pub(crate) type Hook = Arc<dyn Fn(FunctionContext) -> Handling + Send + Sync>;

pub(crate) fn hook<H, F, X>(hook: H) -> Hook
where
    H: Fn(FunctionContext) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), X>> + Send + 'static,
    X: Into<BoxError>,
{
    let hook = Arc::new(hook);
    Arc::new(move |context| {
        let hook = Arc::clone(&hook);
        Box::pin(async move {
            let done = hook(context).await;
            done.map(|()| Bytes::new()).map_err(|error| FunctionError::Failed(error.into()))
        })
    })
}
