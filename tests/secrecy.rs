//! S19 and S20: no token, secret or body in any `Debug`, `Display` or tracing event; and one event
//! for each verdict.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{fmt::Write, time::Duration};
use tests_support::{captured::Captured, pushes::now};

use bytes::Bytes;
use http::Request;
use tower_eventbridge::{
    Authentic, Endpoint, Rejection, Token, Verifier, VerifierBuilder,
    certificate::Certificate,
    signature::{RejectionKind, Stage},
    signer::{Forgery, SignWith, Signer},
};

const URL: &str = "https://hooks.example.com/events?password=query-secret";
const TOKEN: &str = "token-secret-0123456789";
const BODY: &str = "{\"card\":\"body-secret\"}";

fn builder() -> VerifierBuilder {
    Verifier::builder()
        .endpoint(Endpoint::origin("https://hooks.example.com").token("endpoint-token-secret"))
        .token(TOKEN)
        .region("cn-hangzhou")
}

/// Everything that may leak, gathered as text.
#[derive(Default)]
struct Leaks {
    text: String,
    secrets: Vec<String>,
}

impl Leaks {
    fn debug(&mut self, value: &impl std::fmt::Debug) {
        writeln!(self.text, "{value:?} {value:#?}").unwrap();
    }

    fn rejection(&mut self, rejection: &Rejection) {
        self.debug(rejection);
        writeln!(self.text, "{rejection}").unwrap();
        let mut source: Option<&dyn std::error::Error> = Some(rejection);
        while let Some(error) = source {
            writeln!(self.text, "{error}").unwrap();
            source = error.source();
        }
    }

    fn request(&mut self, request: &Request<Bytes>) {
        for name in ["secret", "token"] {
            let value = request.headers().get(format!("x-eventbridge-signature-{name}"));
            self.secrets.extend(value.map(|value| value.to_str().unwrap().to_owned()));
        }
    }

    fn assert_none(&self) {
        let fixed = [TOKEN, "token-secret", "body-secret", "query-secret", "endpoint-token"];
        for secret in fixed.into_iter().chain(self.secrets.iter().map(String::as_str)) {
            let Some(at) = self.text.find(secret) else { continue };
            let near = self.text.get(at.saturating_sub(80)..at + secret.len()).unwrap_or_default();
            panic!("{secret} leaks: {near}");
        }
    }
}

fn steps(
    verifier: &Verifier,
    certificate: &Certificate,
    request: Request<Bytes>,
    leaks: &mut Leaks,
) -> Result<Authentic, Rejection> {
    let (parts, body) = request.into_parts();
    let head = verifier.check_head(&parts, now())?;
    leaks.debug(&head);
    let mut check = head.check_certificate(certificate, now())?;
    check.update(body)?;
    leaks.debug(&check);
    check.finish()
}

fn subscriber(captured: &Captured) -> impl tracing::Subscriber + Send + Sync + use<> {
    let writer = captured.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish()
}

#[test]
fn nothing_public_prints_a_secret_and_every_verdict_is_one_event() {
    let signer = Signer::generate().unwrap();
    let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
    let verifier = builder().build().unwrap();
    let captured = Captured::default();
    let mut leaks = Leaks::default();
    let mut verdicts = Vec::new();

    tracing::subscriber::with_default(subscriber(&captured), || {
        for with in [SignWith::V1, SignWith::V2, SignWith::Both] {
            let push = signer.push(URL).token(TOKEN).with(with).body(BODY);
            leaks.debug(&push);
            let forged = Forgery::ALL.iter().copied().map(|forgery| push.clone().forgery(forgery));
            for push in std::iter::once(push.clone()).chain(forged) {
                let Ok(request) = push.sign(now()) else { continue };
                leaks.request(&request);
                match steps(&verifier, &certificate, request, &mut leaks) {
                    Ok(authentic) => {
                        leaks.debug(&authentic);
                        verdicts.push(("accepted", "INFO"));
                    }
                    Err(rejection) => {
                        leaks.rejection(&rejection);
                        // Who knows no token must not be able to fill the log with warnings.
                        let before_token = rejection.stage() < Stage::Token;
                        let level = if before_token { "INFO" } else { "WARN" };
                        verdicts.push((rejection.kind().as_str(), level));
                    }
                }
            }
        }
    });
    leaks.debug(&signer);
    leaks.debug(&verifier);
    leaks.debug(&builder());
    leaks.debug(&Token::new(TOKEN));
    leaks.debug(&certificate);

    let events = captured.text();
    let lines: Vec<_> = events.lines().collect();
    assert_eq!(lines.len(), verdicts.len(), "one event for each verdict:\n{events}");
    for (line, (verdict, level)) in lines.iter().zip(&verdicts) {
        assert!(line.contains(&format!(" {level} ")), "{level}: {line}");
        assert!(line.contains(&format!("kind=\"{verdict}\"")), "{verdict}: {line}");
        assert!(line.contains("tower_eventbridge::verdict"), "{line}");
    }
    leaks.text.push_str(&events);
    leaks.assert_none();
}

