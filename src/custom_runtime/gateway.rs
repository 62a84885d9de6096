//! Events that enclose an HTTP request, and answers as the gateway reads them.

use std::{
    io,
    pin::{Pin, pin},
};

use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

use super::{
    body::InvocationBody,
    context::{FunctionContext, remove_platform_headers},
    function_error::FunctionError,
    service::response_of,
};
use crate::{
    BoxError,
    data_frames::DataFrames,
    envelope::{ApiGatewayRequest, EnvelopeError, EnvelopeErrorKind, FcApiGatewayResponse},
    forward::forwarded_request,
    verify,
};

/// What an event encloses.
pub(super) enum Enclosed<B> {
    Request(Request<InvocationBody<B>>),
    /// A request that cannot be made, or that nobody should get: its sender is told.
    Refused(EnvelopeError),
    /// No request: `Some` says why, where one was looked for.
    Nothing(Option<EnvelopeError>),
    /// An event that lacks what the platform always sends.
    Unreadable(EnvelopeError),
}

pub(super) fn enclosed<B>(event: &[u8], context: &FunctionContext) -> Enclosed<B> {
    let request = ApiGatewayRequest::from_function_compute(event);
    let mut request = match request.and_then(forwarded_request) {
        Ok(request) => request.map(InvocationBody::enclosed),
        Err(error) => {
            return match (error.dialect(), error.kind()) {
                (None, _) | (_, EnvelopeErrorKind::UnknownDialect) => {
                    Enclosed::Nothing(Some(error))
                }
                (_, EnvelopeErrorKind::MissingField) => Enclosed::Unreadable(error),
                // What is wrong with it came from whoever called the gateway.
                _ => Enclosed::Refused(error),
            };
        }
    };
    // Whoever called the gateway may have sent them.
    remove_platform_headers(request.headers_mut());
    request.extensions_mut().insert(context.clone());
    Enclosed::Request(request)
}

/// The service's answer, written for the gateway.
pub(super) async fn answered<S, R, ResBody>(
    service: S,
    request: R,
    limit: usize,
) -> Result<Bytes, FunctionError>
where
    S: Service<R, Response = Response<ResBody>>,
    S::Error: Into<BoxError>,
    ResBody: Body<Data = Bytes>,
    ResBody::Error: Into<BoxError>,
{
    let response = response_of(service, request).await?;
    let (parts, body) = response.into_parts();
    let body = pin!(body);
    let mut frames = DataFrames::new(body);
    let body = collected(&mut frames, limit).await.map_err(|error| match error {
        Broken::TooLarge => FunctionError::ResponseTooLarge(limit),
        Broken::Incomplete(error) => FunctionError::ResponseIncomplete(error),
    })?;
    written(Response::from_parts(parts, body), limit)
}

/// An answer of ours, written for the gateway.
pub(super) fn own_answer(status: StatusCode) -> Bytes {
    let json = match status {
        StatusCode::BAD_REQUEST => "{\"status\":\"unreadable\"}",
        _ => FAILED,
    };
    // It is text without anything that could not be written.
    written(verify::answer(status, json), usize::MAX).unwrap_or_default()
}

fn written(mut response: Response<Bytes>, limit: usize) -> Result<Bytes, FunctionError> {
    remove_platform_headers(response.headers_mut());
    let response = FcApiGatewayResponse::try_from(response);
    let response = response.map_err(FunctionError::ResponseUnwritable)?;
    let mut json = LimitedBuffer { bytes: Vec::new(), limit };
    // Nothing else can go wrong with text in memory.
    match serde_json::to_writer(&mut json, &response) {
        Ok(()) => Ok(json.bytes.into()),
        Err(_) => Err(FunctionError::ResponseTooLarge(limit)),
    }
}

/// Refuses what is too much: text may grow sixfold as it is written.
struct LimitedBuffer {
    bytes: Vec<u8>,
    limit: usize,
}

impl io::Write for LimitedBuffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len().saturating_add(bytes.len()) > self.limit {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Why a body is not there as a whole.
enum Broken {
    TooLarge,
    Incomplete(BoxError),
}

async fn collected<B>(frames: &mut DataFrames<Pin<&mut B>>, limit: usize) -> Result<Bytes, Broken>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let mut first = Bytes::new();
    let mut whole = BytesMut::new();
    while let Some(data) = frames.next().await {
        let data = data.map_err(Broken::Incomplete)?;
        let held = first.len().saturating_add(whole.len());
        if held.saturating_add(data.len()) > limit {
            return Err(Broken::TooLarge);
        }
        if held == 0 {
            // Most bodies are one frame, which is not copied.
            first = data;
            continue;
        }
        whole.extend_from_slice(&std::mem::take(&mut first));
        whole.extend_from_slice(&data);
    }
    Ok(if whole.is_empty() { first } else { whole.freeze() })
}

/// An event. What is too much of it is read all the same: the platform would meet a closed connection and no answer.
pub(super) async fn collected_event<B>(body: B, limit: usize) -> Result<Bytes, FunctionError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    let body = pin!(body);
    let mut frames = DataFrames::new(body);
    match collected(&mut frames, limit).await {
        Ok(event) => Ok(event),
        Err(Broken::Incomplete(error)) => Err(FunctionError::EventIncomplete(error)),
        Err(Broken::TooLarge) => {
            let mut left = MAX_DISCARDED;
            while let Some(Ok(data)) = frames.next().await {
                left = left.saturating_sub(data.len());
                if left == 0 {
                    break;
                }
            }
            Err(FunctionError::EventTooLarge(limit))
        }
    }
}

/// The platform sends no more.
const MAX_DISCARDED: usize = 32 * 1024 * 1024;
/// What a sender is told of a handler that failed.
pub(super) const FAILED: &str = "{\"status\":\"failed\"}";
