//! API destinations: external HTTP endpoints with a connection that authenticates. 2020-04-01 API
//! only.
//!
//! Whether pushes to API destinations carry EventBridge's signature is not documented. Assume that
//! they do not: a receiver sees the connection's credentials only.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    call::Client,
    error::CallError,
    field::{self, Checked, InvalidField},
    operation::{Answer, Operation, Protocol},
    paging::{self, Entries},
};

open_enum! {
    /// Names the method of an API destination.
    pub enum HttpMethod {
        /// GET
        Get = "GET",
        /// POST
        Post = "POST",
        /// HEAD
        Head = "HEAD",
        /// DELETE
        Delete = "DELETE",
        /// PUT
        Put = "PUT",
        /// PATCH
        Patch = "PATCH",
    }
}

impl HttpMethod {
    pub(crate) fn check(&self, field: &'static str) -> Checked {
        match self {
            Self::Get | Self::Post | Self::Head | Self::Delete | Self::Put | Self::Patch => Ok(()),
            Self::Other(_) => {
                Err(InvalidField::rule(field, "is not one of GET, POST, HEAD, DELETE, PUT, PATCH"))
            }
        }
    }
}

/// Says where an API destination sends to.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct HttpApiParameters {
    /// The URL, 127 characters at most.
    pub endpoint: String,
    /// The method.
    pub method: HttpMethod,
}

impl HttpApiParameters {
    /// Returns the parameters.
    #[must_use]
    pub fn new(endpoint: impl Into<String>, method: HttpMethod) -> Self {
        Self { endpoint: endpoint.into(), method }
    }

    fn check(&self) -> Checked {
        field::characters("HttpApiParameters.Endpoint", &self.endpoint, 1..=127)?;
        field::url("HttpApiParameters.Endpoint", &self.endpoint)?;
        self.method.check("HttpApiParameters.Method")
    }
}

/// Asks for an API destination to be created.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CreateApiDestination {
    /// The name of the API destination.
    #[serde(default)]
    pub api_destination_name: String,
    /// The name of the connection.
    #[serde(default)]
    pub connection_name: String,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// URL and method.
    pub http_api_parameters: HttpApiParameters,
}

impl CreateApiDestination {
    /// Returns the request. Both names have 2 to 127 letters, digits, `_` and `-`.
    #[must_use]
    pub fn new(
        api_destination_name: impl Into<String>,
        connection_name: impl Into<String>,
        http_api_parameters: HttpApiParameters,
    ) -> Self {
        Self {
            api_destination_name: api_destination_name.into(),
            connection_name: connection_name.into(),
            description: None,
            http_api_parameters,
        }
    }
}

setters! { CreateApiDestination {
    /// Sets the description, 255 characters at most.
    description: String,
}}

impl Operation for CreateApiDestination {
    type Answer = CreatedApiDestination;

    fn name(&self) -> &'static str {
        "CreateApiDestination"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ApiDestinationName", &self.api_destination_name)?;
        field::destination_name("ConnectionName", &self.connection_name)?;
        description(self.description.as_deref())?;
        self.http_api_parameters.check()
    }
}

/// Names the API destination that was created.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct CreatedApiDestination {
    /// The name.
    pub api_destination_name: Option<String>,
    /// Members that this crate does not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Asks for an API destination to be changed. What is not set stays.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct UpdateApiDestination {
    /// The name of the API destination.
    #[serde(default)]
    pub api_destination_name: String,
    /// The name of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// URL and method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_api_parameters: Option<HttpApiParameters>,
}

impl UpdateApiDestination {
    /// Returns a request that changes nothing yet.
    #[must_use]
    pub fn new(api_destination_name: impl Into<String>) -> Self {
        Self {
            api_destination_name: api_destination_name.into(),
            connection_name: None,
            description: None,
            http_api_parameters: None,
        }
    }
}

setters! { UpdateApiDestination {
    /// Sets the connection.
    connection_name: String,
    /// Sets the description, 255 characters at most.
    description: String,
    /// Sets URL and method.
    http_api_parameters: HttpApiParameters,
}}

impl Operation for UpdateApiDestination {
    type Answer = Value;

