//! Who signs: an AccessKey, with a security token where it is temporary.
//!
//! Secrets are wiped when dropped, and never in `Debug` or errors.

mod file;
mod refreshing;

use std::{env, error::Error, fmt, future::Future, pin::Pin, sync::Arc, time::SystemTime};

use crate::secret::Secret;

pub use file::{default_file, from_file, from_ini};
pub use refreshing::{CredentialsSource, RefreshingCredentials};

/// Holds an AccessKey id, its secret, and the security token of STS if there is one.
#[derive(Clone)]
pub struct Credentials {
    access_key_id: String,
    secret: Secret,
    security_token: Option<Secret>,
    expires: Option<SystemTime>,
}

impl Credentials {
    /// Returns credentials that do not expire.
    ///
    /// # Errors
    ///
    /// Fails if id or secret is empty, or has a character outside of visible ASCII.
    pub fn new(
        access_key_id: impl Into<String>,
        secret: impl Into<Secret>,
    ) -> Result<Self, CredentialsError> {
        let (access_key_id, secret) = (access_key_id.into(), secret.into());
        visible("AccessKey id", &access_key_id)?;
        visible("AccessKey secret", secret.expose())?;
        Ok(Self { access_key_id, secret, security_token: None, expires: None })
    }

    /// Adds the security token of STS.
    ///
    /// # Errors
    ///
    /// Fails if the token is empty, or has a character outside of visible ASCII.
    pub fn with_security_token(
        mut self,
        token: impl Into<Secret>,
    ) -> Result<Self, CredentialsError> {
        let token = token.into();
        visible("security token", token.expose())?;
        self.security_token = Some(token);
        Ok(self)
    }

    /// Sets when the credentials expire, for [`RefreshingCredentials`]. Default: never.
    #[must_use]
    pub fn expires_at(mut self, expires: SystemTime) -> Self {
        self.expires = Some(expires);
        self
    }

    /// Reads `ALIBABA_CLOUD_ACCESS_KEY_ID`, `ALIBABA_CLOUD_ACCESS_KEY_SECRET` and, if it is set,
    /// `ALIBABA_CLOUD_SECURITY_TOKEN`. An empty variable is not given.
    ///
    /// # Errors
    ///
    /// Fails if one of the first two is absent, or a value has a character outside of visible
    /// ASCII.
    pub fn from_environment() -> Result<Self, CredentialsError> {
        Self::from_variables(|name| env::var(name).ok())
    }

    /// Does the same as [`Credentials::from_environment`], with the variables from a function.
    ///
    /// # Errors
    ///
    /// Fails as [`Credentials::from_environment`] does.
    pub fn from_variables(
        variable: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let needed = |name: &'static str| {
            given(name).ok_or_else(|| {
                CredentialsError::new(format!("environment variable {name} is not set"))
            })
        };
        let id = needed("ALIBABA_CLOUD_ACCESS_KEY_ID")?;
        let found = Self::new(id, needed("ALIBABA_CLOUD_ACCESS_KEY_SECRET")?)?;
        match given("ALIBABA_CLOUD_SECURITY_TOKEN") {
            Some(token) => found.with_security_token(token),
            None => Ok(found),
        }
    }

    /// Returns the AccessKey id, which is not a secret.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    pub(crate) fn secret(&self) -> &str {
        self.secret.expose()
    }

    /// Returns the security token of STS, if there is one. Never log it.
    #[must_use]
    pub fn security_token(&self) -> Option<&str> {
        self.security_token.as_ref().map(Secret::expose)
    }

    /// Returns when the credentials expire, if they do.
    #[must_use]
    pub const fn expires(&self) -> Option<SystemTime> {
        self.expires
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .field("temporary", &self.security_token.is_some())
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// Resolves to credentials.
pub type CredentialsFuture<'a> =
    Pin<Box<dyn Future<Output = Result<Credentials, CredentialsError>> + Send + 'a>>;

/// Gives credentials, asked once for each attempt to send a request.
pub trait CredentialsProvider: Send + Sync + 'static {
    /// Returns credentials that are valid now.
    fn credentials(&self) -> CredentialsFuture<'_>;
}

impl CredentialsProvider for Credentials {
    fn credentials(&self) -> CredentialsFuture<'_> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// Says why there are no credentials. Holds names of places, never a value.
#[derive(Clone, Debug)]
pub struct CredentialsError {
    what: String,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl CredentialsError {
    /// Returns an error of a source of credentials. `what` must not hold a secret.
    #[must_use]
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), cause: None }
    }

    /// Returns an error with its cause. Neither must hold a secret.
    #[must_use]
    pub fn with_cause(what: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { what: what.into(), cause: Some(Arc::new(cause)) }
    }
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no credentials: {}", self.what)
    }
}

impl Error for CredentialsError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| -> &(dyn Error + 'static) { cause })
    }
}

/// They become headers: a space or line feed in a pasted key is named here, not refused by a
/// server.
fn visible(what: &str, value: &str) -> Result<(), CredentialsError> {
    if value.is_empty() {
        return Err(CredentialsError::new(format!("{what} is empty")));
    }
    match value.chars().position(|c| !c.is_ascii_graphic()) {
        None => Ok(()),
        Some(at) => Err(CredentialsError::new(format!(
            "{what} has a space, control or non-ASCII character at position {}",
            at.saturating_add(1)
        ))),
    }
}
