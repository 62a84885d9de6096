//! Sends events over HTTP: pushes that are signed, and requests of API destinations.

mod client;

mod oauth;

mod api;

mod push;

use std::sync::{Arc, RwLock};

use aliyun_eventbridge::{JsonEvent, clock::Clock, transform::Transform};
use tower_eventbridge::{
    signature::BodyEnding,
    signer::{SignWith, Signer},
};

use crate::{
    attempt::{Attempt, AttemptFailure, AttemptReport, Attempting, KeptEvent},
    limits::Bounds,
    observe::{Answer, RequestHead, StringToSign, Text},
    plan::{RequestPlan, TargetPlan},
    resources::Resources,
};

pub(crate) use client::Client;
use oauth::Tokens;

/// How pushes are signed.
#[derive(Clone, Debug)]
pub(crate) struct Signing {
    pub(crate) signer: Signer,
    pub(crate) with: SignWith,
    pub(crate) ending: BodyEnding,
}

/// Sends events over HTTP.
#[derive(Clone)]
pub(crate) struct Sender {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    signing: Signing,
    clock: Arc<dyn Clock>,
    resources: Arc<RwLock<Resources>>,
    tokens: Tokens,
}

/// What is sent, as observers see it, while it is made.
#[derive(Default)]
struct Shown {
    request: Option<RequestHead>,
    body: Text,
    strings_to_sign: Vec<StringToSign>,
}

impl Sender {
    pub(crate) fn new(
        client: Client,
        signing: Signing,
        clock: Arc<dyn Clock>,
        resources: Arc<RwLock<Resources>>,
        bounds: &Bounds,
    ) -> Self {
        let tokens = Tokens::new(bounds.connections);
        Self { inner: Arc::new(Inner { client, signing, clock, resources, tokens }) }
    }
}

impl Attempt for Sender {
    fn attempt(&self, plan: Arc<TargetPlan>, event: Arc<KeptEvent>) -> Attempting {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let mut shown = Shown::default();
            let result = inner.send(&plan, &event, &mut shown).await;
            let Shown { request, body, strings_to_sign } = shown;
            AttemptReport { request, body, strings_to_sign, result }
        })
    }
}

impl Inner {
    async fn send(
        &self,
        plan: &TargetPlan,
        event: &KeptEvent,
        shown: &mut Shown,
    ) -> Result<Answer, AttemptFailure> {
        match &plan.request {
            RequestPlan::Push { url, body, token } => {
                let made = {
                    let event = read(event)?;
                    let token = token.as_ref().map(|token| applied(token, &event)).transpose()?;
                    (applied(url, &event)?, applied(body, &event)?, token)
                };
                self.push(made, shown).await
            }
            RequestPlan::Api { destination, headers, query, body } => {
                let parts = {
                    let event = read(event)?;
                    let part = |transform: &Option<Transform>| {
                        transform.as_ref().map(|one| applied(one, &event)).transpose()
                    };
                    api::Parts {
                        headers: part(headers)?,
                        query: part(query)?,
                        body: applied(body, &event)?,
                    }
                };
                self.call(destination, parts, shown).await
            }
        }
    }
}

fn read(event: &KeptEvent) -> Result<JsonEvent<'_>, AttemptFailure> {
    JsonEvent::parse(event.json.as_bytes()).map_err(AttemptFailure::for_good)
}

/// Returns a part of the request. A path that the event does not have makes an empty one.
fn applied(transform: &Transform, event: &JsonEvent<'_>) -> Result<String, AttemptFailure> {
    let made = transform.apply(event).map_err(AttemptFailure::for_good)?;
    Ok(made.map(std::borrow::Cow::into_owned).unwrap_or_default())
}
