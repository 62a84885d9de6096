//! Sends an event once: which request, and of which parts.

use std::{
    borrow::Cow,
    sync::{Arc, RwLock},
};

use aliyun_eventbridge::{JsonEvent, clock::Clock, transform::Transform};

use super::{
    api::Parts,
    client::Client,
    context::{Context, Shown, Signing},
    oauth::Tokens,
};
use crate::{
    attempt::{Attempt, AttemptFailure, AttemptReport, Attempting, KeptEvent},
    limits::Bounds,
    observe::Answer,
    plan::{RequestPlan, TargetPlan},
    resources::Resources,
};

/// Sends events over HTTP.
#[derive(Clone)]
pub(crate) struct Sender {
    context: Arc<Context>,
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
        Self { context: Arc::new(Context { client, signing, clock, resources, tokens }) }
    }
}

impl Attempt for Sender {
    fn attempt(&self, plan: Arc<TargetPlan>, event: Arc<KeptEvent>) -> Attempting {
        let context = Arc::clone(&self.context);
        Box::pin(async move {
            let mut shown = Shown::default();
            let result = context.send(&plan, &event, &mut shown).await;
            let Shown { request, body, strings_to_sign } = shown;
            AttemptReport { request, body, strings_to_sign, result }
        })
    }
}

impl Context {
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
                    Parts {
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
    Ok(made.map(Cow::into_owned).unwrap_or_default())
}
