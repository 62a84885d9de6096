//! Near misses, each kind in several variations: the slip is named with a cure, and nothing else
//! is.

use super::{
    slip::{HOST, Slip},
    *,
};

#[test]
fn without_a_slip_it_is_accepted() {
    assert_eq!(Slip::none().explain("none").0, 0);
}

#[test]
fn paths_and_hosts() {
    for (name, signed, target, endpoint, headers, slip) in [
        ("encoded", "/caf%C3%A9", "/caf\u{e9}", "/caf\u{e9}", "", "path-encoded"),
        ("encoded lower", "/a%20b", "/a%20b", "/a b", "", "path-encoded"),
        ("encoded twice", "/a%2520b", "/a%20b", "", "", "path-encoded"),
        ("encoded component", "/a%2Cb%3B", "/a,b;", "", "", "path-encoded"),
        ("encoded with the query", "/%5Ba%5D?x=%5B", "/[a]?x=[", "", "", "path-encoded"),
        ("decoded", "/caf\u{e9}", "/caf%c3%a9", "", "", "path-decoded"),
        ("decoded space", "/a b", "/a%20b", "", "", "path-decoded"),
        ("decoded slash", "/a/b", "/a%2Fb", "", "", "path-decoded"),
        ("decoded letter", "/events", "/event%73", "", "", "path-decoded"),
        ("decoded exact", "/a!b", "/a%21b", "/a!b", "", "path-decoded"),
        ("hex case lower", "/a%2fb", "/a%2Fb", "", "", "hex-case"),
        ("hex case upper", "/a%2Fb", "/a%2fb", "", "", "hex-case"),
        ("hex case of the query", "/a?x=%2f", "/a?x=%2F", "", "", "hex-case"),
        ("hex case of both", "/%c3?%c3", "/%C3?%C3", "", "", "hex-case"),
        ("hex case exact", "/a%2fb", "/a%2Fb", "/a%2Fb", "", "hex-case"),
        ("slashes merged", "/a//b", "/a/b", "", "", "slashes-merged"),
        ("slashes merged at the start", "//e", "/e", "", "", "slashes-merged"),
        ("slashes doubled", "/a/b", "/a//b", "", "", "slashes-merged"),
        ("many slashes", "/a/b/c", "/a///b//c", "", "", "slashes-merged"),
        ("slashes exact", "/a///b", "/a/b", "/a///b", "", "slashes-merged"),
        ("slashes merged twice", "/a//b//c", "/a/b/c", "", "", "slashes-merged"),
        ("slashes merged, three of four", "//a//b/c//", "/a/b/c/", "", "", "slashes-merged"),
        (
            "slashes merged, two of eight",
            "/a//b/c/d/e/f//g/h",
            "/a/b/c/d/e/f/g/h",
            "",
            "",
            "slashes-merged",
        ),
        ("plus signed", "/e?a=b+c+d", "/e?a=b%20c%20d", "", "", "query-plus"),
        ("plus arrived", "/e?a=b%20c", "/e?a=b+c", "", "", "query-plus"),
        ("plus exact", "/e?a=b+c", "/e?a=b%20c", "/e?a=b+c", "", "query-plus"),
        ("plus exact, the other", "/e?a=b%20c", "/e?a=b%20c", "/e?a=b+c", "", "query-plus"),
        ("dot segment", "/a/b", "/a/./b", "", "", "dot-segments"),
        ("two dots", "/b", "/a/../b", "", "", "dot-segments"),
        ("dots at the end", "/a/", "/a/b/..", "", "", "dot-segments"),
        ("dots at the start", "/b", "/../b", "", "", "dot-segments"),
        ("dots exact", "/a/../b", "/b", "/a/../b", "", "dot-segments"),
        ("another path", "/hooks", "/hooks", "/events", "", "other-path"),
        ("another path and query", "/hooks?x=1", "/hooks?x=1", "/events", "", "other-path"),
        ("the original path", "/prod", "/e", "", "x-original-uri: /prod\n", "path-prefix"),
    ] {
        let slip_ = Slip {
            signed_url: format!("{HOST}{signed}"),
            target: target.to_owned(),
            endpoint: format!("{HOST}{endpoint}"),
            more_headers: headers.to_owned(),
            ..Slip::none()
        };
        slip_.is_named(name, slip);
    }
    for (name, signed, endpoint, headers, slip) in [
        ("lower", "https://hooks.example.com/e", "https://Hooks.Example.COM", "", "host-case"),
        ("upper", "https://HOOKS.EXAMPLE.COM/e", HOST, "", "host-case"),
        ("capital", "https://Hooks.example.com/e", HOST, "", "host-case"),
        ("capitals", "https://Hooks.Example.Com/e", HOST, "", "host-case"),
        ("as sent", "https://hOOks.example.com/e", HOST, "host: hOOks.example.com\n", "host-case"),
        ("host", "https://a.example/e", HOST, "host: a.example\n", "other-host"),
        ("host, port", "https://a.example:8443/e", HOST, "host: a.example:8443\n", "other-host"),
        (
            "forwarded",
            "https://b.example/e",
            HOST,
            "x-forwarded-host: b.example, c\n",
            "other-host",
        ),
        (
            "standard",
            "https://c.example/e",
            HOST,
            "forwarded: for=1.2.3.4;host=\"c.example\"\n",
            "other-host",
        ),
        (
            "exact",
            "https://d.example/e",
            "https://hooks.example.com/e",
            "host: d.example\n",
            "other-host",
        ),
    ] {
        let slip_ = Slip {
            signed_url: signed.to_owned(),
            endpoint: endpoint.to_owned(),
            more_headers: headers.to_owned(),
            ..Slip::none()
        };
        slip_.is_named(&format!("host {name}"), slip);
    }
}

