//! An HTTP or HTTPS target of a rule: pushes that EventBridge signs.

use crate::{
    field::{self, Checked, InvalidField},
    secret::Secret,
    sinks::Transformed,
    targets::{Target, TargetParameter, target_type},
};

/// Says from where pushes come.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Network {
    /// The internet.
    Public,
    /// A VPC. The names of the parameters are those of the vendor's page on HTTP targets.
    Private {
        /// `VPCNameAndId`: name and id, `my-vpc/vpc-…`.
        vpc: String,
        /// `VSwitchesNameAndId`: each `my-vswitch/vsw-…`.
        vswitches: Vec<String>,
        /// `SecurityGroupNameAndId`: `my-group/sg-…`.
        security_group: String,
    },
}

impl Network {
    /// Returns the value of the parameter `Network`.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Public => "PublicNetwork",
            Self::Private { .. } => "PrivateNetwork",
        }
    }
}

/// Describes an HTTP or HTTPS target: what it is sent, and with which token.
///
/// ```
/// use aliyun_eventbridge::sinks::HttpsTarget;
///
/// let target = HttpsTarget::new("https://hooks.example.com/events")
///     .token("an-example-token-of-32-characters")
///     .into_target("hook")?;
/// assert_eq!(target.r#type, "https");
/// assert_eq!(target.value_of("Network"), Some("PublicNetwork"));
/// assert!(!format!("{target:?}").contains("an-example-token"));
/// # Ok::<(), aliyun_eventbridge::field::InvalidField>(())
/// ```
#[derive(Clone, Debug)]
pub struct HttpsTarget {
    url: String,
    body: Transformed,
    network: Network,
    token: Option<Secret>,
}

impl HttpsTarget {
    /// Returns a target that is sent each event as it is, from the internet, without a token.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            body: Transformed::original(),
            network: Network::Public,
            token: None,
        }
    }

    /// Sets the token, which pushes carry in `x-eventbridge-signature-token`. Default: none.
    ///
    /// The token alone tells a receiver that a push is its own account's: see the receiver's
    /// documentation.
    #[must_use]
    pub fn token(mut self, token: impl Into<Secret>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Sets how the body is made. Default: the event as it is.
    #[must_use]
    pub fn body(mut self, body: Transformed) -> Self {
        self.body = body;
        self
    }

    /// Sets from where pushes come. Default: the internet.
    #[must_use]
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Checks URL, token, body and network.
    ///
    /// # Errors
    ///
    /// Fails with the first field that the service would refuse.
    pub fn check(&self) -> Checked {
        field::url("url", &self.url)?;
        self.body.check_as("Body")?;
        if let Some(token) = &self.token {
            field::charset("Token", token.expose(), "visible ASCII", |_, c| c.is_ascii_graphic())?;
        }
        match &self.network {
            Network::Public => Ok(()),
            Network::Private { vpc, vswitches, security_group } => {
                name_and_id("VPCNameAndId", vpc, "vpc-")?;
                field::within("VSwitchesNameAndId", "entries", vswitches.len(), 1..=10)?;
                for vswitch in vswitches {
                    name_and_id("VSwitchesNameAndId", vswitch, "vsw-")?;
                }
                name_and_id("SecurityGroupNameAndId", security_group, "sg-")
            }
        }
    }

    /// Returns the target of a rule, with an id that is unique within the rule.
    ///
    /// # Errors
    ///
    /// Fails as [`HttpsTarget::check`] does.
    pub fn into_target(self, id: impl Into<String>) -> Result<Target, InvalidField> {
        self.check()?;
        let r#type =
            if self.url.starts_with("https://") { target_type::HTTPS } else { target_type::HTTP };
        let mut target = Target::new(id, r#type, self.url.clone())
            .parameter(TargetParameter::constant("url", self.url))
            .parameter(self.body.into_parameter("Body"))
            .parameter(TargetParameter::constant("Network", self.network.as_str()));
        if let Network::Private { vpc, vswitches, security_group } = self.network {
            let vswitches = serde_json::Value::from(vswitches).to_string();
            target = target
                .parameter(TargetParameter::constant("VPCNameAndId", vpc))
                .parameter(TargetParameter::constant("VSwitchesNameAndId", vswitches))
                .parameter(TargetParameter::constant("SecurityGroupNameAndId", security_group));
        }
        if let Some(token) = self.token {
            target = target.parameter(TargetParameter::constant("Token", token.expose()));
        }
        target.check()?;
        Ok(target)
    }
}

fn name_and_id(field: &'static str, value: &str, prefix: &str) -> Checked {
    field::required(field, value)?;
    match value.rsplit_once('/') {
        Some((_, id)) if id.starts_with(prefix) => Ok(()),
        Some(_) | None => Err(InvalidField::rule(field, "is not a name, a slash and an id")),
    }
}
