//! Calls about connections.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Authorization, NetworkParameters};
use crate::{
    call::Client,
    destinations::description,
    error::CallError,
    field::{self, Checked},
    operation::{Answer, Operation, ParameterPlace, Protocol},
    paging::{self, Entries},
};

/// Asks for a connection to be created.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CreateConnection {
    /// The name of the connection.
    #[serde(default)]
    pub connection_name: String,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From where pushes come.
    pub network_parameters: NetworkParameters,
    /// How to authenticate.
    pub auth_parameters: Authorization,
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
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct UpdateConnection {
    /// The name of the connection.
    #[serde(default)]
    pub connection_name: String,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From where pushes come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_parameters: Option<NetworkParameters>,
    /// How to authenticate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_parameters: Option<Authorization>,
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
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Connection {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// From where pushes come.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_parameters: Option<NetworkParameters>,
    /// How it authenticates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_parameters: Option<AuthorizationKind>,
    /// The id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<Value>,
    /// The time of creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gmt_create: Option<Value>,
}

/// Names the way in which a connection authenticates.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct AuthorizationKind {
    /// `BASIC_AUTH`, `API_KEY_AUTH`, `OAUTH_AUTH`, or another one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub authorization_type: Option<String>,
}

/// Asks for connections.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ListConnections {
    /// What the names begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_name_prefix: Option<String>,
    /// The page size.
    #[serde(default = "crate::paging::most_entries")]
    pub max_results: u32,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
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

/// Holds one page of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct Connections {
    /// The connections of the page.
    #[serde(default)]
    pub connections: Vec<Connection>,
    /// Where the list goes on: text or a number. Absent or empty on the last page.
    pub next_token: Option<Value>,
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
    /// Creates a connection. **Its secrets are in the URL of the request**: that is the service's
    /// way.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn create_connection(&self, request: &CreateConnection) -> Result<(), CallError> {
        self.call(request).await.map(|_| ())
    }

    /// Changes a connection. **Its secrets are in the URL of the request**: that is the service's
    /// way.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn update_connection(&self, request: &UpdateConnection) -> Result<(), CallError> {
        self.call(request).await.map(|_| ())
    }

    /// Returns a connection, without its credentials; `None` if the answer has none.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
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
    /// Fails as [`Client::call`] does.
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
