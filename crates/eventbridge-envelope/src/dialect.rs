//! The six ways in which an HTTP request is enclosed in an event.

use std::fmt;

use crate::{
    ApiGatewayData, FcApiGatewayEvent, FcHttpEvent, HttpSourceData, TencentConnectorData,
    TencentScfEvent,
    error::EnvelopeError,
    object::{Object, Shape},
};

/// A way in which a gateway's request is enclosed (docs/wire-facts.md section 3.3). They look alike and are not: each has
/// names of its own for the same things.
///
/// A dialect proves nothing about the sender. Nothing that Tencent Cloud sends is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Dialect {
    /// Alibaba Cloud EventBridge, events of API Gateway: [`ApiGatewayEvent`](crate::ApiGatewayEvent).
    ApiGateway,
    /// Alibaba Cloud EventBridge, events of an HTTP source: [`HttpSourceEvent`](crate::HttpSourceEvent).
    HttpSource,
    /// Alibaba Cloud Function Compute behind API Gateway: [`FcApiGatewayEvent`](crate::FcApiGatewayEvent).
    FcApiGateway,
    /// Alibaba Cloud Function Compute, HTTP trigger: [`FcHttpEvent`](crate::FcHttpEvent).
    FcHttp,
    /// Tencent Cloud EventBridge, API Gateway connector: [`TencentConnectorEvent`](crate::TencentConnectorEvent).
    TencentConnector,
    /// Tencent Cloud SCF behind API Gateway: [`TencentScfEvent`](crate::TencentScfEvent).
    TencentScf,
}

impl Dialect {
    /// The name, in kebab case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ApiGateway => "api-gateway",
            Self::HttpSource => "http-source",
            Self::FcApiGateway => "fc-api-gateway",
            Self::FcHttp => "fc-http",
            Self::TencentConnector => "tencent-connector",
            Self::TencentScf => "tencent-scf",
        }
    }
}

/// Where the parts of a request are.
pub(crate) struct FieldNames {
    pub(crate) method: &'static str,
    pub(crate) path: &'static str,
    pub(crate) headers: &'static str,
    pub(crate) body: &'static str,
}

impl Dialect {
    pub(crate) const fn field_names(self) -> FieldNames {
        let (method, path) = match self {
            Self::ApiGateway => ("data.method", "data.path"),
            Self::HttpSource | Self::TencentConnector => ("data.httpMethod", "data.path"),
            Self::FcApiGateway | Self::TencentScf => ("httpMethod", "path"),
            Self::FcHttp => ("requestContext.http.method", "rawPath"),
        };
        let (headers, body) = match self {
            Self::ApiGateway | Self::HttpSource | Self::TencentConnector => {
                ("data.headers", "data.body")
            }
            Self::FcApiGateway | Self::FcHttp | Self::TencentScf => ("headers", "body"),
        };
        FieldNames { method, path, headers, body }
    }

    /// Which members of an event are read in one pass with it.
    const fn shape(self) -> Shape {
        let (maps, data): (&[_], _) = match self {
            Self::ApiGateway => (&[], Some(ApiGatewayData::MAPS)),
            Self::HttpSource => (&[], Some(HttpSourceData::MAPS)),
            Self::TencentConnector => (&[], Some(TencentConnectorData::MAPS)),
            Self::FcApiGateway => (FcApiGatewayEvent::MAPS, None),
            Self::FcHttp => (FcHttpEvent::MAPS, None),
            Self::TencentScf => (TencentScfEvent::MAPS, None),
        };
        Shape { maps, data }
    }

    /// Reads an event of this dialect.
    pub(crate) fn read<T>(
        self,
        json: &[u8],
        read: impl FnOnce(Object<'_>) -> Result<T, EnvelopeError>,
    ) -> Result<T, EnvelopeError> {
        self.read_as(json, self.shape(), read)
    }

    /// Reads an object of a shape that belongs to this dialect.
    pub(crate) fn read_as<T>(
        self,
        json: &[u8],
        shape: Shape,
        read: impl FnOnce(Object<'_>) -> Result<T, EnvelopeError>,
    ) -> Result<T, EnvelopeError> {
        Object::of_shape(json, shape).and_then(read).map_err(|error| error.in_dialect(self))
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
