//! The table of dialects, and the readers that choose a row of it.
//!
//! The dialect is told by `type` and by the names of the keys, never by trying one after another.
//!
//! To add a dialect, give it a line in `dialect.rs`, a file here with its fields, and a row in
//! [`Dialect::row`]. The compiler asks for the row. The file ends in a conversion to
//! [`ApiGatewayRequest`], which all readers share.

mod keys;

mod api_gateway;
mod fc_api_gateway;
mod fc_http;
mod http_source;
mod tencent_connector;
mod tencent_scf;

use serde_json::value::RawValue;

pub use api_gateway::{ApiGatewayData, ApiGatewayEvent};
pub use fc_api_gateway::FcApiGatewayEvent;
pub use fc_http::FcHttpEvent;
pub use http_source::{HttpSourceData, HttpSourceEvent};
pub use tencent_connector::{TencentConnectorData, TencentConnectorEvent};
pub use tencent_scf::TencentScfEvent;

use crate::{
    attributes::EventAttributes,
    cloud_event::CloudEvent,
    dialect::Dialect,
    enclosed::FieldNames,
    error::{EnvelopeError, EnvelopeErrorKind},
    json::{Object, as_unicode},
    one_event::{is_batch, not_one_event, one_object},
    request::ApiGatewayRequest,
};

type Read = Result<ApiGatewayRequest, EnvelopeError>;
type ReadData = fn(EventAttributes, &RawValue) -> Read;

/// Everything that tells one dialect from another.
pub(crate) struct Row {
    /// How an event of the dialect is told.
    mark: Mark,
    /// Where an event has the parts of its request.
    pub(crate) names: FieldNames,
    /// Reads an event.
    read: fn(Object<'_>) -> Read,
}

/// How events of a dialect are told.
enum Mark {
    /// By the `type` of the event around the request.
    Type {
        name: &'static str,
        /// Reads the data of an event whose attributes have been read.
        read_data: ReadData,
    },
    /// By the keys of an event that is the request.
    Keys(Keys),
}

struct Keys {
    /// Returns a key that only this dialect has, if the event has one.
    own: fn(&Object<'_>) -> Option<&'static str>,
    /// Returns a key that counts only where no other dialect fits.
    shared: fn(&Object<'_>) -> Option<&'static str>,
    /// The keys in words, for errors.
    in_words: &'static str,
    platform: Platform,
}

/// Who invokes a function.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Platform {
    FunctionCompute,
    Scf,
}

impl Dialect {
    /// Returns the row of the table.
    pub(crate) const fn row(self) -> Row {
        match self {
            Self::ApiGateway => Row {
                mark: Mark::Type {
                    name: ApiGatewayEvent::TYPE,
                    read_data: |event, data| ApiGatewayEvent::of(event, data)?.try_into(),
                },
                names: ApiGatewayEvent::NAMES,
                read: |event| ApiGatewayEvent::read(event)?.try_into(),
            },
            Self::HttpSource => Row {
                mark: Mark::Type {
                    name: HttpSourceEvent::TYPE,
                    read_data: |event, data| HttpSourceEvent::of(event, data)?.try_into(),
                },
                names: HttpSourceEvent::NAMES,
                read: |event| HttpSourceEvent::read(event)?.try_into(),
            },
            Self::TencentConnector => Row {
                mark: Mark::Type {
                    name: TencentConnectorEvent::TYPE,
                    read_data: |event, data| TencentConnectorEvent::of(event, data)?.try_into(),
                },
                names: TencentConnectorEvent::NAMES,
                read: |event| TencentConnectorEvent::read(event)?.try_into(),
            },
            Self::FcHttp => Row {
                mark: Mark::Keys(Keys {
                    own: FcHttpEvent::own_key,
                    shared: |_| None,
                    in_words: "rawPath with version",
                    platform: Platform::FunctionCompute,
                }),
                names: FcHttpEvent::NAMES,
                read: |event| FcHttpEvent::read(event)?.try_into(),
            },
            Self::FcApiGateway => Row {
                mark: Mark::Keys(Keys {
                    own: FcApiGatewayEvent::own_key,
                    shared: FcApiGatewayEvent::shared_key,
                    in_words: "httpMethod with queryParameters or isBase64Encoded",
                    platform: Platform::FunctionCompute,
                }),
                names: FcApiGatewayEvent::NAMES,
                read: |event| FcApiGatewayEvent::read(event)?.try_into(),
            },
            Self::TencentScf => Row {
                mark: Mark::Keys(Keys {
                    own: TencentScfEvent::own_key,
                    shared: |_| None,
                    in_words: "httpMethod with requestContext",
                    platform: Platform::Scf,
                }),
                names: TencentScfEvent::NAMES,
                read: |event| TencentScfEvent::read(event)?.try_into(),
            },
        }
    }
}

impl ApiGatewayRequest {
    /// Reads an enclosed request of any dialect.
    ///
    /// # Errors
    ///
    /// Fails if the bytes fit none or several dialects, or a field is missing or malformed.
    pub fn from_slice(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::of_dialects(json, dialect_of)
    }