#[test]
fn tokens_in_quotation_marks() {
    let quoted = |mark: char| format!("{mark}{TOKEN}{mark}");
    let (double, single, tick) = (quoted('"'), quoted('\''), quoted('`'));
    let plain = TOKEN.to_owned();
    for (name, signed, sent, given) in [
        ("given", &plain, &plain, &double),
        ("given, single", &plain, &plain, &single),
        ("given, tick", &plain, &plain, &tick),
        ("sent", &double, &double, &plain),
        ("sent, single", &single, &single, &plain),
        ("sent, tick", &tick, &tick, &plain),
        ("sent and given otherwise", &double, &double, &single),
        ("added on the way", &plain, &double, &plain),
        ("added on the way and given", &plain, &double, &double),
        ("taken off on the way", &double, &plain, &plain),
    ] {
        let slip = Slip {
            signed_token: signed.clone(),
            sent_token: sent.clone(),
            given_token: given.clone(),
            ..Slip::none()
        };
        slip.is_named(&format!("token {name}"), "token-quoted");
    }
    let other = Slip { given_token: "\"another-token-of-16\"".to_owned(), ..Slip::none() };
    let (exit, report) = other.explain("another token");
    assert_eq!((exit, reason(&report)), (1, "token-mismatch"));
    assert!(near_misses(&report).is_empty(), "{report}");
}

