//! Connections: how API destinations authenticate. 2020-04-01 API only.
//!
//! The service takes passwords, keys and client secrets in the request's **URL**. Nothing here logs
//! it; a proxy that ends TLS between here and the service can.

mod calls;

use serde::{Deserialize, Serialize};

use crate::{
    destinations::HttpMethod,
    field::{self, Checked},
    secret::{Secret, exposed},
};

pub use calls::{
    AuthorizationKind, Connection, Connections, CreateConnection, ListConnections, UpdateConnection,
};

open_enum! {
    /// Says from where pushes come.
    pub enum NetworkType {
        /// The internet.
        Public = "PublicNetwork",
        /// A VPC.
        Private = "PrivateNetwork",
    }
}

/// Says from where pushes come, and in which VPC.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct NetworkParameters {
    /// The internet or a VPC.
    pub network_type: NetworkType,
    /// The VPC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// The vSwitch. The vendor spells the member `VswitcheId`.
    #[serde(rename = "VswitcheId", skip_serializing_if = "Option::is_none")]
    pub vswitch_id: Option<String>,
    /// The security group.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_id: Option<String>,
}

impl NetworkParameters {
    /// Returns the internet.
    #[must_use]
    pub const fn public() -> Self {
        Self {
            network_type: NetworkType::Public,
            vpc_id: None,
            vswitch_id: None,
            security_group_id: None,
        }
    }

    /// Returns a VPC.
    #[must_use]
    pub fn private(
        vpc_id: impl Into<String>,
        vswitch_id: impl Into<String>,
        security_group_id: impl Into<String>,
    ) -> Self {
        Self {
            network_type: NetworkType::Private,
            vpc_id: Some(vpc_id.into()),
            vswitch_id: Some(vswitch_id.into()),
            security_group_id: Some(security_group_id.into()),
        }
    }

    fn check(&self) -> Checked {
        if self.network_type != NetworkType::Private {
            return Ok(());
        }
        let needed = |name, value: &Option<String>| {
            field::required(name, value.as_deref().unwrap_or_default())
        };
        needed("NetworkParameters.VpcId", &self.vpc_id)?;
        needed("NetworkParameters.VswitcheId", &self.vswitch_id)?;
        needed("NetworkParameters.SecurityGroupId", &self.security_group_id)
    }
}

/// Says how to authenticate. Secrets are not in `Debug`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "AuthorizationType")]
#[non_exhaustive]
pub enum Authorization {
    /// `Authorization: Basic` with user name and password.
    #[serde(rename = "BASIC_AUTH")]
    Basic {
        /// User name and password.
        #[serde(rename = "BasicAuthParameters")]
        parameters: BasicAuthParameters,
    },
    /// A header with a key.
    #[serde(rename = "API_KEY_AUTH")]
    ApiKey {
        /// Name and value of the header.
        #[serde(rename = "ApiKeyAuthParameters")]
        parameters: ApiKeyAuthParameters,
    },
    /// A token of an OAuth server.
    #[serde(rename = "OAUTH_AUTH")]
    OAuth {
        /// The server and what it is sent.
        #[serde(rename = "OAuthParameters", alias = "OauthParameters")]
        parameters: OAuthParameters,
    },
}

/// Holds user name and password, 1 to 127 characters each.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct BasicAuthParameters {
    /// The user name.
    pub username: String,
    /// The password.
    #[serde(serialize_with = "exposed")]
    pub password: Secret,
}

/// Holds name and value of a header, 1 to 127 characters each.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ApiKeyAuthParameters {
    /// The name of the header.
    pub api_key_name: String,
    /// Its value.
    #[serde(serialize_with = "exposed")]
    pub api_key_value: Secret,
}

/// Names an OAuth server and what it is sent.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct OAuthParameters {
    /// The URL of the server, 127 characters at most.
    pub authorization_endpoint: String,
    /// The method of the request for a token.
    pub http_method: HttpMethod,
    /// Id and secret of the client.
    pub client_parameters: ClientParameters,
    /// What the request for a token holds. At least one parameter is needed.
    #[serde(rename = "OAuthHttpParameters")]
    pub http_parameters: OAuthHttpParameters,
}

