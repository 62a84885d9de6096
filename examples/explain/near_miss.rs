//! The known slips, tried one by one and then in pairs: which of them would have made the push match?

use http::HeaderValue;
use tower_eventbridge::RejectionKind;

use crate::{
    arguments::EndpointArg,
    options::from_millis,
    replay::{Capture, Outcome, Setup, Tokens, replay},
};

/// A slip that would have matched.
pub struct NearMiss {
    pub name: &'static str,
    pub detail: String,
}

/// One way in which setup and capture may be off.
struct Variation {
    name: &'static str,
    detail: String,
    setup: Setup,
    capture: Capture,
}

/// Empty unless the push was refused for a reason that a slip can explain.
pub fn find(setup: &Setup, capture: &Capture, outcome: &Outcome) -> Vec<NearMiss> {
    let explainable = outcome.verdict.as_ref().is_err_and(|rejection| {
        matches!(
            rejection.kind(),
            RejectionKind::SignatureMismatch
                | RejectionKind::SecretInvalid
                | RejectionKind::EndpointMismatch
        )
    });
    if !explainable {
        return Vec::new();
    }
    let variations = variations_of(setup, capture);
    let mut found: Vec<NearMiss> = Vec::new();
    for single in variations.iter().filter(|variation| variation.matches()) {
        if found.iter().all(|near_miss| near_miss.name != single.name) {
            found.push(NearMiss { name: single.name, detail: single.detail.clone() });
        }
    }
    if found.is_empty() { pairs(setup, capture, &variations) } else { found }
}

/// The first two slips that match together, as far as [`MAX_PAIRS`] goes.
fn pairs(setup: &Setup, capture: &Capture, singles: &[Variation]) -> Vec<NearMiss> {
    let urls_of = |slip: &Variation| signed_urls(&slip.setup, &slip.capture);
    let configured = signed_urls(setup, capture);
    let second_of = |first: &'_ Variation| variations_of(&first.setup, &first.capture);
    let pairs = singles
        .iter()
        .flat_map(|first| second_of(first).into_iter().map(move |second| (first, second)))
        // Two slips that undo each other are none.
        .filter(|(first, second)| urls_of(first) == configured || urls_of(second) != configured)
        .filter(|(first, second)| first.name != second.name);
    for (first, second) in pairs.take(MAX_PAIRS) {
        if second.matches() {
            let together = |a: &Variation, b: &Variation| NearMiss {
                name: a.name,
                detail: format!("{}, together with {}", a.detail, b.name),
            };
            return vec![together(first, &second), together(&second, first)];
        }
    }
    Vec::new()
}

impl Variation {
    fn matches(&self) -> bool {
        replay(&self.setup, &self.capture).is_ok_and(|outcome| outcome.verdict.is_ok())
    }
}

fn variations_of(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    let mut all = Vec::new();
    for url in signed_urls(setup, capture) {
        for (name, other) in url_slips(&url, capture) {
            let setup = Setup {
                endpoints: vec![EndpointArg::Exact(other.clone())],
                seen_anywhere: true,
                ..setup.clone()
            };
            let detail = format!("the URL that was signed is {other}, not {url}");
            all.push(Variation { name, detail, setup, capture: capture.clone() });
        }
    }
    all.extend(seen_elsewhere(setup, capture));
    all.extend(token_line_left_out(setup, capture));
    if setup.form.is_some() {
        let detail = "the string to sign ends in the other form".to_owned();
        let setup = Setup { form: None, ..setup.clone() };
        all.push(Variation { name: "other-form", detail, setup, capture: capture.clone() });
    }
    all.extend(timestamp_in_seconds(setup, capture));
    for (url, certificate) in &setup.certificates {
        let substitute = Some(certificate.clone());
        let detail = format!("the certificate given for {url} is the one that signed");
        let setup = Setup { substitute, ..setup.clone() };
        all.push(Variation { name: "other-certificate", detail, setup, capture: capture.clone() });
    }
    all
}

/// The URLs that the endpoints stand for.
fn signed_urls(setup: &Setup, capture: &Capture) -> Vec<String> {
    let target = target(capture);
    let url = |endpoint: &EndpointArg| match endpoint {
        EndpointArg::Exact(url) => url.clone(),
        EndpointArg::Origin(origin) => format!("{origin}{target}"),
    };
    setup.endpoints.iter().map(url).collect()
}

fn target(capture: &Capture) -> String {
    let target = capture.head.request_line.as_ref().and_then(|line| line.target.path_and_query());
    target.map_or("/", |target| target.as_str()).to_owned()
}