#[test]
fn bodies_written_anew() {
    let compact =
        r#"{"b":[1,{"c":null}],"a":"caf\u00e9 / \ud83d\ude00","n":1.50e+2,"e":{},"f":[],"t":true}"#;
    let raw = compact.replace(r"\u00e9", "\u{e9}").replace(r"\ud83d\ude00", "\u{1f600}");
    let spaced = r#"{"b": [1, {"c": null}], "a": "caf\u00e9 / \ud83d\ude00", "n": 1.50e+2, "e": {}, "f": [], "t": true}"#;
    let two = "{\n  \"b\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"a\": \"caf\\u00e9 \
         / \\ud83d\\ude00\",\n  \"n\": 1.50e+2,\n  \"e\": {},\n  \"f\": [],\n  \"t\": true\n}";
    let four = two.replace("  ", "    ");
    let tabs = two.replace("  ", "\t");
    let jackson = "{\n  \"b\" : [ 1, {\n    \"c\" : null\n  } ],\n  \"a\" : \"caf\\u00e9 / \
         \\ud83d\\ude00\",\n  \"n\" : 1.50e+2,\n  \"e\" : { },\n  \"f\" : [ ],\n  \"t\" : true\n}";
    let html = r#"{"a":"\u003cb\u003e \u0026 = '","u":"caf\u00e9"}"#;
    for (name, signed, captured, slip) in [
        ("compact from two", compact, two, "body-compact"),
        ("compact from four", compact, &four, "body-compact"),
        ("compact from jackson", compact, jackson, "body-compact"),
        ("compact from spaced", compact, spaced, "body-compact"),
        ("compact raw from spaced escaped", &raw, spaced, "body-compact"),
        ("spaced from compact raw", spaced, &raw, "body-compact"),
        ("spaced from two", spaced, two, "body-compact"),
        ("compact, and a line feed after", compact, &format!("{two}\n"), "body-compact"),
        ("two from compact", two, compact, "body-pretty"),
        ("four from spaced", &four, spaced, "body-pretty"),
        ("tabs from jackson", &tabs, jackson, "body-pretty"),
        ("jackson from compact", jackson, compact, "body-pretty"),
        ("jackson from raw", jackson, &raw, "body-pretty"),
        ("two from four", two, &four, "body-pretty"),
        ("escaped from raw", compact, &raw, "body-escaped"),
        ("raw from escaped", &raw, compact, "body-escaped"),
        (
            "upper-case escapes",
            &compact.replace("00e9", "00E9").replace("ud83d", "uD83D").replace("ude00", "uDE00"),
            &raw,
            "body-escaped",
        ),
        ("slashes escaped", &raw.replace(" / ", r" \/ "), &raw, "body-escaped"),
        ("slashes and all escaped", &compact.replace(" / ", r" \/ "), &raw, "body-escaped"),
        ("slashes unescaped", &raw, &raw.replace(" / ", r" \/ "), "body-escaped"),
        (
            "for HTML",
            html,
            &html.replace(r"\u003c", "<").replace(r"\u003e", ">").replace(r"\u0026", "&"),
            "body-escaped",
        ),
        (
            "for HTML, more",
            &html.replace('=', r"\u003d").replace('\'', r"\u0027"),
            &html.replace(r"\u003c", "<").replace(r"\u003e", ">").replace(r"\u0026", "&"),
            "body-escaped",
        ),
        (
            "quotes and backslashes stay",
            "{\"a\":\"\\\"\\\\/\\n\\u001f\u{e9}\"}",
            r#"{ "a" : "\"\\/\n\u001f\u00e9" }"#,
            "body-compact",
        ),
        ("CRLF signed", "a\r\nb\r\n", "a\nb\n", "body-line-ends"),
        ("LF signed", "a\nb\n", "a\r\nb\r\n", "body-line-ends"),
        ("CRLF signed, in JSON", &two.replace('\n', "\r\n"), two, "body-line-ends"),
        ("LF signed, one line", "a\nb", "a\r\nb", "body-line-ends"),
        ("CRLF signed, last line as it is", "a\r\nb\n", "a\nb\n", "body-line-ends"),
        ("CR for LF", "a\nb", "a\rb", "body-line-ends"),
        ("a mark signed", "\u{feff}{}", "{}", "body-byte-order-mark"),
        ("a mark added", "{}", "\u{feff}{}", "body-byte-order-mark"),
        ("a mark added to text", "text", "\u{feff}text", "body-byte-order-mark"),
        ("a mark signed in text", "\u{feff}\u{e9}", "\u{e9}", "body-byte-order-mark"),
        ("a mark signed, nothing else", "\u{feff}", "", "body-byte-order-mark"),
        ("a final line feed signed", "{\"a\":1}\n", "{\"a\":1}", "body-final-line-feed"),
        ("a final CRLF signed", "text\r\n", "text", "body-final-line-feed"),
        (
            "a string signed",
            "\"{\\\"a\\\":\\\"\u{e9}\\\"}\"",
            "{\"a\":\"\u{e9}\"}",
            "body-json-string",
        ),
        (
            "an ASCII string signed",
            r#""{\"a\":\"\u00e9\"}""#,
            "{\"a\":\"\u{e9}\"}",
            "body-json-string",
        ),
        ("a string captured", r#"{"a": 1}"#, r#""{\"a\": 1}""#, "body-json-string"),
        ("text in a string captured", "a\nb", r#""a\nb""#, "body-json-string"),
        (
            ".NET signed",
            r#"{"a":"\u002B\u0022\u0060 \u00E9\\\n/"}"#,
            "{\"a\":\"+\\\"` \u{e9}\\\\\\n/\"}",
            "body-escaped",
        ),
        (".NET captured", r#"{"a":"+\""}"#, r#"{"a":"\u002B\u0022"}"#, "body-escaped"),
        ("compact, and a mark added", compact, &format!("\u{feff}{two}"), "body-compact"),
    ] {
        let slip_ = Slip {
            signed_body: signed.as_bytes().to_vec(),
            captured_body: captured.as_bytes().to_vec(),
            ..Slip::none()
        };
        slip_.is_named(&format!("body {name}"), slip);
    }
}

#[test]
fn other_bodies_have_no_near_miss() {
    for (name, signed, captured) in [
        ("another number", r#"{"a":1.0}"#, r#"{"a":1}"#),
        ("another order", r#"{"a":1,"b":2}"#, r#"{"b":2,"a":1}"#),
        ("another value", r#"{"a":1}"#, r#"{"a":2}"#),
        ("another text", "a b", "ab"),
        ("no JSON", "{\"a\":1}", "{\"a\": 1"),
    ] {
        let slip = Slip {
            signed_body: signed.as_bytes().to_vec(),
            captured_body: captured.as_bytes().to_vec(),
            ..Slip::none()
        };
        let (exit, report) = slip.explain(&format!("none {name}"));
        assert_eq!((exit, reason(&report)), (1, "signature-mismatch"), "{name}");
        assert!(near_misses(&report).is_empty(), "{name}: {report}");
    }
}

/// A body may be nested so deeply that indenting it would fill the memory, or so large that every
/// slip would take minutes.
#[test]
fn hostile_bodies_do_not_keep_the_program_busy() {
    let deep = [vec![b'['; 60_000], vec![b']'; 60_000]].concat();
    let slip = Slip { captured_body: deep, ..Slip::none() };
    let (exit, report) = slip.explain("deep");
    assert_eq!((exit, near_misses(&report).len()), (1, 0));
    let large = format!("\"{}\"", "\u{e9}/<".repeat(3_000_000)).into_bytes();
    let (exit, report) = Slip { captured_body: large, ..Slip::none() }.explain("large");
    assert_eq!((exit, near_misses(&report).len()), (1, 0));
    assert!(
        report["notes"].to_string().contains("not every slip was tried"),
        "{}",
        report["notes"]
    );
}

/// Pairs of slips grow with the square of what is configured.
#[test]
fn many_endpoints_do_not_keep_the_program_busy() {
    let certificate = given(REGION_URL, "rsa1024");
    let path = "events%2Fa/../b//c";
    let head =
        std::fs::read_to_string(repository("fixtures/signature/v2-signature-bit-flipped/head"))
            .unwrap();
    let head =
        head_file("many-endpoints", head.replacen("/events", &format!("/{path}"), 1).as_bytes());
    let urls: Vec<_> = (0..8).map(|n| format!("https://h{n}.example.com/{path}")).collect();
    let body = "fixtures/signature/v2-signature-bit-flipped/body";
    let base = ["--head", &head, "--body", body, "--token", TOKEN, "--certificate", &certificate];
    let endpoints = std::iter::once("--endpoint").chain(urls.iter().map(String::as_str));
    let arguments: Vec<_> = base.into_iter().chain(endpoints).collect();
    let (exit, report) = json(&arguments);
    assert_eq!((exit, reason(&report)), (1, "signature-mismatch"), "{report}");
    assert!(near_misses(&report).is_empty(), "{report}");
    assert!(
        report["notes"].to_string().contains("not every slip was tried"),
        "{}",
        report["notes"]
    );
}

#[test]
fn a_head_file_may_begin_with_a_byte_order_mark() {
    let exact = ["--endpoint", "http://127.0.0.1:8080/cloudevents"];
    let head = real_head();
    let without_request_line = head.split_once('\n').unwrap().1.to_owned();
    for (name, head) in [
        ("mark", format!("\u{feff}{head}")),
        ("mark-crlf", format!("\u{feff}{}", head.replace('\n', "\r\n"))),
        ("mark-no-request-line", format!("\u{feff}{without_request_line}")),
        ("mark-get-line-without-version", format!("\u{feff}{}", head.replace(" HTTP/1.1", ""))),
        ("mark-no-final-line-feed", format!("\u{feff}{}", head.trim_end())),
    ] {
        let (exit, report) = real_head_as(name, head.as_bytes(), &exact);
        assert_eq!(exit, 0, "{name}: {report}");
    }
}
