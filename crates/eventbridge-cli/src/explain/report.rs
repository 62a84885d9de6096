//! What the operator reads: every stage, the verdict, near misses and notes.

use std::{
    fmt::Write,
    time::{Duration, UNIX_EPOCH},
};

use serde::Serialize;
use tower_eventbridge::{
    Rejection,
    signature::{RejectionKind, Scheme, Stage},
};

use super::{
    near_miss::{Found, NearMiss},
    replay::{Capture, Outcome, Setup, Tokens, replay},
};
use crate::{
    arguments::EndpointArg,
    terminal::{ASIDE, BAD, GOOD, UNSURE, styled},
};

/// The object that `--json` prints.
#[derive(Serialize)]
pub struct Report {
    verdict: &'static str,
    scheme: Option<&'static str>,
    form: Option<&'static str>,
    assurance: Option<&'static str>,
    reason: Option<&'static str>,
    status: u16,
    stages: Vec<StageReport>,
    near_misses: Vec<NearMissReport>,
    notes: Vec<String>,
}

#[derive(Serialize)]
struct StageReport {
    stage: &'static str,
    result: StageResult,
    detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum StageResult {
    Passed,
    Failed,
    NotJudged,
    NotReached,
}

#[derive(Serialize)]
struct NearMissReport {
    name: &'static str,
    detail: String,
}

impl Report {
    pub fn new(
        setup: &Setup,
        capture: &Capture,
        outcome: &Outcome,
        Found { near_misses, complete }: Found,
    ) -> Self {
        let accepted = outcome.verdict.as_ref().ok();
        let rejection = outcome.verdict.as_ref().err();
        let scheme = match &outcome.verdict {
            Ok(accepted) => Some(accepted.scheme),
            Err(rejection) => rejection.scheme(),
        };
        let stages =
            Stage::ALL.iter().map(|&stage| stage_report(stage, setup, capture, outcome)).collect();
        let near_misses = near_misses
            .into_iter()
            .map(|NearMiss { name, detail }| NearMissReport { name, detail });
        let mut notes = notes(setup, capture, outcome);
        if !complete {
            notes.push(
                "not every slip was tried: for a body so large, or for so many endpoints, \
                 that is too much work"
                    .to_owned(),
            );
        }
        Self {
            verdict: if accepted.is_some() { "accepted" } else { "rejected" },
            scheme: scheme.map(Scheme::as_str),
            form: accepted.map(|accepted| accepted.body_ending.as_str()),
            assurance: accepted.map(|accepted| accepted.assurance.as_str()),
            reason: rejection.map(|rejection| rejection.kind().as_str()),
            status: rejection.map_or(200, |rejection| rejection.kind().status().as_u16()),
            stages,
            near_misses: near_misses.collect(),
            notes,
        }
    }

    pub fn to_json(&self) -> String {
        // Strings and numbers always serialize.
        let mut json = serde_json::to_string_pretty(self).unwrap_or_default();
        json.push('\n');
        json
    }

    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for StageReport { stage, result, detail } in &self.stages {
            let (style, result) = match result {
                StageResult::Passed => (GOOD, "passed"),
                StageResult::Failed => (BAD, "FAILED"),
                StageResult::NotJudged => (UNSURE, "not judged"),
                StageResult::NotReached => (ASIDE, "not reached"),
            };
            let result = styled(style, format_args!("{result:<12}"));
            let _ = writeln!(text, "{stage:<18} {result} {detail}");
        }
        let or_none = |word: Option<&'static str>| word.unwrap_or("none");
        let _ = match self.reason {
            None => writeln!(
                text,
                "\n{}: scheme {}, form {}, assurance {}",
                styled(GOOD, "accepted"),
                or_none(self.scheme),
                or_none(self.form),
                or_none(self.assurance)
            ),
            Some(reason) => {
                let rejected = styled(BAD, "rejected");
                writeln!(text, "\n{rejected}: {reason}, status {}", self.status)
            }
        };
        for NearMissReport { name, detail } in &self.near_misses {
            let _ = writeln!(text, "near miss: {name}: {detail}");
        }
        for note in &self.notes {
            let _ = writeln!(text, "note: {note}");
        }
        text
    }
}