    /// Reads as [`from_slice`](Self::from_slice), with U+FFFD in place of half of a surrogate pair
    /// and of bytes that are not UTF-8.
    ///
    /// # Errors
    ///
    /// Fails as [`from_slice`](Self::from_slice) does.
    pub fn from_slice_lossy(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::from_slice(&as_unicode(json))
    }

    /// Reads a request that Function Compute hands to a function.
    ///
    /// Only the dialects of that platform are read, whatever keys of other platforms the event has
    /// too.
    ///
    /// # Errors
    ///
    /// Fails as [`from_slice`](Self::from_slice) does. An event that encloses no request of
    /// Function Compute is of the kind [`UnknownDialect`](EnvelopeErrorKind::UnknownDialect).
    pub fn from_function_compute(json: &[u8]) -> Result<Self, EnvelopeError> {
        Self::of_dialects(json, dialect_in_function_compute)
    }

    /// Reads the request that is enclosed in an event of a batch.
    ///
    /// # Errors
    ///
    /// Fails as [`from_slice`](Self::from_slice) does.
    pub fn from_event<D>(event: &CloudEvent<D>) -> Result<Self, EnvelopeError> {
        let attributes = event.attributes().clone();
        let (dialect, read_data) = dialect_of_type(attributes.event_type())?;
        let data = event.json_data().ok_or_else(|| EnvelopeError::missing("data"));
        let request = data.and_then(|data| read_data(attributes, data.raw()));
        request.map_err(|error| error.in_dialect(dialect))
    }

