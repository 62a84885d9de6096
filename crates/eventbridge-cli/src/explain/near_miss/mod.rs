//! The known slips, tried one by one and then in pairs: which of them would have made the push
//! match?
//!
//! What costs little is tried first, and what costs more only where nothing matched: slips of URLs
//! and headers, then of the body, which has to be written anew for each, then pairs of the first.
//! [`Work`] bounds all of it.

mod body;
mod rewriting;
mod variation;

mod headers;
mod urls;

use tower_eventbridge::signature::RejectionKind;

pub use self::variation::NearMiss;
use self::variation::{Variation, Work};
use super::replay::{Capture, Outcome, Setup};

/// What was found, and whether every slip was tried.
pub struct Found {
    pub near_misses: Vec<NearMiss>,
    pub complete: bool,
}

/// Every name, for `--help`.
const NAMES: [&str; 29] = [
    "scheme-http",
    "scheme-https",
    "port",
    "host-case",
    "other-host",
    "other-path",
    "trailing-slash",
    "path-prefix",
    "path-encoded",
    "path-decoded",
    "hex-case",
    "slashes-merged",
    "dot-segments",
    "query-encoded",
    "query-decoded",
    "query-plus",
    "query-left-out",
    "token-line-left-out",
    "token-quoted",
    "other-form",
    "timestamp-in-seconds",
    "other-certificate",
    "body-compact",
    "body-pretty",
    "body-escaped",
    "body-line-ends",
    "body-byte-order-mark",
    "body-final-line-feed",
    "body-json-string",
];

/// What `--help` says at its end.
pub fn help() -> String {
    format!(
        "Near misses that are looked for when the token, the endpoint, the secret or the signature \
         does not match: {}.",
        NAMES.join(", ")
    )
}

/// Nothing unless the push was rejected for a reason that a slip can explain.
pub fn find(setup: &Setup, capture: &Capture, outcome: &Outcome) -> Found {
    let mut work = Work::default();
    let kind = outcome.verdict.as_ref().err().map(tower_eventbridge::Rejection::kind);
    let near_misses = match kind {
        Some(RejectionKind::TokenMismatch) => {
            first_of_each_name(&headers::quoted_tokens(setup, capture), &mut work)
        }
        Some(RejectionKind::EndpointMismatch | RejectionKind::SecretInvalid) => {
            let singles = variations_of(setup, capture);
            let mut found = first_of_each_name(&singles, &mut work);
            if found.is_empty() {
                found = first_of_each_name(&urls::doubled_slashes(setup, capture), &mut work);
            }
            if found.is_empty() { pairs(setup, capture, &singles, &mut work) } else { found }
        }
        Some(RejectionKind::SignatureMismatch) => {
            let singles = variations_of(setup, capture);
            let mut found = first_of_each_name(&singles, &mut work);
            if found.is_empty() {
                found = first_of_each_name(&urls::doubled_slashes(setup, capture), &mut work);
            }
            if found.is_empty() {
                found.extend(first_body(setup, capture, &mut work));
            }
            if found.is_empty() { pairs(setup, capture, &singles, &mut work) } else { found }
        }
        _ => Vec::new(),
    };
    Found { near_misses, complete: work.complete }
}

fn first_of_each_name(variations: &[Variation], work: &mut Work) -> Vec<NearMiss> {
    let mut found: Vec<NearMiss> = Vec::new();
    for variation in variations {
        let known = found.iter().any(|near_miss| near_miss.name == variation.name);
        if !known && variation.matches(work) {
            found.push(variation.near_miss());
        }
    }
    found
}

/// The body in another form, which is written only when its turn comes.
fn first_body(setup: &Setup, capture: &Capture, work: &mut Work) -> Option<NearMiss> {
    let mut variations = body::forms(&capture.body).map(|(name, detail, body)| {
        let mut capture = Capture { body, ..capture.clone() };
        // It would be the other form's.
        capture.head.headers.remove("content-length");
        Variation { name, detail, setup: setup.clone(), capture }
    });
    let found = variations.find(|variation| variation.matches(work) || !work.complete)?;
    work.complete.then(|| found.near_miss())
}

/// The first two slips that match together, as far as the work goes.
fn pairs(
    setup: &Setup,
    capture: &Capture,
    singles: &[Variation],
    work: &mut Work,
) -> Vec<NearMiss> {
    let urls_of = |slip: &Variation| urls::signed_urls(&slip.setup, &slip.capture);
    let configured = urls::signed_urls(setup, capture);
    let second_of = |first: &'_ Variation| variations_of(&first.setup, &first.capture);
    let mut pairs = singles
        .iter()
        .flat_map(|first| second_of(first).into_iter().map(move |second| (first, second)))
        // Two slips that undo each other are none.
        .filter(|(first, second)| urls_of(first) == configured || urls_of(second) != configured)
        .filter(|(first, second)| first.name != second.name);
    let together = |a: &Variation, b: &Variation| NearMiss {
        name: a.name,
        detail: format!("{}, together with {}", a.detail, b.name),
    };
    let found = pairs.find(|(_, second)| second.matches(work) || !work.complete);
    match found {
        Some((first, second)) if work.complete => {
            vec![together(first, &second), together(&second, first)]
        }
        _ => Vec::new(),
    }
}

fn variations_of(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    let mut all = urls::slips(setup, capture);
    all.extend(headers::token_line_left_out(setup, capture));
    all.extend(headers::quoted_tokens(setup, capture));
    if setup.form.is_some() {
        let detail = "the string to sign ends in the other form: leave --form out".to_owned();
        let any = Setup { form: None, ..setup.clone() };
        all.push(Variation::of_setup("other-form", detail, any, capture));
    }
    all.extend(headers::timestamp_in_seconds(setup, capture));
    for (url, certificate) in &setup.certificates {
        let detail = format!(
            "the certificate given for {url} is the one that signed: give it for the URL that the \
             push names"
        );
        let setup = Setup { substitute: Some(certificate.clone()), ..setup.clone() };
        all.push(Variation::of_setup("other-certificate", detail, setup, capture));
    }
    all
}
