//! Slips of the URL: what was signed is not what is configured, or not what arrived.

use std::fmt;

use super::{
    rewriting::{
        percent_decoded, percent_encoded, with_doubled_slashes, with_hex_case, with_merged_slashes,
        with_other_spaces, without_dot_segments,
    },
    variation::{Variation, text_of},
};
use crate::{
    arguments::{EndpointArg, Seen},
    explain::replay::{Capture, Setup},
};

/// Every slip of a URL that the endpoints stand for, each other URL once.
pub(super) fn slips(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    let mut all = Vec::new();
    for url in signed_urls(setup, capture) {
        for (name, other) in url_slips(&url, capture) {
            let detail = was_signed(&other, &url);
            all.push(Variation::of_url(name, detail, &other, setup, capture));
        }
    }
    all.extend(seen_elsewhere(setup, capture));
    all
}

/// Slashes doubled at several places at once: kept out of the pairs, of which they would be too
/// many.
pub(super) fn doubled_slashes(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    let mut all = Vec::new();
    for url in signed_urls(setup, capture) {
        let Some(parts) = UrlParts::of(&url) else { continue };
        for path in with_doubled_slashes(parts.path) {
            let other = UrlParts { path: &path, ..parts }.to_string();
            let detail = was_signed(&other, &url);
            all.push(Variation::of_url("slashes-merged", detail, &other, setup, capture));
        }
    }
    all
}

fn was_signed(other: &str, url: &str) -> String {
    format!("the URL that was signed is {other}, not {url}: give that one with --endpoint")
}

/// The URLs that the endpoints stand for.
pub(super) fn signed_urls(setup: &Setup, capture: &Capture) -> Vec<String> {
    let target = target(capture);
    let url = |endpoint: &EndpointArg| match endpoint {
        EndpointArg::Exact { url, .. } => url.clone(),
        EndpointArg::Origin(origin) => format!("{origin}{target}"),
    };
    setup.endpoints.iter().map(url).collect()
}

fn target(capture: &Capture) -> String {
    let target = capture.head.request_line.as_ref().and_then(|line| line.target.path_and_query());
    target.map_or("/", |target| target.as_str()).to_owned()
}

/// Each with the URL that would have been signed; of two names for one URL the first is meant.
fn url_slips(url: &str, capture: &Capture) -> Vec<(&'static str, String)> {
    let Some(parts) = UrlParts::of(url) else { return Vec::new() };
    let mut slips = Slips { configured: url, found: Vec::new() };
    let other_scheme = match parts.scheme {
        "https" => ("scheme-http", "http"),
        _ => ("scheme-https", "https"),
    };
    slips.add(other_scheme.0, UrlParts { scheme: other_scheme.1, ..parts });
    for port in ports(&parts, capture) {
        slips.add("port", UrlParts { port: port.as_deref(), ..parts });
    }
    hosts(&mut slips, &parts, capture);
    let path = match parts.path.strip_suffix('/') {
        Some(shorter) => shorter.to_owned(),
        None => format!("{}/", parts.path),
    };
    slips.add("trailing-slash", UrlParts { path: &path, ..parts });
    paths(&mut slips, &parts);
    for (at, _) in parts.path.match_indices('/').skip(1).take(MAX_PLACES) {
        let (_, shorter) = parts.path.split_at(at);
        slips.add("path-prefix", UrlParts { path: shorter, ..parts });
    }
    for prefixed in original_targets(&parts, capture) {
        let (path, query) = split_query(&prefixed);
        slips.add("path-prefix", UrlParts { path, query, ..parts });
    }
    if let Some(query) = parts.query {
        slips.add("query-left-out", UrlParts { query: None, ..parts });
        let decoded = [percent_decoded(query, false), percent_decoded(query, true)];
        for decoded in decoded.into_iter().flatten() {
            slips.add("query-decoded", UrlParts { query: Some(&decoded), ..parts });
        }
        for other in with_other_spaces(query) {
            slips.add("query-plus", UrlParts { query: Some(&other), ..parts });
        }
        for encoded in percent_encoded(query) {
            slips.add("query-encoded", UrlParts { query: Some(&encoded), ..parts });
        }
    }
    slips.found
}

