//! How a connection authenticates. Its secret comes from a file or the environment.

use std::path::PathBuf;

use aliyun_eventbridge::{
    connections::{Authorization, OAuthParameter},
    destinations::HttpMethod,
    secret::Secret,
};
use clap::Args;
use serde::Deserialize;

use crate::usage::{UsageError, read};

/// One way to authenticate, and the secret.
#[derive(Args)]
pub struct AuthOptions {
    /// Basic authentication: the user name; the secret is the password
    #[arg(long, value_name = "NAME", group = "way")]
    username: Option<String>,
    /// An API key: the name of the header; the secret is its value
    #[arg(long, value_name = "HEADER", group = "way")]
    api_key_name: Option<String>,
    /// OAuth with client credentials: the URL of the server, with --client-id; the secret is the
    /// client's
    #[arg(long, value_name = "URL", group = "way", requires = "client_id")]
    oauth_endpoint: Option<String>,
    /// OAuth: the id of the client
    #[arg(long, value_name = "ID", requires = "oauth_endpoint")]
    client_id: Option<String>,
    /// A file with the password, key or client secret; a line end after it is left out
    #[arg(long, value_name = "FILE", conflicts_with = "secret")]
    secret_file: Option<PathBuf>,
    /// The password, key or client secret; on the command line every user of the machine sees it
    #[arg(long, value_name = "SECRET", hide_env_values = true)]
    secret: Option<String>,
}

/// `AuthParameters` of a file. Where it has no secret, the options give it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct AuthFile {
    authorization_type: Option<String>,
    basic_auth_parameters: Option<Basic>,
    api_key_auth_parameters: Option<ApiKey>,
    #[serde(rename = "OAuthParameters")]
    oauth_parameters: Option<OAuth>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Basic {
    username: String,
    password: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct ApiKey {
    api_key_name: String,
    api_key_value: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct OAuth {
    authorization_endpoint: String,
    http_method: Option<HttpMethod>,
    client_parameters: Client,
    #[serde(rename = "OAuthHttpParameters")]
    http_parameters: Option<HttpParameters>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Client {
    #[serde(rename = "ClientID")]
    id: String,
    #[serde(rename = "ClientSecret")]
    secret: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
#[derive(Default)]
struct HttpParameters {
    body_parameters: Vec<Parameter>,
    header_parameters: Vec<Parameter>,
    query_string_parameters: Vec<Parameter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Parameter {
    key: String,
    value: Secret,
    #[serde(default)]
    is_value_secret: String,
}

impl AuthOptions {
    /// Returns how to authenticate, by the options, else by the file.
    pub fn authorization(
        &self,
        file: Option<AuthFile>,
    ) -> Result<Option<Authorization>, UsageError> {
        let given = self.given()?;
        let needed = |of_file: Option<Secret>| {
            let reason = "the connection has no secret: give it by --secret-file or \
                 EVENTBRIDGE_SECRET";
            given.clone().or(of_file).ok_or_else(|| UsageError::new("--secret-file", reason))
        };
        if let Some(username) = &self.username {
            return Ok(Some(Authorization::basic(username, needed(None)?)));
        }
        if let Some(name) = &self.api_key_name {
            return Ok(Some(Authorization::api_key(name, needed(None)?)));
        }
        if let (Some(endpoint), Some(id)) = (&self.oauth_endpoint, &self.client_id) {
            return Ok(Some(Authorization::oauth(endpoint, id, needed(None)?)));
        }
        let Some(file) = file else {
            if given.is_some() && self.secret_file.is_some() {
                let reason = "needs --username, --api-key-name or --oauth-endpoint: what is it?";
                return Err(UsageError::new("--secret-file", reason));
            }
            return Ok(None);
        };
        let kind = file.authorization_type.as_deref();
        match (file.basic_auth_parameters, file.api_key_auth_parameters, file.oauth_parameters) {
            (Some(basic), None, None) if matches!(kind, None | Some("BASIC_AUTH")) => {
                Ok(Some(Authorization::basic(basic.username, needed(basic.password)?)))
            }
            (None, Some(key), None) if matches!(kind, None | Some("API_KEY_AUTH")) => {
                let value = needed(key.api_key_value)?;
                Ok(Some(Authorization::api_key(key.api_key_name, value)))
            }
            (None, None, Some(oauth)) if matches!(kind, None | Some("OAUTH_AUTH")) => {
                let secret = needed(oauth.client_parameters.secret.clone())?;
                Ok(Some(oauth.authorization(secret)))
            }
            _ => {
                let reason = "AuthParameters: give exactly one of BasicAuthParameters, \
                     ApiKeyAuthParameters and OAuthParameters, the one of AuthorizationType";
                Err(UsageError::new("--from", reason))
            }
        }
    }

    fn given(&self) -> Result<Option<Secret>, UsageError> {
        let Some(file) = &self.secret_file else {
            return Ok(self.secret.as_deref().map(Secret::from));
        };
        let text = String::from_utf8(read("--secret-file", file)?)
            .map_err(|_| UsageError::new("--secret-file", "is not text"))?;
        let text = text.strip_suffix('\n').unwrap_or(&text);
        Ok(Some(Secret::from(text.strip_suffix('\r').unwrap_or(text))))
    }
}

impl OAuth {
    fn authorization(self, secret: Secret) -> Authorization {
        let id = self.client_parameters.id;
        let mut made = Authorization::oauth(self.authorization_endpoint, id, secret);
        if let Authorization::OAuth { parameters } = &mut made {
            if let Some(method) = self.http_method {
                parameters.http_method = method;
            }
            if let Some(http) = self.http_parameters {
                let all = |list: Vec<Parameter>| list.into_iter().map(Parameter::made).collect();
                parameters.http_parameters.body_parameters = all(http.body_parameters);
                parameters.http_parameters.header_parameters = all(http.header_parameters);
                parameters.http_parameters.query_string_parameters =
                    all(http.query_string_parameters);
            }
        }
        made
    }
}

impl Parameter {
    fn made(self) -> OAuthParameter {
        if self.is_value_secret == "true" {
            OAuthParameter::secret(self.key, self.value)
        } else {
            OAuthParameter::plain(self.key, self.value)
        }
    }
}
