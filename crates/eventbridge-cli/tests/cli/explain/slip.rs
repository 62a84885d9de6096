//! A push that was signed in one way and captured in another, and what `explain` says of it.

use super::{near_misses::sign, *};

/// A push of v2 that was signed in one way and captured in another.
#[derive(Clone)]
pub(super) struct Slip {
    pub(super) signed_url: String,
    pub(super) signed_token: String,
    pub(super) signed_body: Vec<u8>,
    pub(super) target: String,
    pub(super) sent_token: String,
    pub(super) captured_body: Vec<u8>,
    pub(super) more_headers: String,
    pub(super) endpoint: String,
    pub(super) given_token: String,
}

pub(super) const HOST: &str = "https://hooks.example.com";

impl Slip {
    pub(super) fn none() -> Self {
        Self {
            signed_url: format!("{HOST}/e"),
            signed_token: TOKEN.to_owned(),
            signed_body: b"{}".to_vec(),
            target: "/e".to_owned(),
            sent_token: TOKEN.to_owned(),
            captured_body: b"{}".to_vec(),
            more_headers: String::new(),
            endpoint: HOST.to_owned(),
            given_token: TOKEN.to_owned(),
        }
    }

    pub(super) fn explain(&self, name: &str) -> (i32, Value) {
        let lines = [
            "x-eventbridge-signature-timestamp: 1796083200000".to_owned(),
            "x-eventbridge-hash-method: SHA256".to_owned(),
            "x-eventbridge-signature-version: 1.0".to_owned(),
            format!("x-eventbridge-signature-url: {REGION_URL}"),
            format!("x-eventbridge-signature-token: {}", self.signed_token),
        ];
        let message = [
            format!("{}\n{}\n", self.signed_url, lines.join("\n")).as_bytes(),
            &self.signed_body,
            b"\n",
        ]
        .concat();
        let pem = std::fs::read_to_string(repository("fixtures/keys/rsa1024.key")).unwrap();
        let signature = sign(&pem, &message);
        let sent = lines.join("\n").replace(&self.signed_token, &self.sent_token);
        let head = format!(
            "POST {} HTTP/1.1\n{sent}\n{}x-eventbridge-signature-v2: {signature}\n",
            self.target, self.more_headers
        );
        let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let head = head_file(&format!("slip-{name}-head"), head.as_bytes());
        let body = head_file(&format!("slip-{name}-body"), &self.captured_body);
        let certificate = given(REGION_URL, "rsa1024");
        json(&[
            "--head",
            &head,
            "--body",
            &body,
            "--endpoint",
            &self.endpoint,
            "--token",
            &self.given_token,
            "--certificate",
            &certificate,
        ])
    }

    /// It is rejected, and the first near miss is this one, with a sentence that says what to do.
    pub(super) fn is_named(&self, name: &str, slip: &str) {
        let (exit, report) = self.explain(name);
        assert_eq!(exit, 1, "{name}: {report}");
        assert_eq!(near_misses(&report), [slip], "{name}: {report}");
        let detail = report["near_misses"][0]["detail"].as_str().unwrap();
        assert!(detail.contains(": "), "{name}: no cure: {detail}");
        assert!(!detail.contains(TOKEN), "{name}: {detail}");
        let help = String::from_utf8(explain(&["--help"]).stdout).unwrap();
        assert!(
            help.split_whitespace().any(|word| word.trim_matches([',', '.']) == slip),
            "{slip}"
        );
    }
}
