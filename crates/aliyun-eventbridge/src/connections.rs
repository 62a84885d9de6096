//! Connections: how API destinations authenticate. 2020-04-01 API only.
//!
//! The service takes passwords, keys and client secrets in the request's **URL**. Nothing here logs it; a proxy
//! that ends TLS between here and the service can.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    call::Client,
    destinations::{HttpMethod, description},
    error::CallError,
    field::{self, Checked},
    operation::{Answer, Operation, ParameterPlace, Protocol},
    paging::{self, Entries},
    secret::{Secret, exposed},
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
#[derive(Clone, Debug, Serialize)]
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
        #[serde(rename = "OAuthParameters")]
        parameters: OAuthParameters,
    },
}

/// Holds user name and password, 1 to 127 characters each.
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Serialize)]
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
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct OAuthHttpParameters {
    /// Parameters in the body.
    pub body_parameters: Vec<OAuthParameter>,
    /// Headers.
    pub header_parameters: Vec<OAuthParameter>,
    /// Parameters in the URL.
    pub query_string_parameters: Vec<OAuthParameter>,
}

/// Holds one parameter of the request for a token.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct OAuthParameter {
    /// The name.
    pub key: String,
    /// The value, which can be a secret.
    #[serde(serialize_with = "exposed")]
    pub value: Secret,
    /// `true` or `false` as text: whether the console hides the value.
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

    /// Returns the client credentials of an OAuth server, with `grant_type=client_credentials` in the body.
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

/// Asks for a connection to be created.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateConnection {
    connection_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    network_parameters: NetworkParameters,
    auth_parameters: Authorization,
}

impl CreateConnection {
    /// Returns the request. The name has 2 to 127 letters, digits, `_` and `-`.
    #[must_use]
    pub fn new(
        connection_name: impl Into<String>,
        network_parameters: NetworkParameters,
        auth_parameters: Authorization,
    ) -> Self {
        Self {
            connection_name: connection_name.into(),
            description: None,
            network_parameters,
            auth_parameters,
        }
    }
}

setters! { CreateConnection {
    /// Sets the description, 255 characters at most.
    description: String,
}}

impl Operation for CreateConnection {
    type Answer = Value;

    fn name(&self) -> &'static str {
        "CreateConnection"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ConnectionName", &self.connection_name)?;
        description(self.description.as_deref())?;
        self.network_parameters.check()?;
        self.auth_parameters.check().map_err(|field| field.within("AuthParameters"))
    }
}

/// Asks for a connection to be changed. What is not set stays.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateConnection {
    connection_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    network_parameters: Option<NetworkParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_parameters: Option<Authorization>,
}

impl UpdateConnection {
    /// Returns a request that changes nothing yet.
    #[must_use]
    pub fn new(connection_name: impl Into<String>) -> Self {
        Self {
            connection_name: connection_name.into(),
            description: None,
            network_parameters: None,
            auth_parameters: None,
        }
    }
}

setters! { UpdateConnection {
    /// Sets the description, 255 characters at most.
    description: String,
    /// Sets from where pushes come.
    network_parameters: NetworkParameters,
    /// Sets how to authenticate.
    auth_parameters: Authorization,
}}

impl Operation for UpdateConnection {
    type Answer = Value;

    fn name(&self) -> &'static str {
        "UpdateConnection"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ConnectionName", &self.connection_name)?;
        description(self.description.as_deref())?;
        self.network_parameters.as_ref().map_or(Ok(()), NetworkParameters::check)?;
        let auth = self.auth_parameters.as_ref().map_or(Ok(()), Authorization::check);
        auth.map_err(|field| field.within("AuthParameters"))
    }
}

/// Describes a connection. The answer's credentials are left out of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Connection {
    /// The name.
    pub connection_name: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// From where pushes come.
    pub network_parameters: Option<NetworkParameters>,
    /// How it authenticates.
    pub auth_parameters: Option<AuthorizationKind>,
    /// The id.
    pub id: Option<Value>,
    /// The time of creation.
    pub gmt_create: Option<Value>,
}

/// Names the way in which a connection authenticates.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct AuthorizationKind {
    /// `BASIC_AUTH`, `API_KEY_AUTH`, `OAUTH_AUTH`, or another one.
    pub authorization_type: Option<String>,
}

/// Asks for connections.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListConnections {
    #[serde(skip_serializing_if = "Option::is_none")]
    connection_name_prefix: Option<String>,
    max_results: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_token: Option<String>,
}

impl Default for ListConnections {
    fn default() -> Self {
        Self { connection_name_prefix: None, max_results: 100, next_token: None }
    }
}

impl ListConnections {
    /// Sets the page size, 1 to 100. Default: 100.
    #[must_use]
    pub const fn page_size(mut self, most: u32) -> Self {
        self.max_results = most;
        self
    }
}

setters! { ListConnections {
    /// Sets what the names begin with.
    connection_name_prefix: String,
    /// Sets where the list goes on.
    next_token: String,
}}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[doc(hidden)]
#[non_exhaustive]
pub struct Connections {
    #[serde(default)]
    connections: Vec<Connection>,
    next_token: Option<Value>,
}

impl Operation for ListConnections {
    type Answer = Connections;

    fn name(&self) -> &'static str {
        "ListConnections"
    }

    fn place(&self) -> ParameterPlace {
        ParameterPlace::Form
    }

    fn check(&self, _: Protocol) -> Checked {
        field::range("MaxResults", u64::from(self.max_results), 1..=100)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OfConnection<'a> {
    #[serde(skip)]
    name: &'static str,
    connection_name: &'a str,
}

impl Operation for OfConnection<'_> {
    type Answer = Map<String, Value>;

    fn name(&self) -> &'static str {
        self.name
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ConnectionName", self.connection_name)
    }
}

impl Client {
    /// Creates a connection. **Its secrets are in the URL of the request**: that is the service's way.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn create_connection(&self, request: &CreateConnection) -> Result<(), CallError> {
        self.call(request).await.map(|_| ())
    }

    /// Changes a connection. **Its secrets are in the URL of the request**: that is the service's way.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn update_connection(&self, request: &UpdateConnection) -> Result<(), CallError> {
        self.call(request).await.map(|_| ())
    }

    /// Returns a connection, without its credentials; `None` if the answer has none.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn get_connection(
        &self,
        connection_name: &str,
    ) -> Result<Answer<Option<Connection>>, CallError> {
        let answer = self.call(&OfConnection { name: "GetConnection", connection_name }).await?;
        let mut members = answer.result;
        let list = members.remove("Connections").unwrap_or_default();
        let list: Vec<Connection> = serde_json::from_value(list).unwrap_or_default();
        Ok(Answer { result: list.into_iter().next(), request_id: answer.request_id })
    }

    /// Deletes a connection that no API destination uses.
    ///
    /// # Errors
    ///
    /// As [`Client::call`].
    pub async fn delete_connection(&self, connection_name: &str) -> Result<(), CallError> {
        self.call(&OfConnection { name: "DeleteConnection", connection_name }).await.map(|_| ())
    }

    /// Streams connections.
    #[must_use]
    pub fn list_connections(&self, request: &ListConnections) -> Entries<Connection> {
        let (client, first) = (self.clone(), request.clone());
        Entries::new("ListConnections", move |token| {
            let client = client.clone();
            let next_token = token.or_else(|| first.next_token.clone());
            let request = ListConnections { next_token, ..first.clone() };
            Box::pin(async move {
                let answer = client.call(&request).await?;
                Ok(paging::page(answer, |list| (list.connections, list.next_token)))
            })
        })
    }
}
