//! Targets that were checked: what is sent to them, and when again.

use aliyun_eventbridge::{
    targets::{self, ErrorsTolerance, PushRetryStrategy, Target, target_type},
    transform::{TargetParameter, Transform},
};

use crate::{fault::Fault, limits::Bounds, observe::Destination};

/// The queue of dead letters of targets that name none. The vendor's service drops these events.
pub(crate) const NO_QUEUE: &str = "no-queue";

/// A target that was checked. Its transforms can hold tokens: it has no `Debug`.
pub(crate) struct TargetPlan {
    pub(crate) to: Destination,
    pub(crate) request: RequestPlan,
    pub(crate) concurrency: usize,
    pub(crate) retry: PushRetryStrategy,
    pub(crate) tolerance: Tolerance,
    /// The queue of its dead letters.
    pub(crate) queue: String,
}

/// What happens after a push failed for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tolerance {
    /// The event is a dead letter, and the target goes on.
    GoOn,
    /// The target stops at the event.
    Stop,
}

/// How a request is made.
pub(crate) enum RequestPlan {
    /// A push, which is signed.
    Push { url: Transform, body: Transform, token: Option<Transform> },
    /// A request of an API destination, which is not signed.
    Api {
        destination: String,
        headers: Option<Transform>,
        query: Option<Transform>,
        body: Transform,
    },
}

impl TargetPlan {
    /// Checks a target of a rule.
    pub(crate) fn of(to: Destination, target: &Target, bounds: &Bounds) -> Result<Self, Fault> {
        target.check()?;
        let retry = target.push_retry_strategy.clone().unwrap_or(PushRetryStrategy::Backoff);
        if let PushRetryStrategy::Other(other) = &retry {
            let message = format!(
                "PushRetryStrategy {other:?} is not BACKOFF_RETRY or EXPONENTIAL_DECAY_RETRY"
            );
            return Err(Fault::parameter(message));
        }
        let tolerance = match &target.errors_tolerance {
            None | Some(ErrorsTolerance::All) => Tolerance::GoOn,
            Some(ErrorsTolerance::None) => Tolerance::Stop,
            Some(other) => {
                let message = format!("ErrorsTolerance {other} is not ALL or NONE");
                return Err(Fault::parameter(message));
            }
        };
        let concurrency = target.concurrent_config.as_ref().map(|config| config.concurrency);
        let concurrency = concurrency.map_or(bounds.default_concurrency, |given| {
            usize::try_from(given).unwrap_or(usize::MAX).min(bounds.most_concurrency)
        });
        let queue = target.dead_letter_queue.as_ref();
        Ok(Self {
            request: request(target)?,
            to,
            concurrency: concurrency.max(1),
            retry,
            tolerance,
            queue: queue.map_or_else(|| NO_QUEUE.to_owned(), |queue| queue.arn.clone()),
        })
    }
}

fn request(target: &Target) -> Result<RequestPlan, Fault> {
    let body = compiled(target, "Body")?;
    let body = match body.or(compiled(target, "BodyParameters")?) {
        Some(body) => body,
        None => compile(&TargetParameter::original("Body"))?,
    };
    match target.r#type.as_str() {
        target_type::HTTP | target_type::HTTPS | target_type::ACS_HTTP | target_type::ACS_HTTPS => {
            let url = match compiled(target, "url")? {
                Some(url) => url,
                None => compile(&TargetParameter::constant("url", &target.endpoint))?,
            };
            Ok(RequestPlan::Push { url, body, token: compiled(target, "Token")? })
        }
        target_type::API_DESTINATION => {
            // `acs:api-destination:<region>:<account>:name/<name>`
            let named = target.endpoint.rsplit_once("name/").map(|(_, name)| name);
            let destination = target.value_of("Name").or(named).filter(|name| !name.is_empty());
            let destination = destination.ok_or_else(|| {
                let message = "the parameter Name, or an Endpoint that ends in name/NAME, is \
                     needed \
                     for a target of the type acs.api.destination";
                Fault::parameter(message)
            })?;
            Ok(RequestPlan::Api {
                destination: destination.to_owned(),
                headers: compiled(target, "HeaderParameters")?,
                query: compiled(target, "QueryStringParameters")?,
                body,
            })
        }
        other => Err(Fault::parameter(format_args!(
            "targets of the type {other:?} are not had here: use http, https, acs.http, acs.https \
             or acs.api.destination"
        ))),
    }
}

fn compiled(target: &Target, key: &str) -> Result<Option<Transform>, Fault> {
    let named =
        |parameter: &&targets::TargetParameter| parameter.resource_key.eq_ignore_ascii_case(key);
    target
        .param_list
        .iter()
        .find(named)
        .map(|given| compile(&TargetParameter::from(given)))
        .transpose()
}

fn compile(parameter: &TargetParameter) -> Result<Transform, Fault> {
    parameter.compile().map_err(Fault::parameter)
}
