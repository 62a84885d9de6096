//! The names of the dialects. Everything else about one is in its row of `dialects/mod.rs`.

use std::fmt;

macro_rules! dialects {
    ($($(#[$documentation:meta])* $variant:ident = $name:literal;)*) => {
        /// Names a way in which an HTTP request is enclosed in an event (docs/wire-facts.md section
        /// 3.3).
        ///
        /// Dialects look alike and are not: each has names of its own for the same things. A
        /// dialect proves nothing about the sender, and nothing that Tencent Cloud sends is signed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Dialect {
            $($(#[$documentation])* $variant,)*
        }

        impl Dialect {
            /// Every dialect, in the order in which errors list them.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name, in kebab case.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

dialects! {
    /// Alibaba Cloud EventBridge, events of API Gateway:
    /// [`ApiGatewayEvent`](crate::ApiGatewayEvent).
    ApiGateway = "api-gateway";
    /// Alibaba Cloud EventBridge, events of an HTTP source:
    /// [`HttpSourceEvent`](crate::HttpSourceEvent).
    HttpSource = "http-source";
    /// Tencent Cloud EventBridge, API Gateway connector:
    /// [`TencentConnectorEvent`](crate::TencentConnectorEvent).
    TencentConnector = "tencent-connector";
    /// Alibaba Cloud Function Compute, HTTP trigger: [`FcHttpEvent`](crate::FcHttpEvent).
    FcHttp = "fc-http";
    /// Alibaba Cloud Function Compute behind API Gateway:
    /// [`FcApiGatewayEvent`](crate::FcApiGatewayEvent).
    FcApiGateway = "fc-api-gateway";
    /// Tencent Cloud SCF behind API Gateway: [`TencentScfEvent`](crate::TencentScfEvent).
    TencentScf = "tencent-scf";
}

impl fmt::Display for Dialect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}
