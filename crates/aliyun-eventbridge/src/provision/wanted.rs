//! What is wanted: one rule with one HTTPS target.

use serde::Deserialize;

use crate::{
    field::{self, Checked, InvalidField},
    rules::{CreateRule, RuleStatus},
    secret::Secret,
    sinks::{HttpsTarget, Network},
    targets::{DeadLetterQueue, ErrorsTolerance, PushRetryStrategy, Target},
};

/// Describes the rule and target that a receiver needs: the table `[provision]` of its
/// configuration.
///
/// Names of members in files are kebab-case. Unknown members are errors.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct Wanted {
    /// The bus. Default: `default`.
    #[serde(default = "default_bus")]
    pub bus: String,
    /// Whether the bus is created where it does not exist. Default: no.
    #[serde(default)]
    pub create_bus: bool,
    /// The name of the rule.
    pub rule: String,
    /// The description of the rule. Default: what is there stays.
    pub description: Option<String>,
    /// The pattern, JSON as text.
    pub pattern: String,
    /// Whether the rule lets events through. Default: yes.
    #[serde(default = "yes")]
    pub enabled: bool,
    /// The id of the target within the rule. Default: `webhook`.
    #[serde(default = "default_target")]
    pub target: String,
    /// The URL of the receiver, exactly as it is signed. A file can leave it to the receiver's own
    /// settings.
    #[serde(default)]
    pub url: String,
    /// The token that the receiver expects, 16 to 512 visible ASCII characters. A file can leave it
    /// to the receiver's own settings.
    #[serde(default)]
    pub token: Secret,
    /// How often a push is tried again. Default: `BACKOFF_RETRY`.
    #[serde(default = "default_retry")]
    pub retry: PushRetryStrategy,
    /// What happens after a push failed for good. Default: `ALL`, the rule goes on.
    #[serde(default = "default_tolerance")]
    pub errors_tolerance: ErrorsTolerance,
    /// The resource of the dead letter queue. Default: none.
    pub dead_letter: Option<String>,
    /// Whether a plan goes over the numbers of rules and buses that the vendor documents, for an
    /// account that has more. Default: no.
    #[serde(default)]
    pub ignore_quotas: bool,
    /// The VPC that pushes come from. Default: none, they come from the internet.
    pub network: Option<WantedNetwork>,
}

/// Names a VPC: names and ids as the console shows them, each joined by a slash.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[non_exhaustive]
pub struct WantedNetwork {
    /// `my-vpc/vpc-…`
    pub vpc: String,
    /// Each `my-vswitch/vsw-…`
    pub vswitches: Vec<String>,
    /// `my-group/sg-…`
    pub security_group: String,
}

fn default_bus() -> String {
    "default".to_owned()
}

fn default_target() -> String {
    "webhook".to_owned()
}

const fn yes() -> bool {
    true
}

const fn default_retry() -> PushRetryStrategy {
    PushRetryStrategy::Backoff
}

const fn default_tolerance() -> ErrorsTolerance {
    ErrorsTolerance::All
}

impl Wanted {
    /// Returns a description with every default.
    #[must_use]
    pub fn new(
        rule: impl Into<String>,
        pattern: impl Into<String>,
        url: impl Into<String>,
        token: impl Into<Secret>,
    ) -> Self {
        Self {
            bus: default_bus(),
            create_bus: false,
            rule: rule.into(),
            description: None,
            pattern: pattern.into(),
            enabled: true,
            target: default_target(),
            url: url.into(),
            token: token.into(),
            retry: default_retry(),
            errors_tolerance: default_tolerance(),
            dead_letter: None,
            ignore_quotas: false,
            network: None,
        }
    }

    /// Checks that the service takes it, and that a receiver of this project accepts the pushes.
    ///
    /// # Errors
    ///
    /// Fails with the first field that is invalid.
    pub fn check(&self) -> Checked {
        let token = self.token.expose();
        // The receiver's builder takes no shorter token.
        field::within("token", "characters", token.len(), 16..=512)?;
        field::charset("token", token, "visible ASCII", |_, c| c.is_ascii_graphic())?;
        if let PushRetryStrategy::Other(_) = self.retry {
            let rule = "is not BACKOFF_RETRY or EXPONENTIAL_DECAY_RETRY";
            return Err(InvalidField::rule("retry", rule));
        }
        if let ErrorsTolerance::Other(_) = self.errors_tolerance {
            return Err(InvalidField::rule("errors-tolerance", "is not ALL or NONE"));
        }
        use crate::operation::{Operation as _, Protocol};
        self.create_rule()?.check(Protocol::Api20200401)
    }

    pub(super) const fn status(&self) -> RuleStatus {
        if self.enabled { RuleStatus::Enable } else { RuleStatus::Disable }
    }

    pub(super) fn target(&self) -> Result<Target, InvalidField> {
        let network = match &self.network {
            None => Network::Public,
            Some(network) => Network::Private {
                vpc: network.vpc.clone(),
                vswitches: network.vswitches.clone(),
                security_group: network.security_group.clone(),
            },
        };
        let mut target = HttpsTarget::new(&self.url)
            .token(self.token.clone())
            .network(network)
            .into_target(&self.target)?
            .push_retry_strategy(self.retry.clone())
            .errors_tolerance(self.errors_tolerance.clone());
        if let Some(arn) = &self.dead_letter {
            target = target.dead_letter_queue(DeadLetterQueue::from(arn.as_str()));
        }
        Ok(target)
    }

    /// Returns the request for the rule with its target.
    ///
    /// # Errors
    ///
    /// Fails as [`Wanted::check`] does, for the target.
    pub fn create_rule(&self) -> Result<CreateRule, InvalidField> {
        let rule = CreateRule::new(&self.bus, &self.rule, &self.pattern)
            .status(self.status())
            .target(self.target()?);
        Ok(match &self.description {
            Some(text) => rule.description(text),
            None => rule,
        })
    }
}