/// URL slips, each with the URL that would have been signed.
fn url_slips(url: &str, capture: &Capture) -> Vec<(&'static str, String)> {
    let Some(parts) = UrlParts::of(url) else { return Vec::new() };
    let mut slips = vec![match parts.scheme {
        "https" => ("scheme-http", UrlParts { scheme: "http", ..parts }.to_string()),
        _ => ("scheme-https", UrlParts { scheme: "https", ..parts }.to_string()),
    }];
    for port in ports(&parts, capture) {
        slips.push(("port", UrlParts { port: port.as_deref(), ..parts }.to_string()));
    }
    let path = match parts.path.strip_suffix('/') {
        Some(shorter) => shorter.to_owned(),
        None => format!("{}/", parts.path),
    };
    slips.push(("trailing-slash", UrlParts { path: &path, ..parts }.to_string()));
    for (at, _) in parts.path.match_indices('/').skip(1).take(MAX_PREFIXES) {
        let (_, shorter) = parts.path.split_at(at);
        slips.push(("path-prefix", UrlParts { path: shorter, ..parts }.to_string()));
    }
    for prefixed in original_targets(&parts, capture) {
        let (path, query) = split_query(&prefixed);
        slips.push(("path-prefix", UrlParts { path, query, ..parts }.to_string()));
    }
    if let Some(query) = parts.query {
        slips.push(("query-left-out", UrlParts { query: None, ..parts }.to_string()));
        for decoded in
            [percent_decoded(query, false), percent_decoded(query, true)].into_iter().flatten()
        {
            slips.push(("query-decoded", UrlParts { query: Some(&decoded), ..parts }.to_string()));
        }
    }
    slips.retain(|(_, slip)| slip != url);
    slips
}

/// No port, the default and usual ones, and the one in `Host`.
fn ports(parts: &UrlParts<'_>, capture: &Capture) -> Vec<Option<String>> {
    let mut ports: Vec<Option<String>> = vec![None];
    if let Some((_, port)) = text_of(capture, "host").and_then(|host| host.rsplit_once(':')) {
        ports.push(Some(port.to_owned()));
    }
    ports.extend(
        ["443", "80", "8443", "8080", "8000", "3000", "9000"].map(|port| Some(port.to_owned())),
    );
    ports.retain(|port| port.as_deref() != parts.port);
    ports
}

/// What proxies say the path was before they rewrote it.
fn original_targets(parts: &UrlParts<'_>, capture: &Capture) -> Vec<String> {
    let header = |name: &str| {
        text_of(capture, name).filter(|value| value.starts_with('/')).map(str::to_owned)
    };
    let prefixed = |prefix: String| {
        let query = parts.query.map_or(String::new(), |query| format!("?{query}"));
        format!("{}{}{query}", prefix.trim_end_matches('/'), parts.path)
    };
    let whole = ["x-original-uri", "x-forwarded-uri", "x-original-url", "x-envoy-original-path"];
    header("x-forwarded-prefix")
        .map(prefixed)
        .into_iter()
        .chain(whole.into_iter().filter_map(header))
        .collect()
}

/// An exact URL was signed, and its push arrives at another path; or the URL that arrives was signed, and not the exact
/// one. Named by what differs.
fn seen_elsewhere(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    if capture.head.request_line.is_none() {
        return Vec::new();
    }
    let received = target(capture);
    let mut all = Vec::new();
    for endpoint in &setup.endpoints {
        let EndpointArg::Exact(url) = endpoint else { continue };
        let Some(parts) = UrlParts::of(url) else { continue };
        let own = parts.target();
        if own == received {
            continue;
        }
        let Some(name) = difference(&own, &received) else { continue };
        if !setup.seen_anywhere {
            let setup =
                Setup { endpoints: vec![endpoint.clone()], seen_anywhere: true, ..setup.clone() };
            let detail = format!("{url} was signed, but the push arrived at another path or query");
            all.push(Variation { name, detail, setup, capture: capture.clone() });
        }
        let (path, query) = split_query(&received);
        let other = UrlParts { path, query, ..parts }.to_string();
        let setup = Setup {
            endpoints: vec![EndpointArg::Exact(other.clone())],
            seen_anywhere: true,
            ..setup.clone()
        };
        let detail = format!("the URL that was signed is {other}, not {url}");
        all.push(Variation { name, detail, setup, capture: capture.clone() });
    }
    all
}