fn stage_report(stage: Stage, setup: &Setup, capture: &Capture, outcome: &Outcome) -> StageReport {
    let (result, detail) = match &outcome.verdict {
        Err(rejection) if rejection.stage() == stage => {
            (StageResult::Failed, rejection.to_string())
        }
        Err(rejection) if rejection.stage() < stage => (StageResult::NotReached, String::new()),
        _ => match not_judged(stage, setup, capture, outcome) {
            Some(reason) => (StageResult::NotJudged, reason),
            None => (StageResult::Passed, passed(stage, setup, capture, outcome)),
        },
    };
    StageReport { stage: stage.as_str(), result, detail }
}

/// Why a stage that did not fail was not judged either.
fn not_judged(stage: Stage, setup: &Setup, capture: &Capture, outcome: &Outcome) -> Option<String> {
    let headers = &capture.head.headers;
    let no_request_line = capture.head.request_line.is_none();
    let scheme = outcome.head.as_ref().map(|head| head.scheme);
    let reason = match stage {
        Stage::Method if no_request_line => "the head has no request line",
        Stage::Encoding if !headers.contains_key("content-encoding") => {
            "the head has no content-encoding"
        }
        Stage::Timestamp if !setup.age_judged => "age not judged: no --at",
        Stage::Endpoint if no_request_line => {
            "the head has no request line: the endpoint's own path is taken"
        }
        Stage::ContentLength if !headers.contains_key("content-length") => {
            "the head has no content-length"
        }
        Stage::Secret if scheme == Some(Scheme::V2) => "v2 has none",
        Stage::Method
        | Stage::Encoding
        | Stage::SignatureHeaders
        | Stage::Timestamp
        | Stage::Token
        | Stage::Endpoint
        | Stage::CertificateUrl
        | Stage::ContentLength
        | Stage::Certificate
        | Stage::Secret
        | Stage::Body
        | Stage::Signature
        | _ => return None,
    };
    Some(reason.to_owned())
}

fn passed(stage: Stage, setup: &Setup, capture: &Capture, outcome: &Outcome) -> String {
    let head = outcome.head.as_ref();
    match stage {
        Stage::Method => capture.parts().method.to_string(),
        Stage::SignatureHeaders => {
            let v2 = capture.head.headers.contains_key("x-eventbridge-signature-v2");
            if v2 { "v2: SHA256, version 1.0" } else { "v1: HMAC-SHA1, version 1.0" }.to_owned()
        }
        Stage::Timestamp => head.map_or(String::new(), |head| format!("{} ms", head.timestamp)),
        Stage::Token => match setup.tokens {
            Tokens::AnyTenant => "none is configured, and there is none".to_owned(),
            Tokens::Known(_) => "a configured one".to_owned(),
        },
        Stage::Endpoint => head.map_or_else(
            || "an endpoint is seen at this path and query".to_owned(),
            |head| head.candidate_urls.join(" or "),
        ),
        Stage::CertificateUrl => head.map_or(String::new(), |head| head.certificate_url.clone()),
        Stage::Certificate => outcome.certificate.as_ref().map_or(String::new(), |certificate| {
            let bits =
                certificate.public_key().map_or(0, tower_eventbridge::certificate::PublicKey::bits);
            format!("RSA, {bits} bits, public key SHA-256 {}", certificate.public_key_fingerprint())
        }),
        Stage::Secret => "a temporary secret was recovered".to_owned(),
        Stage::Body => format!("{} bytes", capture.body.len()),
        Stage::Signature => outcome.verdict.as_ref().map_or(String::new(), |accepted| {
            format!("matches in the {} form for {}", accepted.body_ending, accepted.url)
        }),
        Stage::Encoding | Stage::ContentLength | _ => String::new(),
    }
}

