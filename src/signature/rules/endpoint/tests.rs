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

/// What stands in the console, and what clients send for it.
#[test]
fn escaped_paths_are_met_and_the_signed_url_stays_as_configured() {
    for (url, met, not_met) in [
        (
            "https://h.example/caf\u{e9}",
            &["/caf%C3%A9", "/caf%c3%a9", "/caf%C3%a9", "/caf\u{e9}"][..],
            &["/cafe", "/caf%E9", "/caf%C3", "/caf%25C3%25A9", "/cafe\u{301}"][..],
        ),
        (
            "https://h.example/\u{4e8b}\u{4ef6}?\u{540d}=\u{503c}",
            &["/%E4%BA%8B%E4%BB%B6?%E5%90%8D=%E5%80%BC", "/%e4%ba%8b%e4%bb%b6?%e5%90%8d=%e5%80%bc"],
            &["/%E4%BA%8B%E4%BB%B6", "/%E4%BA%8B%E4%BB%B6%3F%E5%90%8D=%E5%80%BC"],
        ),
        (
            "https://h.example/a b?c d",
            &["/a%20b?c%20d"],
            &["/a+b?c+d", "/a%2520b?c%2520d", "/ab?cd"],
        ),
        (
            "https://h.example/{id}|x^y`z",
            &["/%7Bid%7D%7Cx%5Ey%60z", "/%7bid%7d%7cx%5ey%60z", "/{id}|x%5Ey%60z"],
            &["/id|x^y"],
        ),
        ("https://h.example/a\"b?<c>", &["/a%22b?%3Cc%3E", "/a\"b?%3cc%3e"], &["/ab?c"]),
        (
            "https://h.example/[a]?[b]='c'",
            &["/[a]?[b]='c'", "/%5Ba%5D?%5bb%5d=%27c%27"],
            &["/a?b=c"],
        ),
        ("https://h.example/a\\b", &["/a%5Cb", "/a%5cb", "/a\\b"], &["/a/b"]),
        ("https://h.example/100%", &["/100%25", "/100%"], &["/100", "/100%2525"]),
        ("https://h.example/%c3%a9\u{e9}", &["/%c3%a9%C3%A9", "/%C3%A9%c3%a9"], &["/%c3%a9"]),
        ("https://h.example/a%2Fb", &["/a%2Fb", "/a%2fb"], &["/a/b", "/a%252Fb"]),
        ("https://\u{4f8b}.example/\u{e9}#\u{e9}", &["/%C3%A9"], &["/", "/%C3%A9%23%C3%A9"]),
        ("https://h.example/e%76", &["/e%76"], &["/ev"]),
    ] {
        for target in met {
            assert_eq!(signed_url(&Endpoint::exact(url), target).as_deref(), Some(url), "{target}");
        }
        for target in not_met {
            assert_eq!(signed_url(&Endpoint::exact(url), target), None, "{url} {target}");
        }
    }
    let seen = Endpoint::exact("https://h.example/a").seen_as("/\u{e9} x?{y}");
    assert_eq!(
        signed_url(&seen, "/%c3%a9%20x?%7by%7d").as_deref(),
        Some("https://h.example/a"),
        "the path that it is seen as too"
    );
    assert_eq!(signed_url(&seen, "/a"), None);
}

/// Two ways to write one target are one place for the bound on candidates, and for what is given
/// twice.
#[test]
fn endpoints_that_differ_in_escapes_only_are_seen_at_one_place() {
    let compiled = |url: &str| Endpoint::exact(url).compile().unwrap();
    let (raw, escaped) =
        (compiled("https://h.example/\u{e9}"), compiled("https://h.example/%c3%a9"));
    assert_eq!(raw.fixed_target(), escaped.fixed_target());
    assert!(!raw.repeats(&escaped), "what is signed differs");
    let seen = |path: &str| Endpoint::exact("https://h.example/a").seen_as(path).compile().unwrap();
    assert!(seen("/\u{e9}").repeats(&seen("/%c3%A9")));
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
        Endpoint::exact("https://h.example/a "),
        Endpoint::exact("https://h.example/a\u{85}"),
        Endpoint::exact("https://h.example/a\0b"),
        Endpoint::exact("https://h.example/a?b\tc"),
        Endpoint::exact("https://h.example/a#b\nc"),
        Endpoint::exact("https://h.example /a"),
        Endpoint::exact(" https://h.example/a"),
        Endpoint::exact("https://h ost.example/a"),
        Endpoint::exact("https://h.example\\a"),
        Endpoint::exact("https://h.example:x/a"),
        Endpoint::exact("https://h.example:65536/a"),
        Endpoint::exact("https://:443/a"),
        Endpoint::exact("https://user@/a"),
        Endpoint::exact("https://h<>.example/a"),
        Endpoint::exact(format!("https://h.example/{}", "a".repeat(65_534))),
        // Escaped it is too long, unescaped it would not be.
        Endpoint::exact(format!("https://h.example/{}", "\u{e9}".repeat(11_000))),
        Endpoint::exact("https://h.example/a").seen_as("/a#b"),
        Endpoint::exact("https://h.example/a").seen_as("/a\n"),
        Endpoint::exact("https://h.example/a").seen_as("/a "),
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