    fn name(&self) -> &'static str {
        "UpdateApiDestination"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ApiDestinationName", &self.api_destination_name)?;
        if let Some(name) = &self.connection_name {
            field::destination_name("ConnectionName", name)?;
        }
        description(self.description.as_deref())?;
        self.http_api_parameters.as_ref().map_or(Ok(()), HttpApiParameters::check)
    }
}

pub(crate) fn description(text: Option<&str>) -> Checked {
    field::characters("Description", text.unwrap_or_default(), 0..=255)
}

/// Describes an API destination.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ApiDestination {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_destination_name: Option<String>,
    /// The name of its connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_name: Option<String>,
    /// The description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// URL and method.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_api_parameters: Option<HttpApiParameters>,
    /// Members that this crate does not know, and the time of creation.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct GetApiDestination<'a> {
    api_destination_name: &'a str,
}

impl Operation for GetApiDestination<'_> {
    type Answer = ApiDestination;

    fn name(&self) -> &'static str {
        "GetApiDestination"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ApiDestinationName", self.api_destination_name)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteApiDestination<'a> {
    api_destination_name: &'a str,
}

impl Operation for DeleteApiDestination<'_> {
    type Answer = Value;

    fn name(&self) -> &'static str {
        "DeleteApiDestination"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::destination_name("ApiDestinationName", self.api_destination_name)
    }
}

/// Asks for API destinations.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ListApiDestinations {
    /// What the names begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub api_destination_name_prefix: Option<String>,
    /// The name of the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connection_name: Option<String>,
    /// The page size.
    #[serde(default = "crate::paging::most_entries")]
    pub max_results: u32,
    /// Where the list goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Default for ListApiDestinations {
    fn default() -> Self {
        Self {
            api_destination_name_prefix: None,
            connection_name: None,
            max_results: 100,
            next_token: None,
        }
    }
}

impl ListApiDestinations {
    /// Sets the page size, 1 to 100. Default: 100.
    #[must_use]
    pub const fn page_size(mut self, most: u32) -> Self {
        self.max_results = most;
        self
    }
}

setters! { ListApiDestinations {
    /// Sets what the names begin with.
    api_destination_name_prefix: String,
    /// Sets the connection that they use.
    connection_name: String,
    /// Sets where the list goes on.
    next_token: String,
}}

/// Holds one page of a list.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
#[non_exhaustive]
pub struct ApiDestinations {
    /// The API destinations of the page.
    #[serde(default)]
    pub api_destinations: Vec<ApiDestination>,
    /// Where the list goes on: text or a number. Absent or empty on the last page.
    pub next_token: Option<Value>,
}

impl Operation for ListApiDestinations {
    type Answer = ApiDestinations;

    fn name(&self) -> &'static str {
        "ListApiDestinations"
    }

    fn check(&self, _: Protocol) -> Checked {
        field::range("MaxResults", u64::from(self.max_results), 1..=100)
    }
}

impl Client {
    /// Creates an API destination.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn create_api_destination(
        &self,
        request: &CreateApiDestination,
    ) -> Result<Answer<CreatedApiDestination>, CallError> {
        self.call(request).await
    }

    /// Changes an API destination.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn update_api_destination(
        &self,
        request: &UpdateApiDestination,
    ) -> Result<(), CallError> {
        self.call(request).await.map(|_| ())
    }

    /// Returns an API destination.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn get_api_destination(
        &self,
        api_destination_name: &str,
    ) -> Result<Answer<ApiDestination>, CallError> {
        self.call(&GetApiDestination { api_destination_name }).await
    }

    /// Deletes an API destination.
    ///
    /// # Errors
    ///
    /// Fails as [`Client::call`] does.
    pub async fn delete_api_destination(
        &self,
        api_destination_name: &str,
    ) -> Result<(), CallError> {
        self.call(&DeleteApiDestination { api_destination_name }).await.map(|_| ())
    }

    /// Streams API destinations.
    #[must_use]
    pub fn list_api_destinations(&self, request: &ListApiDestinations) -> Entries<ApiDestination> {
        let (client, first) = (self.clone(), request.clone());
        Entries::new("ListApiDestinations", move |token| {
            let client = client.clone();
            let next_token = token.or_else(|| first.next_token.clone());
            let request = ListApiDestinations { next_token, ..first.clone() };
            Box::pin(async move {
                let answer = client.call(&request).await?;
                Ok(paging::page(answer, |list| (list.api_destinations, list.next_token)))
            })
        })
    }
}
