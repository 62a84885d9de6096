//! Events that enclose an HTTP request, and answers as the gateway reads them.

use std::io;

use bytes::Bytes;
use eventbridge_envelope::{
    ApiGatewayRequest, EnvelopeError, EnvelopeErrorKind, FcApiGatewayResponse,
};
use http::{Request, Response, StatusCode};
use http_body::Body;
use tower_service::Service;

use crate::{
    BoxError,
    body::InvocationBody,
    call::response_of,
    collect::collected_answer,
    context::{FunctionContext, remove_platform_headers},
    function_error::FunctionError,
    own_response::{FAILED, UNREADABLE, own_response},
};

/// The content of an event.
pub(crate) enum Enclosed<B> {
    Request(Request<InvocationBody<B>>),
    /// A request that cannot be made, or that no service should get. Its sender is told.
    Rejected(EnvelopeError),
    /// No request. `Some` has the reason, where a request was looked for.
    Nothing(Option<EnvelopeError>),
    /// An event that lacks a field that the platform always sends.
    Unreadable(EnvelopeError),
}

pub(crate) fn enclosed<B>(event: &[u8], context: &FunctionContext) -> Enclosed<B> {
    let request = ApiGatewayRequest::from_function_compute(event);
    let mut request = match request.and_then(ApiGatewayRequest::into_forwardable) {
        Ok(request) => request.map(InvocationBody::enclosed),
        Err(error) => {
            return match (error.dialect(), error.kind()) {
                (None, _) | (_, EnvelopeErrorKind::UnknownDialect) => {
                    Enclosed::Nothing(Some(error))
                }
                (_, EnvelopeErrorKind::MissingField) => Enclosed::Unreadable(error),
                // The caller of the gateway sent the rest. Kinds of errors may be added.
                _ => Enclosed::Rejected(error),
            };
        }
    };
    // The caller of the gateway may have sent them.
    remove_platform_headers(request.headers_mut());
    request.extensions_mut().insert(context.clone());
    Enclosed::Request(request)
}

/// Returns the answer of the service, written for the gateway.
pub(crate) async fn answered<S, R, ResBody>(
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
    let (parts, body) = response_of(service, request).await?.into_parts();
    let body = collected_answer(body, limit).await?;
    written(Response::from_parts(parts, body), limit)
}

/// Returns the answer to a request that cannot be made of its event, written for the gateway.
pub(crate) fn rejected() -> Bytes {
    written_short(own_response(StatusCode::BAD_REQUEST, UNREADABLE))
}

/// Returns the answer to a request whose handler failed, written for the gateway.
pub(crate) fn failed() -> Bytes {
    written_short(own_response(StatusCode::INTERNAL_SERVER_ERROR, FAILED))
}

fn written_short(response: Response<Bytes>) -> Bytes {
    // Short text can always be written.
    written(response, usize::MAX).unwrap_or_default()
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

/// Takes no more than the limit: text may grow sixfold as it is written.
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