    fn of_dialects(
        json: &[u8],
        dialect_of: fn(&Object<'_>) -> Result<Dialect, EnvelopeError>,
    ) -> Read {
        let object = one_object(json, IS_A_BATCH)?;
        let dialect = dialect_of(&object)?;
        (dialect.row().read)(object).map_err(|error| error.in_dialect(dialect))
    }
}

fn dialect_of(object: &Object<'_>) -> Result<Dialect, EnvelopeError> {
    if is_batch(object) {
        return Err(not_one_event(IS_A_BATCH));
    }
    let event_type = object.peek_text("type")?.unwrap_or_default();
    let by_type = dialect_of_type(&event_type).map(|(dialect, _)| dialect);
    if object.contains("specversion") || by_type.is_ok() {
        return by_type;
    }
    match &*dialects_by(|keys| (keys.own)(object)) {
        [(dialect, _)] => return Ok(*dialect),
        [] => {}
        // Any of them would lose a part of the request.
        several => return Err(fits_several(several)),
    }
    match &*dialects_by(|keys| (keys.shared)(object)) {
        [(dialect, _), ..] => Ok(*dialect),
        [] => Err(unknown_dialect(format!(
            "encloses no known request: its keys are {:?}; a request has a type of EventBridge, or \
             {}",
            object.names().take(16).map(excerpt).collect::<Vec<_>>(),
            any_of(dialects_by(|keys| Some(keys.in_words))),
        ))),
    }
}

/// Returns the dialect of an event inside of Function Compute, which sends no other platform's.
fn dialect_in_function_compute(object: &Object<'_>) -> Result<Dialect, EnvelopeError> {
    // The trigger comes first: the gateway sends none of its keys.
    let fits = dialects_by(|keys| match keys.platform {
        Platform::FunctionCompute => (keys.own)(object).or_else(|| (keys.shared)(object)),
        Platform::Scf => None,
    });
    match &*fits {
        [(dialect, _), ..] => Ok(*dialect),
        [] => Err(unexpected_dialect(dialect_of(object)?)),
    }
}

fn dialect_of_type(event_type: &str) -> Result<(Dialect, ReadData), EnvelopeError> {
    let mut known = Vec::new();
    for dialect in Dialect::ALL {
        match dialect.row().mark {
            Mark::Type { name, read_data } if name == event_type => {
                return Ok((*dialect, read_data));
            }
            Mark::Type { name, .. } => known.push((*dialect, name)),
            Mark::Keys(_) => {}
        }
    }
    let found = excerpt(event_type);
    Err(unknown_dialect(format!(
        "encloses no request: its type is {found:?}, not {}",
        any_of(known)
    )))
}

/// Returns each dialect that has a key, with that key.
fn dialects_by(key: impl Fn(&Keys) -> Option<&'static str>) -> Vec<(Dialect, &'static str)> {
    let fits = Dialect::ALL.iter().filter_map(|dialect| match dialect.row().mark {
        Mark::Keys(keys) => key(&keys).map(|key| (*dialect, key)),
        Mark::Type { .. } => None,
    });
    fits.collect()
}

fn fits_several(fits: &[(Dialect, &str)]) -> EnvelopeError {
    let fits: Vec<_> =
        fits.iter().map(|(dialect, key)| format!("{dialect} by its key {key}")).collect();
    unknown_dialect(format!(
        "fits more than one dialect: {}; the type of one of them reads it, for example \
         FcApiGatewayEvent",
        fits.join(" and ")
    ))
}

fn unexpected_dialect(dialect: Dialect) -> EnvelopeError {
    let words = dialects_by(|keys| match keys.platform {
        Platform::FunctionCompute => Some(keys.in_words),
        Platform::Scf => None,
    });
    let problem = format!(
        "is of a dialect of another platform: Function Compute encloses a request by {}",
        any_of(words)
    );
    unknown_dialect(problem).in_dialect(dialect)
}

fn unknown_dialect(problem: String) -> EnvelopeError {
    EnvelopeError::new(EnvelopeErrorKind::UnknownDialect, "", problem)
}

/// Joins the names of dialects or their marks: `a, b or c`.
fn any_of(names: Vec<(Dialect, &str)>) -> String {
    let mut joined = String::new();
    let last = names.len().saturating_sub(1);
    for (index, (_, name)) in names.into_iter().enumerate() {
        joined.push_str(match index {
            0 => "",
            index if index == last => " or ",
            _ => ", ",
        });
        joined.push_str(name);
    }
    joined
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

const IS_A_BATCH: &str = "is a batch of events, and one enclosed request was asked for";

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A dialect without a sample would be one that nobody has seen.
    #[test]
    fn every_dialect_has_a_sample() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/envelopes");
        // The published package has no fixtures.
        let Ok(files) = fs::read_dir(folder) else { return };
        let found: Vec<_> = files
            .filter_map(|file| {
                let json = fs::read(file.unwrap().path()).unwrap();
                ApiGatewayRequest::from_slice(&json).ok().map(|request| request.dialect)
            })
            .collect();
        for dialect in Dialect::ALL {
            assert!(found.contains(dialect), "{dialect}");
        }
    }
}
