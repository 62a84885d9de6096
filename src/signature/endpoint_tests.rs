use super::*;

fn parts(target: &str, headers: &[(&str, &str)]) -> Parts {
    let mut request = http::Request::builder().uri(target);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

fn signed_url(endpoint: &Endpoint, target: &str) -> Option<String> {
    endpoint.compile().unwrap().signed_url(&parts(target, &[])).map(|url| url.to_string())
}

#[test]
fn an_exact_url_fixes_path_and_query_as_they_stand_in_its_text() {
    for (url, target) in [
        ("https://h.example/events", "/events"),
        ("https://h.example", "/"),
        ("https://h.example/", "/"),
        ("https://h.example?x=1", "/?x=1"),
        ("https://h.example/a?x=1#f", "/a?x=1"),
        ("https://h.example#f", "/"),
        ("https://user:pass@h.example:8443/a%2Fb?c=%20", "/a%2Fb?c=%20"),
        ("http://127.0.0.1:8080/cloudevents", "/cloudevents"),
        ("HTTPS://H.example/Events", "/Events"),
        ("https://h.example/events?", "/events?"),
    ] {
        let endpoint = Endpoint::exact(url);
        assert_eq!(signed_url(&endpoint, target).as_deref(), Some(url), "{url}");
        for other in ["/other", "/events/", "/events?x=2", "/EVENTS"] {
            assert_eq!(signed_url(&endpoint, other), None, "{url} {other}");
        }
    }
}

#[test]
fn an_exact_url_can_be_seen_elsewhere() {
    let renamed = Endpoint::exact("https://h.example/prod/events").seen_as("/events");
    assert_eq!(signed_url(&renamed, "/events").as_deref(), Some("https://h.example/prod/events"));
    assert_eq!(signed_url(&renamed, "/prod/events"), None);
    let anywhere = Endpoint::exact("https://h.example/prod/events").seen_anywhere();
    for target in ["/", "/x?y", "*", "//x"] {
        assert_eq!(
            signed_url(&anywhere, target).as_deref(),
            Some("https://h.example/prod/events"),
            "{target}"
        );
    }
}

#[test]
fn an_origin_takes_path_and_query_as_they_arrive() {
    let origin = Endpoint::origin("https://h.example:8443");
    for target in ["/", "/a", "/a//b", "/a%2fb?x=%2F&y=a+b", "/a?"] {
        assert_eq!(
            signed_url(&origin, target),
            Some(format!("https://h.example:8443{target}")),
            "{target}"
        );
    }
    for target in ["//evil.tld/a", "*"] {
        assert_eq!(signed_url(&origin, target), None, "{target}");
    }
    // Absolute form (h2c, proxies): the sender's host does not count.
    assert_eq!(
        signed_url(&origin, "http://evil.tld/a?b").as_deref(),
        Some("https://h.example:8443/a?b")
    );
}

#[test]
fn forwarded_headers_count_once_and_well_formed_only() {
    let endpoint =
        Endpoint::dangerous_forwarded_headers(ForwardedHeaders::XForwarded).compile().unwrap();
    let signed = |headers: &[(&str, &str)]| {
        endpoint.signed_url(&parts("/a?b", headers)).map(|url| url.to_string())
    };
    let good = [("x-forwarded-proto", "https"), ("x-forwarded-host", "h.example:8443")];
    assert_eq!(signed(&good).as_deref(), Some("https://h.example:8443/a?b"));
    let elsewhere = endpoint.signed_url(&parts("//evil.tld/a", &good));
    assert_eq!(elsewhere, None, "a target that could pose as a host");
    for bad in [
        &[][..],
        &good[..1],
        &good[1..],
        &[good[0], good[0], good[1]],
        &[good[0], good[1], good[1]],
        &[("x-forwarded-proto", "https,http"), good[1]],
        &[("x-forwarded-proto", "ftp"), good[1]],
        &[good[0], ("x-forwarded-host", "a.example, h.example")],
        &[good[0], ("x-forwarded-host", "user@h.example")],
        &[good[0], ("x-forwarded-host", "h.example/x")],
        &[good[0], ("x-forwarded-host", "")],
    ] {
        assert_eq!(signed(bad), None, "{bad:?}");
    }
}

#[test]
fn urls_that_cannot_be_signed_are_found_when_built() {
    for endpoint in [
        Endpoint::exact(""),
        Endpoint::exact("hooks.example.com/events"),
        Endpoint::exact("ftp://h.example/"),
        Endpoint::exact("https:///events"),
        Endpoint::exact("https://h.example/a b"),
        Endpoint::exact("https://h.example/a\n"),
        Endpoint::exact("https://h.example/a").seen_as("a"),
        Endpoint::exact("https://h.example/a").seen_as(""),
        Endpoint::origin("https://h.example/"),
        Endpoint::origin("https://h.example?x"),
        Endpoint::origin("https://"),
        Endpoint::origin("h.example"),
        Endpoint::origin("https://user@h.example"),
        Endpoint::origin("https://hé.example"),
        Endpoint::origin("https://h.example").seen_as("/a"),
        Endpoint::origin("https://h.example").seen_anywhere(),
        Endpoint::dangerous_forwarded_headers(ForwardedHeaders::XForwarded).seen_anywhere(),
    ] {
        assert!(endpoint.compile().is_err(), "{endpoint:?}");
    }
}