/// Holds id and secret of an OAuth client.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct ClientParameters {
    /// The id.
    #[serde(rename = "ClientID")]
    pub client_id: String,
    /// The secret.
    #[serde(rename = "ClientSecret", serialize_with = "exposed")]
    pub client_secret: Secret,
}

/// Holds the parameters of the request for a token.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase", default)]
#[non_exhaustive]
pub struct OAuthHttpParameters {
    /// Parameters in the body.
    pub body_parameters: Vec<OAuthParameter>,
    /// Headers.
    pub header_parameters: Vec<OAuthParameter>,
    /// Parameters in the URL.
    pub query_string_parameters: Vec<OAuthParameter>,
}

/// The vendor's SDKs have it as text, its console as a boolean.
fn text_or_boolean<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let value = serde_json::Value::deserialize(from)?;
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// Holds one parameter of the request for a token.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct OAuthParameter {
    /// The name.
    pub key: String,
    /// The value, which can be a secret.
    #[serde(serialize_with = "exposed")]
    pub value: Secret,
    /// `true` or `false` as text: whether the console hides the value.
    #[serde(default, deserialize_with = "text_or_boolean")]
    pub is_value_secret: String,
}

impl OAuthParameter {
    /// Returns a parameter that the console shows.
    #[must_use]
    pub fn plain(key: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self { key: key.into(), value: value.into(), is_value_secret: "false".to_owned() }
    }

    /// Returns a parameter that the console hides.
    #[must_use]
    pub fn secret(key: impl Into<String>, value: impl Into<Secret>) -> Self {
        Self { is_value_secret: "true".to_owned(), ..Self::plain(key, value) }
    }
}

impl Authorization {
    /// Returns user name and password.
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<Secret>) -> Self {
        let (username, password) = (username.into(), password.into());
        Self::Basic { parameters: BasicAuthParameters { username, password } }
    }

    /// Returns a header with a key.
    #[must_use]
    pub fn api_key(name: impl Into<String>, value: impl Into<Secret>) -> Self {
        let (api_key_name, api_key_value) = (name.into(), value.into());
        Self::ApiKey { parameters: ApiKeyAuthParameters { api_key_name, api_key_value } }
    }

    /// Returns the client credentials of an OAuth server, with `grant_type=client_credentials` in
    /// the body.
    #[must_use]
    pub fn oauth(
        authorization_endpoint: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Secret>,
    ) -> Self {
        Self::OAuth {
            parameters: OAuthParameters {
                authorization_endpoint: authorization_endpoint.into(),
                http_method: HttpMethod::Post,
                client_parameters: ClientParameters {
                    client_id: client_id.into(),
                    client_secret: client_secret.into(),
                },
                http_parameters: OAuthHttpParameters {
                    body_parameters: vec![OAuthParameter::plain(
                        "grant_type",
                        "client_credentials",
                    )],
                    ..OAuthHttpParameters::default()
                },
            },
        }
    }

    fn check(&self) -> Checked {
        match self {
            Self::Basic { parameters } => {
                field::characters("BasicAuthParameters.Username", &parameters.username, 1..=127)?;
                let password = parameters.password.expose();
                field::characters("BasicAuthParameters.Password", password, 1..=127)
            }
            Self::ApiKey { parameters } => {
                let name = &parameters.api_key_name;
                field::characters("ApiKeyAuthParameters.ApiKeyName", name, 1..=127)?;
                let value = parameters.api_key_value.expose();
                field::characters("ApiKeyAuthParameters.ApiKeyValue", value, 1..=127)
            }
            Self::OAuth { parameters } => {
                let endpoint = &parameters.authorization_endpoint;
                field::characters("OAuthParameters.AuthorizationEndpoint", endpoint, 1..=127)?;
                field::url("OAuthParameters.AuthorizationEndpoint", endpoint)?;
                parameters.http_method.check("OAuthParameters.HttpMethod")?;
                let http = &parameters.http_parameters;
                let lists =
                    [&http.body_parameters, &http.header_parameters, &http.query_string_parameters];
                let number = lists.iter().map(|list| list.len()).sum();
                field::within("OAuthParameters.OAuthHttpParameters", "entries", number, 1..=100)
            }
        }
    }
}