fn notes(setup: &Setup, capture: &Capture, outcome: &Outcome) -> Vec<String> {
    let mut notes = Vec::new();
    let mut note = |text: &str| notes.push(text.to_owned());
    if !setup.age_judged {
        note("age not judged: without --at the push's own timestamp stands for now");
    }
    if capture.head.request_line.is_none() {
        note("path and method not judged: the head has no request line");
        if setup.endpoints.iter().any(|endpoint| matches!(endpoint, EndpointArg::Origin(_))) {
            note("an --endpoint without a path needs a request line; / is taken");
        }
    }
    if seems_to_be_in_seconds(capture) {
        note("the timestamp looks like seconds; EventBridge sends milliseconds");
    }
    match (&outcome.verdict, &setup.tokens) {
        (Ok(accepted), Tokens::AnyTenant) if accepted.scheme == Scheme::V1 => note(
            "v1 without a token proves nothing: anybody who has seen one wrapped secret can make \
             such a push",
        ),
        (Ok(_), Tokens::AnyTenant) => {
            note("without a token every EventBridge customer can send such a push, with any body");
        }
        (Ok(accepted), Tokens::Known(_)) if accepted.scheme == Scheme::V1 => {
            note("under v1 only the token authenticates; require v2 if you can");
        }
        _ => {}
    }
    if declared_length(capture).is_some_and(|length| length > DEFAULT_MAX_BODY_BYTES) {
        note("content-length is over 1 MiB, a receiver's default limit: it answers 413");
    }
    if signed_for_another_path(setup, capture, outcome) {
        note(
            "an --endpoint was signed, but the push arrived at another path: --seen-as with that \
             path, or --seen-anywhere, accepts that",
        );
    }
    match outcome.verdict.as_ref().map_err(Rejection::kind) {
        Err(RejectionKind::EndpointMismatch) => {
            let endpoints = setup.endpoints.iter().map(EndpointArg::text).collect::<Vec<_>>();
            note(&format!("configured endpoints: {}", endpoints.join(", ")));
        }
        Err(RejectionKind::SecretInvalid) => {
            note(
                "either the push is forged, or the file given for its certificate URL is another \
                 certificate",
            );
        }
        Err(RejectionKind::SignatureMismatch) => {
            note(
                "what differs is the URL, a signed header or the body; or the certificate given is \
                 another one",
            );
        }
        Err(RejectionKind::TokenUnexpected) => {
            note("give the token with --token instead of --any-tenant")
        }
        _ => {}
    }
    if setup.now < UNIX_EPOCH + Duration::from_secs(100_000_000) && setup.age_judged {
        note("--at looks like seconds; it takes milliseconds, as `date +%s%3N` prints them");
    }
    if outcome.verdict.is_err() && matches_without_final_line_feed(setup, capture) {
        note(
            "the push matches without the final line feed of the body file: an editor may have \
             added it",
        );
    }
    notes
}

fn declared_length(capture: &Capture) -> Option<u64> {
    capture.head.headers.get("content-length")?.to_str().ok()?.parse().ok()
}

fn signed_for_another_path(setup: &Setup, capture: &Capture, outcome: &Outcome) -> bool {
    let kind = outcome.verdict.as_ref().err().map(Rejection::kind);
    kind == Some(RejectionKind::EndpointMismatch)
        && replay(&setup.seen_anywhere(), capture).is_ok_and(|outcome| outcome.verdict.is_ok())
}

fn seems_to_be_in_seconds(capture: &Capture) -> bool {
    let value = capture.head.headers.get("x-eventbridge-signature-timestamp");
    value.is_some_and(|value| value.len() == 10 && value.as_bytes().iter().all(u8::is_ascii_digit))
}

fn matches_without_final_line_feed(setup: &Setup, capture: &Capture) -> bool {
    let Some(shorter) = capture.body.strip_suffix(b"\n") else { return false };
    let shorter = shorter.strip_suffix(b"\r").unwrap_or(shorter);
    let capture = Capture { body: capture.body.slice_ref(shorter), ..capture.clone() };
    replay(setup, &capture).is_ok_and(|outcome| outcome.verdict.is_ok())
}

const DEFAULT_MAX_BODY_BYTES: u64 = 1024 * 1024;