/// The slip that turns one target into the other; `None` if none of the known ones does.
fn difference(own: &str, received: &str) -> Option<&'static str> {
    let ((own_path, own_query), (received_path, received_query)) =
        (split_query(own), split_query(received));
    let slash = own_path.trim_end_matches('/') == received_path.trim_end_matches('/');
    if slash && own_path != received_path && own_query == received_query {
        return Some("trailing-slash");
    }
    if own_path == received_path {
        return match (own_query, received_query) {
            (Some(own), Some(received)) => {
                let decoded =
                    |query: &str| percent_decoded(query, true).unwrap_or_else(|| query.to_owned());
                (decoded(own) == decoded(received)).then_some("query-decoded")
            }
            _ => Some("query-left-out"),
        };
    }
    let prefixed = own_path.ends_with(received_path) || received_path.ends_with(own_path);
    (prefixed && own_query == received_query).then_some("path-prefix")
}

/// The sender left the token line out of the string to sign.
fn token_line_left_out(setup: &Setup, capture: &Capture) -> Option<Variation> {
    let Tokens::Known(_) = setup.tokens else { return None };
    let mut capture = capture.clone();
    capture.head.headers.remove("x-eventbridge-signature-token")?;
    let detail =
        "the token is not a line of the string to sign (TokenLine::Unsigned accepts that under v2)"
            .to_owned();
    let setup = Setup { tokens: Tokens::AnyTenant, ..setup.clone() };
    Some(Variation { name: "token-line-left-out", detail, setup, capture })
}

/// The timestamp that was signed is in seconds, the header's in milliseconds.
fn timestamp_in_seconds(setup: &Setup, capture: &Capture) -> Option<Variation> {
    let name = "x-eventbridge-signature-timestamp";
    let sent: i64 = text_of(capture, name)?.parse().ok()?;
    let signed = sent.checked_div(1000)?;
    // The certificate is not valid at the odd time that follows, and that is not the question here.
    let url = text_of(capture, "x-eventbridge-signature-url")?;
    let given = setup.certificates.iter().find(|(given, _)| given == url)?;
    let setup = Setup {
        now: from_millis(signed)?,
        substitute: setup.substitute.clone().or_else(|| Some(given.1.clone())),
        ..setup.clone()
    };
    let mut capture = capture.clone();
    capture.head.headers.insert(name, HeaderValue::from(signed));
    let detail = format!("the timestamp that was signed is {signed}, not {sent}");
    Some(Variation { name: "timestamp-in-seconds", detail, setup, capture })
}

fn text_of<'a>(capture: &'a Capture, header: &str) -> Option<&'a str> {
    capture.head.headers.get(header)?.to_str().ok()
}

/// A URL in pieces, as raw text: nothing is normalised.
#[derive(Clone, Copy)]
struct UrlParts<'a> {
    scheme: &'a str,
    host: &'a str,
    port: Option<&'a str>,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> UrlParts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        let (path, query) = split_query(target);
        let port = authority
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
        let (host, port) = port.map_or((authority, None), |(host, port)| (host, Some(port)));
        Some(Self { scheme, host, port, path, query })
    }

    fn target(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { self.path };
        let query = self.query.map_or(String::new(), |query| format!("?{query}"));
        format!("{path}{query}")
    }
}

impl std::fmt::Display for UrlParts<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}://{}", self.scheme, self.host)?;
        if let Some(port) = self.port {
            write!(formatter, ":{port}")?;
        }
        formatter.write_str(self.path)?;
        if let Some(query) = self.query {
            write!(formatter, "?{query}")?;
        }
        Ok(())
    }
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

/// `None` if nothing changes or the result is no text.
fn percent_decoded(query: &str, plus_is_space: bool) -> Option<String> {
    let mut decoded = Vec::new();
    let mut rest = query.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        let hex = after.split_at_checked(2).and_then(|(hex, after)| Some((octet_of(hex)?, after)));
        match (byte, hex) {
            (b'%', Some((octet, after))) => {
                decoded.push(octet);
                rest = after;
            }
            (b'+', _) if plus_is_space => decoded.push(b' '),
            _ => decoded.push(byte),
        }
    }
    String::from_utf8(decoded).ok().filter(|decoded| decoded != query)
}

fn octet_of(hex: &[u8]) -> Option<u8> {
    std::str::from_utf8(hex).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok())
}

/// Segments that a proxy may have dropped: a hostile path can have thousands.
const MAX_PREFIXES: usize = 16;
/// Bounds the replays for many endpoints; one endpoint has about 400 pairs.
const MAX_PAIRS: usize = 2_000;
