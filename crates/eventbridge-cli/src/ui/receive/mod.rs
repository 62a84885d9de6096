//! The page of `eventbridge receive --ui`: verdicts as they come, and what there is to know about
//! each.

mod arrived;
mod redacted;

mod explained;
mod feed;

mod lines;

use std::sync::Arc;

use axum::{
    Json, Router,
    extract::{Path, State},
    response::{IntoResponse, Response},
    routing::get,
};
use http::StatusCode;
use serde_json::{Value, json};
use tower_eventbridge::{Rejection, certificate::CertificateCache};

pub use self::arrived::{Arrived, Body};
use self::{
    arrived::Push,
    explained::Explainer,
    feed::{Feed, MOST_LINES, What},
    lines::Lines,
    redacted::Redactor,
};
use super::{
    files::{self, Page},
    stream::Streams,
};
use crate::explain::{Accepted, Setup, Tokens};

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
        let push = Push { arrived, body, verdict: Ok(accepted), status: None };
        self.feed.tell(What::Verdict(Arc::new(push)))
    }

    /// Tells that a push is rejected, and how it was answered.
    pub fn rejected(&self, arrived: Arrived, body: Body, rejection: Rejection, status: StatusCode) {
        let push = Push { arrived, body, verdict: Err(rejection), status: Some(status) };
        self.feed.tell(What::Verdict(Arc::new(push)));
    }

    /// Tells how an authentic push was answered; `None` if nobody waited for the answer. `handled`
    /// says whether it got as far as its handler.
    pub fn answered(&self, push: u64, status: Option<StatusCode>, handled: bool) {
        self.feed.tell(What::Answered { push, status, handled });
    }

    fn lines(&self) -> Lines {
        Lines { follower: self.feed.follow(), redactor: self.redactor.clone() }
    }

    /// Returns the routes of the page.
    pub fn pages(self) -> Router {
        let streams = Streams::new();
        let stream = async move |State(verdicts): State<Self>| streams.answer(verdicts.lines());
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

/// Looks at what was told.
#[cfg(test)]
pub mod testing {
    use futures_util::FutureExt as _;

    use super::{Body, Verdicts};
    use crate::ui::stream::{Source as _, Told};

    /// The lines that are kept.
    pub fn lines(verdicts: &Verdicts) -> Vec<String> {
        let mut told = verdicts.lines();
        let mut lines = Vec::new();
        while let Some(Some(Told::Line(line))) = told.next().now_or_never() {
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
