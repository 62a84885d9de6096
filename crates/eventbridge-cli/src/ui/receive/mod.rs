//! The page of `eventbridge receive --ui`: verdicts as they come, and what there is to know about
//! each.

mod arrived;
mod redacted;

mod explained;
mod feed;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::{StatusCode, Uri};
use serde_json::{Value, json};
use tower_eventbridge::{Rejection, certificate::CertificateCache, envelope::EventAttributes};

pub use self::arrived::{Arrived, Body};
use self::{
    arrived::{Push, query},
    explained::Explainer,
    feed::{Feed, MOST_LINES},
    redacted::Redactor,
};
use super::{
    files::{self, Page},
    stream::Streams,
};
use crate::{
    explain::{Accepted, Setup, Tokens},
    push::event_time,
};

/// What the page shows. Clones share it.
#[derive(Clone)]
pub struct Verdicts {
    feed: Feed,
    explainer: Explainer,
    redactor: Redactor,
}

impl Verdicts {
    /// Shows verdicts of a receiver with these settings, which keeps its certificates here.
    pub fn new(setup: Setup, certificates: Option<CertificateCache>) -> Self {
        let redactor = Redactor::new(match &setup.tokens {
            Tokens::AnyTenant => &[],
            Tokens::Known(tokens) => tokens,
        });
        let explainer = Explainer::new(setup, certificates, redactor.clone());
        Self { feed: Feed::new(), explainer, redactor }
    }

    /// Tells that a push is authentic, and returns its number. Its answer is another fact.
    pub fn accepted(&self, arrived: Arrived, body: Body, accepted: Accepted) -> u64 {
        let event = match &body {
            Body::Whole(bytes) => EventAttributes::found_in(bytes).ok(),
            Body::TooLarge(_) | Body::NoRoom | Body::Unread => None,
        };
        let event = event.map(|event| {
            let short = |text: &str| excerpt(text);
            json!({
                "type": short(event.event_type()),
                "source": short(event.source()),
                "id": event.id().map(short),
            })
        });
        let what = json!({
            "at": event_time(arrived.at),
            "accepted": true,
            "scheme": accepted.scheme.as_str(),
            "assurance": accepted.assurance.as_str(),
            "target": self.target(&arrived),
            "event": event,
        });
        self.feed.verdict(what, Push { arrived, body, verdict: Ok(accepted) })
    }

    /// Tells that a push is rejected, and how it was answered.
    pub fn rejected(
        &self,
        arrived: Arrived,
        body: Body,
        rejection: &Rejection,
        status: StatusCode,
    ) {
        let what = json!({
            "at": event_time(arrived.at),
            "accepted": false,
            "reason": rejection.kind().as_str(),
            "stage": rejection.stage().as_str(),
            "text": self.redactor.text(&rejection.to_string()),
            "target": self.target(&arrived),
            "status": status.as_u16(),
        });
        self.feed.verdict(what, Push { arrived, body, verdict: Err(rejection.clone()) });
    }

    /// Tells how an authentic push was answered; `None` if nobody waited for the answer. `handled`
    /// says whether it got as far as its handler.
    pub fn answered(&self, push: u64, status: Option<StatusCode>, handled: bool) {
        self.feed.answered(push, status, handled);
    }

    /// Method and path.
    fn target(&self, arrived: &Arrived) -> String {
        let Some(line) = &arrived.head.request_line else { return String::new() };
        let path = Uri::path(&line.target);
        let query = if query(&line.target).is_empty() { "" } else { "?<redacted>" };
        let path = self.redactor.text(path);
        format!("{} {}{query}", excerpt(line.method.as_str()), excerpt(&path))
    }

    /// Returns the routes of the page.
    pub fn pages(self) -> Router {
        let streams = Streams::new();
        let stream =
            async move |State(verdicts): State<Self>| streams.answer(verdicts.feed.follow());
        let asked = Router::new()
            .route("/stream", get(stream))
            .route("/pushes/{number}", get(push))
            .with_state(self);
        files::pages(Page::Receive, asked)
    }
}

async fn push(State(verdicts): State<Verdicts>, Path(number): Path<u64>) -> Response {
    let failed =
        |status: StatusCode, error: String| (status, Json(json!({"error": error}))).into_response();
    let Some(push) = verdicts.feed.push(number) else {
        let error = format!(
            "push {number} is no longer kept: the last {MOST_LINES} verdicts and answers are, of \
             16 MiB"
        );
        return failed(StatusCode::NOT_FOUND, error);
    };
    match verdicts.explainer.explain(push).await {
        Some(explained) => Json::<Value>(explained).into_response(),
        None => {
            let error = "this push could not be explained".to_owned();
            failed(StatusCode::INTERNAL_SERVER_ERROR, error)
        }
    }
}

/// The beginning of a text that a sender chose.
fn excerpt(text: &str) -> String {
    match text.char_indices().nth(LONGEST) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

/// Of a text in a line of the feed, in characters.
const LONGEST: usize = 200;

/// Looks at what was told.
#[cfg(test)]
pub mod testing {
    use futures_util::FutureExt as _;

    use super::{Body, Verdicts};
    use crate::ui::stream::{Source as _, Told};

    /// The lines that are kept.
    pub fn lines(verdicts: &Verdicts) -> Vec<String> {
        let mut follower = verdicts.feed.follow();
        let mut lines = Vec::new();
        while let Some(Some(Told::Line(line))) = follower.next().now_or_never() {
            lines.push(line);
        }
        lines
    }

    /// The length of the body of a push, if it is kept whole.
    pub fn kept_body(verdicts: &Verdicts, number: u64) -> Option<usize> {
        match &verdicts.feed.push(number)?.body {
            Body::Whole(bytes) => Some(bytes.len()),
            Body::TooLarge(_) | Body::NoRoom | Body::Unread => None,
        }
    }
}