struct Slips<'a> {
    configured: &'a str,
    found: Vec<(&'static str, String)>,
}

impl Slips<'_> {
    fn add(&mut self, name: &'static str, parts: UrlParts<'_>) {
        let url = parts.to_string();
        if url != self.configured && self.found.iter().all(|(_, other)| *other != url) {
            self.found.push((name, url));
        }
    }
}

/// The path as something on the way may have rewritten it, or written before it was rewritten.
fn paths(slips: &mut Slips<'_>, parts: &UrlParts<'_>) {
    let path = parts.path;
    let mut add = |name, path: &str, query: Option<&str>| {
        slips.add(name, UrlParts { path, query, ..*parts });
    };
    if let Some(decoded) = percent_decoded(path, false) {
        let query = parts.query.and_then(|query| percent_decoded(query, false));
        add("path-decoded", &decoded, parts.query);
        add("path-decoded", &decoded, query.as_deref().or(parts.query));
    }
    for encoded in percent_encoded(path) {
        add("path-encoded", &encoded, parts.query);
        for query in parts.query.map_or_else(Vec::new, percent_encoded) {
            add("path-encoded", &encoded, Some(&query));
        }
    }
    for upper in [true, false] {
        let query = parts.query.map(|query| with_hex_case(query, upper));
        add("hex-case", &with_hex_case(path, upper), parts.query);
        add("hex-case", path, query.as_deref());
        add("hex-case", &with_hex_case(path, upper), query.as_deref());
    }
    add("slashes-merged", &with_merged_slashes(path), parts.query);
    for (at, _) in path.match_indices('/').take(MAX_PLACES) {
        let (before, after) = path.split_at(at);
        add("slashes-merged", &format!("{before}/{after}"), parts.query);
    }
    add("dot-segments", &without_dot_segments(path), parts.query);
}

/// The host in another case, and the other hosts of the push.
fn hosts(slips: &mut Slips<'_>, parts: &UrlParts<'_>, capture: &Capture) {
    let capitalized = |first: &str| match first.split_at_checked(1) {
        Some((letter, rest)) => letter.to_ascii_uppercase() + &rest.to_ascii_lowercase(),
        None => first.to_owned(),
    };
    let each: Vec<_> = parts.host.split('.').map(capitalized).collect();
    let lower = parts.host.to_ascii_lowercase();
    for host in
        [lower.clone(), parts.host.to_ascii_uppercase(), capitalized(&lower), each.join(".")]
    {
        slips.add("host-case", UrlParts { host: &host, ..*parts });
    }
    let in_line = capture.head.request_line.as_ref().and_then(|line| line.target.authority());
    let forwarded = text_of(capture, "forwarded").and_then(|value| {
        let mut pairs = value.split([';', ',']).filter_map(|pair| pair.trim().split_once('='));
        pairs.find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, host)| host)
    });
    let named = ["host", "x-forwarded-host", "x-original-host", "x-forwarded-server"];
    let authorities = named
        .into_iter()
        .filter_map(|name| text_of(capture, name))
        .flat_map(|value| value.split(','))
        .chain(forwarded)
        .chain(in_line.map(http::uri::Authority::as_str))
        .map(|authority| authority.trim().trim_matches('"'))
        .filter(|authority| !authority.is_empty());
    for authority in authorities.take(MAX_PLACES) {
        let (host, port) = split_port(authority);
        let same = host.eq_ignore_ascii_case(parts.host);
        let name = if same { "host-case" } else { "other-host" };
        for port in [port, parts.port, None] {
            slips.add(name, UrlParts { host, port, ..*parts });
        }
    }
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