#[test]
fn the_event_of_an_accepted_push_says_what_it_is_worth() {
    let signer = Signer::generate().unwrap();
    let certificate = Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
    let captured = Captured::default();
    tracing::subscriber::with_default(subscriber(&captured), || {
        let verifier = builder().build().unwrap();
        let push = signer.push(URL).token(TOKEN).with(SignWith::V1);
        let signed = push.sign(now() - Duration::from_millis(1_234)).unwrap();
        steps(&verifier, &certificate, signed, &mut Leaks::default()).unwrap();
    });
    let event = captured.text();
    let key = format!("key={}", certificate.public_key_fingerprint());
    for field in [
        "INFO",
        "kind=\"accepted\"",
        "scheme=\"v1\"",
        "form=\"reference\"",
        "assurance=\"token-only\"",
        "age_ms=1234",
        &key,
    ] {
        assert!(event.contains(field), "{field}: {event}");
    }
}

/// What the sender sends cannot break a log line, nor fill the log.
#[test]
fn what_the_sender_sent_is_escaped_and_cut() {
    let signer = Signer::generate().unwrap();
    let verifier = builder().build().unwrap();
    let mut request = signer.push(URL).token(TOKEN).sign(now()).unwrap();
    // Every test here has a subscriber: one without would switch the event off for the others.
    let _guard = tracing::subscriber::set_default(subscriber(&Captured::default()));
    let hostile = format!("https://\u{1b}]evil\t{}", "x".repeat(5_000));
    let hostile: Vec<u8> = hostile
        .into_bytes()
        .into_iter()
        .map(|byte| if byte == 0x1b { 0xff } else { byte })
        .collect();
    let value = http::HeaderValue::from_bytes(&hostile).unwrap();
    request.headers_mut().insert("x-eventbridge-signature-url", value);
    let (parts, _) = request.into_parts();
    let rejection = verifier.check_head(&parts, now()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::CertificateUrlNotAllowed);
    let text = rejection.to_string();
    assert!(text.len() < 600, "{}", text.len());
    assert!(
        text.chars().all(|character| character == '…' || (' '..='~').contains(&character)),
        "{text}"
    );
}

/// URLs may hold credentials in user information and query.
#[test]
fn configurations_and_their_errors_hold_no_secret() {
    let _guard = tracing::subscriber::set_default(subscriber(&Captured::default()));
    let mut leaks = Leaks::default();
    let exact = "https://user:url-secret@hooks.example.com/events?key=url-secret#url-secret";
    leaks.secrets.push("url-secret".to_owned());
    let endpoint = Endpoint::exact(exact).seen_as("/events?key=url-secret").token(TOKEN);
    leaks.debug(&endpoint);
    leaks.debug(&Endpoint::exact(exact).seen_anywhere());
    let builder = || Verifier::builder().endpoint(endpoint.clone()).region("cn-hangzhou");
    leaks.debug(&builder());
    leaks.debug(&builder().build().unwrap());
    let mirror = builder().certificate_url("https://a.example/c.pem?sign=url-secret").certificate(
        "https://b.example/c.pem?sign=url-secret",
        Signer::generate().unwrap().certificate_pem(),
    );
    leaks.debug(&mirror);
    leaks.debug(&mirror.build().unwrap());

    // A push to a path that no endpoint has: its query stays out of the log.
    let signer = Signer::generate().unwrap();
    let push = signer
        .push("https://hooks.example.com/nowhere?key=url-secret")
        .token(TOKEN)
        .sign(now())
        .unwrap();
    let rejection = builder().build().unwrap().check_head(&push.into_parts().0, now()).unwrap_err();
    assert_eq!(rejection.kind(), RejectionKind::EndpointMismatch);
    leaks.rejection(&rejection);

    let bad_url = "ftp://user:url-secret@hooks.example.com/events?key=url-secret";
    for (name, builder) in [
        ("token", builder().token("short-secret")),
        ("token twice", builder().token(TOKEN)),
        ("any tenant", builder().dangerous_accept_any_tenant()),
        ("endpoint", builder().endpoint(bad_url)),
        ("endpoint twice", builder().endpoint(endpoint.clone())),
        (
            "certificate URL",
            builder().certificate_url("https://user:url-secret@a.example/c.pem?url-secret"),
        ),
        ("endpoint without token", builder().endpoint(exact)),
        ("certificate", builder().certificate("https://a.example/c.pem", "-----BEGIN url-secret")),
    ] {
        let Err(error) = builder.build() else { panic!("{name} is no mistake") };
        leaks.debug(&error);
        leaks.text.push_str(&error.to_string());
    }
    let signer_error =
        Signer::from_private_key_pem("-----BEGIN RSA PRIVATE KEY----- url-secret").unwrap_err();
    leaks.debug(&signer_error);
    leaks.text.push_str(&signer_error.to_string());
    assert!(leaks.text.contains("hooks.example.com/events"), "{}", leaks.text);
    assert!(!leaks.text.contains("short-secret"), "{}", leaks.text);
    leaks.assert_none();
}
