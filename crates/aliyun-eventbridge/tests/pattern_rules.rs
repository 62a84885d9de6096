//! Every rule of the language that a pattern can break, options, and bounds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use aliyun_eventbridge::{
    JsonEvent,
    pattern::{
        CidrEnds, ContainsOperator, EventPattern, Found, Mismatch, PatternErrorKind as Kind,
        PatternRules, SeveralOperators, TopLevelNames,
    },
};

#[test]
fn each_broken_rule_is_named_with_its_place() {
    let deep = format!("{}[1]{}", "{\"data\":".repeat(64), "}".repeat(64));
    let long = format!("{{\"source\":[\"{}\"]}}", "主".repeat(8_192));
    for (pattern, kind, path, found) in [
        (&*deep, Kind::TooDeep, "$", "65"),
        (&long, Kind::TooLong, "$", "8207 characters"),
        ("", Kind::NotJson, "$", "an error at line 1 column 0"),
        ("{'source':['a']}", Kind::NotJson, "$", "an error at line 1 column 2"),
        ("{\"source\":[1,]}", Kind::NotJson, "$", "an error at line 1 column 14"),
        ("{} x", Kind::NotJson, "$", "an error at line 1 column 4"),
        ("[]", Kind::NotAnObject, "$", "[]"),
        (r#"{"a":[1],"\u0061":[2]}"#, Kind::DoubledName, "$.a", r#""\u0061""#),
        (r#"{"data":{"a":{"b":[1],"b":[1]}}}"#, Kind::DoubledName, "$.data.a.b", "\"b\""),
        (
            r#"{"a":[{"prefix":"x","prefix":"y"}]}"#,
            Kind::DoubledName,
            "$.a[0].prefix",
            "\"prefix\"",
        ),
        (r#"{"a":["\ud800"]}"#, Kind::LoneSurrogate, "$.a[0]", r#""\ud800""#),
        (r#"{"a":[{"suffix":"\udc00x"}]}"#, Kind::LoneSurrogate, "$.a[0].suffix", r#""\udc00x""#),
        (r#"{"\ud800":[1]}"#, Kind::LoneSurrogate, "$['\u{FFFD}']", r#""\ud800""#),
        (r#"{"source":"a"}"#, Kind::NotConditions, "$.source", "\"a\""),
        (r#"{"source":null}"#, Kind::NotConditions, "$.source", "null"),
        (r#"{"source":{"a":[1]}}"#, Kind::NotConditions, "$.source", r#"{"a":[1]}"#),
        (r#"{"data":{"a b":null}}"#, Kind::NotConditions, "$.data['a b']", "null"),
        (r#"{"data":["a"]}"#, Kind::DataNotAnObject, "$.data", "[\"a\"]"),
        (r#"{"data":null}"#, Kind::DataNotAnObject, "$.data", "null"),
        (r#"{"source":[ ]}"#, Kind::NoConditions, "$.source", "[ ]"),
        (r#"{"data":{}}"#, Kind::EmptyObject, "$.data", "{}"),
        (r#"{"data":{"a":{"b":{}}}}"#, Kind::EmptyObject, "$.data.a.b", "{}"),
        (r#"{"source":["x",["a"]]}"#, Kind::NestedArray, "$.source[1]", "[\"a\"]"),
        (r#"{"source":[{}]}"#, Kind::NoOperator, "$.source[0]", "{}"),
        (
            r#"{"a":[{"prefix":"a","suffix":"a","contains":"a","exists":true,"cidr":"::","numeric":1}]}"#,
            Kind::TooManyOperators,
            "$.a[0]",
            r#"{"prefix":"a","suffix":"a","contains":"a","exists":true,"cidr":"… (16 more characters)"#,
        ),
        (r#"{"a":[{"Prefix":"a"}]}"#, Kind::UnknownOperator, "$.a[0].Prefix", "\"a\""),
        (r#"{"a":[{"prefix":["a"]}]}"#, Kind::Text, "$.a[0].prefix", "[\"a\"]"),
        (r#"{"a":[{"contains":""}]}"#, Kind::Text, "$.a[0].contains", "\"\""),
        (r#"{"a":[{"anything-but":{}}]}"#, Kind::AnythingBut, "$.a[0].anything-but", "{}"),
        (r#"{"a":[{"anything-but":[1,[2]]}]}"#, Kind::AnythingBut, "$.a[0].anything-but[1]", "[2]"),
        (
            r#"{"a":[{"anything-but":{"contains":"x"}}]}"#,
            Kind::AnythingBut,
            "$.a[0].anything-but",
            r#"{"contains":"x"}"#,
        ),
        (
            r#"{"a":[{"anything-but":{"prefix":""}}]}"#,
            Kind::Text,
            "$.a[0].anything-but.prefix",
            "\"\"",
        ),
        (r#"{"a":[{"numeric":[]}]}"#, Kind::Numeric, "$.a[0].numeric", "[]"),
        (r#"{"a":[{"numeric":["==",1]}]}"#, Kind::Numeric, "$.a[0].numeric", "[\"==\",1]"),
        (r#"{"a":[{"numeric":["=",1e400]}]}"#, Kind::Numeric, "$.a[0].numeric", "[\"=\",1e400]"),
        (r#"{"a":[{"numeric":["=",1,">"]}]}"#, Kind::Numeric, "$.a[0].numeric", "[\"=\",1,\">\"]"),
        (
            r#"{"a":[{"numeric":["=",1000000000.1]}]}"#,
            Kind::Numeric,
            "$.a[0].numeric",
            "[\"=\",1000000000.1]",
        ),
        (r#"{"a":[{"cidr":"10.1"}]}"#, Kind::Cidr, "$.a[0].cidr", "\"10.1\""),
        (r#"{"a":[{"exists":"true"}]}"#, Kind::Exists, "$.a[0].exists", "\"true\""),
    ] {
        let error = EventPattern::parse(pattern).expect_err(pattern);
        assert_eq!((error.kind(), error.path(), error.found()), (kind, path, found), "{pattern}");
    }
}

#[test]
fn patterns_at_the_limits_are_read() {
    let deep = format!("{}{{\"a\":[1]}}{}", "{\"data\":".repeat(62), "}".repeat(62));
    EventPattern::parse(&deep).unwrap();
    let long = format!("{{\"source\":[\"{}\"]}}", "主".repeat(8_192 - 15));
    EventPattern::parse(&format!("\u{FEFF}{long}")).unwrap();
    EventPattern::parse(r#"{"a":[{"numeric":[">=",-1e9,"<=",1000000000]}]}"#).unwrap();
    let five =
        r#"{"a":[{"prefix":"a","suffix":"a","contains":"a","exists":true,"anything-but":"b"}]}"#;
    assert!(EventPattern::parse(five).unwrap().matches(r#"{"a":"aa"}"#).unwrap());
}

#[test]
fn options_choose_the_reading() {
    let default = PatternRules::default();
    let strict = PatternRules::strict();
    let several = r#"{"type":[{"prefix":"a","suffix":"b"}]}"#;
    let name = r#"{"my-extension":["a"]}"#;
    let contains = r#"{"type":[{"contains":"a"}]}"#;
    for (pattern, kind, cure) in [
        (
            several,
            Kind::SeveralOperators,
            strict.clone().several_operators(SeveralOperators::AllHold),
        ),
        (name, Kind::UnknownName, strict.clone().names(TopLevelNames::Any)),
        (contains, Kind::UnknownOperator, strict.clone().contains(ContainsOperator::Accept)),
    ] {
        EventPattern::parse_with(pattern, &default).unwrap();
        EventPattern::parse_with(pattern, &cure).unwrap();
        assert_eq!(EventPattern::parse_with(pattern, &strict).unwrap_err().kind(), kind);
        let reference = PatternRules::reference_code();
        assert_eq!(EventPattern::parse_with(pattern, &reference).unwrap_err().kind(), kind);
    }
    let block = r#"{"data":{"ip":[{"cidr":"10.0.0.0/24"}]}}"#;
    let event = r#"{"data":{"ip":"10.0.0.255"}}"#;
    for (rules, matches) in [
        (default, true),
        (strict, true),
        (PatternRules::reference_code(), false),
        (PatternRules::reference_code().cidr_ends(CidrEnds::Included), true),
    ] {
        let pattern = EventPattern::parse_with(block, &rules).unwrap();
        assert_eq!(pattern.matches(event).unwrap(), matches, "{rules:?}");
    }
}

#[test]
fn details_of_matching() {
    for (pattern, event, matches) in [
        // Several operators hold for the same element.
        (r#"{"a":[{"prefix":"a","suffix":"x"}]}"#, r#"{"a":["ab","bx"]}"#, false),
        (r#"{"a":[{"prefix":"a","suffix":"x"}]}"#, r#"{"a":["ab","ax"]}"#, true),
        (r#"{"a":[{"exists":false,"prefix":"a"}]}"#, r#"{}"#, false),
        (r#"{"a":[{"exists":false,"prefix":"a"}]}"#, r#"{"a":"a"}"#, false),
        // Of a doubled name the last counts, with all that is in it.
        (r#"{"a":["y"]}"#, r#"{"a":"x","\u0061":"y"}"#, true),
        (r#"{"a":["x"]}"#, r#"{"a":"x","a":"y"}"#, false),
        (r#"{"data":{"v":["x"]}}"#, r#"{"data":{"v":"x"},"data":{}}"#, false),
        (r#"{"data":{"v":[{"exists":false}]}}"#, r#"{"data":{"v":"x"},"data":{"w":1}}"#, true),
        // `data` is there if it is null, and absent if it is absent.
        (r#"{"data":{"v":[{"exists":false}]}}"#, r#"{"data":null}"#, true),
        (r#"{"data":{"v":[{"exists":false}]}}"#, r#"{"x":1}"#, false),
        // A name at the top is no path.
        (r#"{"data.v":["x"]}"#, r#"{"data":{"v":"x"}}"#, false),
        (r#"{"data.v":["x"]}"#, r#"{"data.v":"x"}"#, true),
        (r#"{"data":{"a.b":["x"]}}"#, r#"{"data":{"a":{"b":"x"}}}"#, false),
        // Numbers beyond doubles are numbers.
        (r#"{"data":{"v":[{"numeric":[">",0]}]}}"#, r#"{"data":{"v":1e400}}"#, true),
        (r#"{"data":{"v":[{"numeric":["<",0]}]}}"#, r#"{"data":{"v":-1e400}}"#, true),
        (r#"{"data":{"v":[1e400]}}"#, r#"{"data":{"v":1e400}}"#, true),
        (r#"{"data":{"v":[1E400]}}"#, r#"{"data":{"v":1e400}}"#, false),
        // Half of a surrogate pair.
        (r#"{"a":[{"prefix":"x"}]}"#, r#"{"a":"x\ud800"}"#, true),
        (r#"{"a":["😀"]}"#, r#"{"a":"\ud83d\ude00"}"#, true),
        // anything-but of an empty list holds for everything that is a value.
        (r#"{"a":[{"anything-but":[]}]}"#, r#"{"a":null}"#, true),
        (r#"{"a":[{"anything-but":[]}]}"#, r#"{"a":{}}"#, false),
        (r#"{"a":[{"anything-but":[]}]}"#, r#"{}"#, false),
        (r#"{"a":[{"anything-but":{"prefix":"1"}}]}"#, r#"{"a":12}"#, true),
        (r#"{"data":{"ip":[{"cidr":"2001:db8::/32"}]}}"#, r#"{"data":{"ip":"2001:DB8::1"}}"#, true),
    ] {
        let parsed: EventPattern = pattern.parse().unwrap();
        assert_eq!(parsed.matches(event).unwrap(), matches, "{pattern} {event}");
    }
}

#[test]
fn decoded_events_compare_the_text_that_serde_json_prints() {
    let event = serde_json::from_str(r#"{"data":{"v":3.0e2,"n":5}}"#).unwrap();
    let matches =
        |pattern: &str| pattern.parse::<EventPattern>().unwrap().matches_value(&event).unwrap();
    assert!(matches(r#"{"data":{"v":[300.0],"n":[5]}}"#));
    assert!(!matches(r#"{"data":{"v":[3.0e2]}}"#));
}

#[test]
fn explanations_say_what_was_there_and_why() {
    for (pattern, event, found, mismatch) in [
        (r#"["x"]"#, r"{}", Found::Absent, Mismatch::Absent),
        (r#"["x"]"#, r#"{"a":{}}"#, Found::Object, Mismatch::NotAValue),
        (r#"["x"]"#, r#"{"a":[]}"#, Found::EmptyArray, Mismatch::NotAValue),
        (r#"["x"]"#, r#"{"a":["x",[]]}"#, Found::NestedArray, Mismatch::NotAValue),
    ] {
        let pattern: EventPattern = format!("{{\"a\":{pattern}}}").parse().unwrap();
        let explanation = pattern.explain(&JsonEvent::parse(event).unwrap());
        assert_eq!(explanation.fields[0].found, found, "{event}");
        assert_eq!(explanation.fields[0].conditions[0].mismatch, Some(mismatch), "{event}");
    }
    for (condition, value, mismatch) in [
        (r#""x""#, r#""y""#, Mismatch::Differs),
        ("300", "300.0", Mismatch::NumberWrittenOtherwise),
        (r#"{"prefix":"x"}"#, "1", Mismatch::NotAString),
        (r#"{"contains":"x"}"#, r#""y""#, Mismatch::TextDiffers),
        (r#"{"anything-but":"y"}"#, r#""y""#, Mismatch::Excluded),
        (r#"{"numeric":[">",1]}"#, r#""2""#, Mismatch::NotANumber),
        (r#"{"numeric":[">",1]}"#, "[1,0]", Mismatch::OutOfRange),
        (r#"{"cidr":"10.0.0.0/8"}"#, r#""x""#, Mismatch::NotAnAddress),
        (r#"{"cidr":"10.0.0.0/8"}"#, r#""11.0.0.1""#, Mismatch::OutsideBlock),
        (r#"{"exists":false}"#, "1", Mismatch::Present),
    ] {
        let pattern: EventPattern = format!("{{\"a\":[{condition}]}}").parse().unwrap();
        let event = format!("{{\"a\":{value}}}");
        let explanation = pattern.explain(&JsonEvent::parse(&event).unwrap());
        let report = &explanation.fields[0].conditions[0];
        assert_eq!((&*report.condition, report.mismatch), (condition, Some(mismatch)), "{event}");
    }
    let pattern: EventPattern = r#"{"data":{"v":[{"exists":false}]}}"#.parse().unwrap();
    let explanation = pattern.explain(&JsonEvent::parse("{}").unwrap());
    assert!(explanation.data_missing && !explanation.matches);
    assert!(explanation.to_string().contains("asks for data"));
}

/// The largest patterns beside the largest events: the work is bounded by their product.
#[test]
fn large_patterns_and_events_end() {
    let values = vec!["1"; 4_000].join(",");
    let contains = vec![r#"{"contains":"x"}"#; 450].join(",");
    let prefixes = vec![r#"{"prefix":"aaaa"}"#; 400].join(",");
    let event = format!(r#"{{"data":{{"v":[{}]}}}}"#, vec!["\"aaa\""; 10_000].join(","));
    let deep = format!("{{\"data\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for conditions in [values, contains, prefixes] {
        let pattern: EventPattern =
            format!(r#"{{"data":{{"v":[{conditions}]}}}}"#).parse().unwrap();
        assert!(!pattern.matches(&event).unwrap());
        assert!(!pattern.matches(&deep).unwrap());
        for event in [&event, &deep] {
            let explanation = pattern.explain(&JsonEvent::parse(event).unwrap()).to_string();
            assert!(explanation.chars().count() < 1_000, "{explanation}");
        }
    }
}