/// An exact URL was signed, and its push arrives at another path; or the URL that arrives was
/// signed, and not the exact one. Named by what differs.
fn seen_elsewhere(setup: &Setup, capture: &Capture) -> Vec<Variation> {
    if capture.head.request_line.is_none() {
        return Vec::new();
    }
    let received = target(capture);
    let mut all = Vec::new();
    for endpoint in &setup.endpoints {
        let EndpointArg::Exact { url, seen } = endpoint else { continue };
        let Some(parts) = UrlParts::of(url) else { continue };
        let own = parts.target();
        if own == received {
            continue;
        }
        if *seen != Seen::Anywhere
            && let Some(name) = difference(&own, &received)
        {
            let detail = format!(
                "{url} was signed, but the push arrived at another path or query: give what \
                 arrived with --seen-as"
            );
            all.push(Variation::of_url(name, detail, url, setup, capture));
        }
        let (path, query) = split_query(&received);
        let other = UrlParts { path, query, ..parts }.to_string();
        let detail = was_signed(&other, url);
        let name = difference(&received, &own).unwrap_or("other-path");
        all.push(Variation::of_url(name, detail, &other, setup, capture));
    }
    all
}

/// The slip that makes the one target out of the other, as seen from what was signed; `None` if
/// none of the known ones does.
fn difference(signed: &str, other: &str) -> Option<&'static str> {
    let ((signed_path, signed_query), (other_path, other_query)) =
        (split_query(signed), split_query(other));
    let slash = signed_path.trim_end_matches('/') == other_path.trim_end_matches('/');
    if slash && signed_path != other_path && signed_query == other_query {
        return Some("trailing-slash");
    }
    if signed_path == other_path {
        return match (signed_query, other_query) {
            (Some(signed), Some(other)) => {
                let decoded =
                    |query: &str| percent_decoded(query, true).unwrap_or_else(|| query.to_owned());
                if with_hex_case(signed, true) == with_hex_case(other, true) {
                    return Some("hex-case");
                }
                let plus = |query: &str| query.replace("%20", "+").replace(' ', "+");
                if plus(signed) == plus(other) {
                    return Some("query-plus");
                }
                (decoded(signed) == decoded(other)).then_some("query-decoded")
            }
            _ => Some("query-left-out"),
        };
    }
    if signed_query == other_query {
        let decoded = |path: &str| percent_decoded(path, false).unwrap_or_else(|| path.to_owned());
        if with_hex_case(signed_path, true) == with_hex_case(other_path, true) {
            return Some("hex-case");
        }
        if decoded(signed_path) == decoded(other_path) {
            let escapes = |path: &str| path.matches('%').count();
            let encoded = escapes(signed_path) > escapes(other_path);
            return Some(if encoded { "path-encoded" } else { "path-decoded" });
        }
        if with_merged_slashes(signed_path) == with_merged_slashes(other_path) {
            return Some("slashes-merged");
        }
        if without_dot_segments(signed_path) == without_dot_segments(other_path) {
            return Some("dot-segments");
        }
    }
    let prefixed = signed_path.ends_with(other_path) || other_path.ends_with(signed_path);
    (prefixed && signed_query == other_query).then_some("path-prefix")
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
        let (host, port) = split_port(authority);
        Some(Self { scheme, host, port, path, query })
    }

    fn target(&self) -> String {
        let path = if self.path.is_empty() { "/" } else { self.path };
        let query = self.query.map_or(String::new(), |query| format!("?{query}"));
        format!("{path}{query}")
    }
}

impl fmt::Display for UrlParts<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
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

fn split_port(authority: &str) -> (&str, Option<&str>) {
    let port = authority
        .rsplit_once(':')
        .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    port.map_or((authority, None), |(host, port)| (host, Some(port)))
}

fn split_query(target: &str) -> (&str, Option<&str>) {
    target.split_once('?').map_or((target, None), |(path, query)| (path, Some(query)))
}

/// Segments that a proxy may have dropped, slashes that it may have merged: a hostile path can have
/// thousands.
const MAX_PLACES: usize = 16;
