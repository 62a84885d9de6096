//! Everything about one push: checks, near misses, what arrived and what was signed.

use std::{
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use bytes::Bytes;
use eventbridge_local::observe::Text;
use http::HeaderMap;
use serde_json::{Value, json};
use tokio::{sync::Semaphore, task};
use tower_eventbridge::{
    Verifier,
    certificate::{Certificate, CertificateCache},
    signature::{BodyEnding, Stage},
};
use tracing::subscriber::{NoSubscriber, with_default};

use super::{
    arrived::{Body, Push},
    redacted::Redactor,
};
use crate::explain::{self, Capture, Explained, Setup, from_millis};

/// Explains pushes by the receiver's settings, one at a time: a search for near misses takes a
/// second of computing.
#[derive(Clone)]
pub struct Explainer(Arc<Settings>);

struct Settings {
    setup: Setup,
    /// The receiver's, if it fetches certificates.
    certificates: Option<CertificateCache>,
    redactor: Redactor,
    turn: Arc<Semaphore>,
}

impl Explainer {
    pub fn new(setup: Setup, certificates: Option<CertificateCache>, redactor: Redactor) -> Self {
        let turn = Arc::new(Semaphore::new(1));
        Self(Arc::new(Settings { setup, certificates, redactor, turn }))
    }

    /// Explains a push, when its turn comes; `None` if the computation broke off.
    pub async fn explain(&self, push: Arc<Push>) -> Option<Value> {
        let turn = Arc::clone(&self.0.turn).acquire_owned().await.ok()?;
        let settings = Arc::clone(&self.0);
        let explaining = task::spawn_blocking(move || {
            // Verdicts of replays are not the receiver's: its log knows nothing of them.
            let explained = with_default(NoSubscriber::default(), || settings.explain(&push));
            // It is the turn of the next one only now, whether or not somebody still waits.
            drop(turn);
            explained
        });
        explaining.await.ok()
    }
}

impl Settings {
    fn explain(&self, push: &Push) -> Value {
        let (body, has_body) = match &push.body {
            Body::Whole(bytes) => (Bytes::copy_from_slice(bytes), true),
            Body::TooLarge(_) | Body::NoRoom | Body::Unread => (Bytes::new(), false),
        };
        let capture = Capture { head: push.arrived.head.clone(), body };
        let setup = self.setup_for(push, &capture);
        let explained = explain::of_verdict(&setup, &capture, push.verdict.clone(), has_body);
        let (report, signed, notes) = match explained {
            // The settings were checked when the receiver started.
            Err(error) => (Value::Null, Vec::new(), vec![error.to_string()]),
            Ok(Explained { report, signed, has_certificate }) => {
                let notes = notes(push, has_body, has_certificate);
                (serde_json::to_value(report).unwrap_or_default(), signed, notes)
            }
        };
        let body = match &push.body {
            Body::Whole(bytes) => json!(Text::new(&String::from_utf8_lossy(bytes))),
            Body::TooLarge(_) | Body::NoRoom | Body::Unread => Value::Null,
        };
        let ending = push.verdict.as_ref().map_or(BodyEnding::Reference, |one| one.body_ending);
        json!({
            "head": self.head(push),
            "other_headers": push.arrived.other_headers,
            "body": body,
            "body_is_whole": has_body,
            "report": self.redactor.json(report),
            "notes": notes,
            "signed": self.signed(push, &signed),
            "signed_line_feed": ending == BodyEnding::Reference,
        })
    }

    /// What was signed before the body, for each URL that the push can be for.
    fn signed(&self, push: &Push, signed: &[Vec<u8>]) -> Vec<String> {
        let url = push.verdict.as_ref().ok().map(|accepted| format!("{}\n", accepted.url));
        let is_its =
            |head: &&Vec<u8>| url.as_ref().is_none_or(|url| head.starts_with(url.as_bytes()));
        signed.iter().filter(is_its).map(|head| self.redactor.signed_head(head)).collect()
    }

    /// The settings for the replay of one push: with the certificate that the receiver has, and at
    /// a time at which the push gets as far as it got there.
    fn setup_for(&self, push: &Push, capture: &Capture) -> Setup {
        let mut setup = self.setup.clone();
        let named = text_of(&capture.head.headers, "x-eventbridge-signature-url");
        if let Some(named) = named
            && let Some(kept) = self.kept(named)
            && setup.certificates.iter().all(|(url, _)| url != named)
        {
            setup.certificates.push((named.to_owned(), kept));
        }
        let judged_by_age =
            push.verdict.as_ref().is_err_and(|rejection| rejection.stage() == Stage::Timestamp);
        let own = own_timestamp(&capture.head.headers).filter(|_| !judged_by_age);
        setup.now = own.unwrap_or(push.arrived.at);
        setup.age_judged = true;
        setup
    }

    /// The certificate that the receiver keeps for a URL. Nothing is fetched, and nothing is kept
    /// that the receiver does not allow.
    fn kept(&self, url: &str) -> Option<Certificate> {
        let cache = self.certificates.as_ref()?;
        // Makes the key of the cache; its endpoint and its senders do not matter.
        let verifier = Verifier::builder()
            .endpoint("https://localhost")
            .dangerous_accept_any_tenant()
            .certificate_url(url);
        let verifier = verifier.build().ok()?;
        verifier.exact_certificate_urls().find_map(|url| cache.kept(url))
    }

    fn head(&self, push: &Push) -> String {
        let head = &push.arrived.head;
        let line = head.request_line.as_ref();
        let line = line.map(|line| self.redactor.text(&format!("{} {}", line.method, line.target)));
        let headers = head.headers.iter();
        let headers =
            headers.map(|(name, value)| self.redactor.header(name.as_str(), value.as_bytes()));
        line.into_iter().chain(headers).collect::<Vec<_>>().join("\n")
    }
}

fn notes(push: &Push, has_body: bool, has_certificate: bool) -> Vec<String> {
    let mut notes = Vec::new();
    match &push.body {
        Body::Whole(_) => {}
        Body::Unread if push.verdict.is_err() => notes
            .push("the body is not shown: it was not read, or did not come to its end".to_owned()),
        Body::Unread => notes.push("the body is not shown".to_owned()),
        Body::NoRoom => notes.push(
            "the body is not shown: too many bodies waited for their verdict, or it is too large"
                .to_owned(),
        ),
        Body::TooLarge(bytes) => {
            notes.push(format!("the body is not shown: it has {bytes} bytes, which is too much"));
        }
    }
    let Err(rejection) = &push.verdict else { return notes };
    // Before that no certificate is looked at, and no slip is looked for.
    if rejection.stage() >= Stage::Token {
        if !has_body {
            notes.push("no near miss was looked for: that takes the body".to_owned());
        } else if !has_certificate {
            notes.push(
                "no near miss was looked for: the receiver has no certificate of the URL that the \
                 push names"
                    .to_owned(),
            );
        }
    }
    notes
}

fn own_timestamp(headers: &HeaderMap) -> Option<SystemTime> {
    let millis = text_of(headers, "x-eventbridge-signature-timestamp")?.parse().ok()?;
    // A time before 1970 is rejected for its age.
    from_millis(millis).filter(|time| *time >= UNIX_EPOCH)
}

fn text_of<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
