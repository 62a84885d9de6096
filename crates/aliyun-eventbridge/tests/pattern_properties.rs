//! Random patterns and events: sets and single patterns agree, explanations and verdicts agree, and
//! nothing panics.

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
    pattern::{EventPattern, EventPatternSet},
};
use proptest::{collection::vec, prelude::*, sample::select};

const TEXTS: [&str; 8] = ["", "a", "ab", "abc", "b", "10.0.0.1", "10.0.1.1", "1"];

fn scalar() -> impl Strategy<Value = String> {
    let numbers = ["1", "1.0", "10", "-3e2", "1e400", "0.00000005"];
    let texts: Vec<_> = TEXTS.iter().map(|text| format!("\"{text}\"")).collect();
    let escaped = ["\"\\u0061b\"", "\"\\\"\"", "\"主\""];
    let mut scalars = texts;
    scalars.extend(
        numbers.iter().chain(&escaped).chain(&["true", "false", "null"]).map(ToString::to_string),
    );
    select(scalars)
}

fn text() -> impl Strategy<Value = String> {
    select(&TEXTS[1..]).prop_map(|text| format!("\"{text}\""))
}

fn operator() -> impl Strategy<Value = String> {
    let list = vec(scalar(), 0..4).prop_map(|values| format!("[{}]", values.join(",")));
    let comparison = (select(&["=", "!=", ">", ">=", "<", "<="][..]), -3..12_i32);
    prop_oneof![
        text().prop_map(|text| format!("\"prefix\":{text}")),
        text().prop_map(|text| format!("\"suffix\":{text}")),
        text().prop_map(|text| format!("\"contains\":{text}")),
        scalar().prop_map(|value| format!("\"anything-but\":{value}")),
        list.prop_map(|list| format!("\"anything-but\":{list}")),
        text().prop_map(|text| format!("\"anything-but\":{{\"prefix\":{text}}}")),
        text().prop_map(|text| format!("\"anything-but\":{{\"suffix\":{text}}}")),
        vec(comparison, 1..3).prop_map(|pairs| {
            let pairs: Vec<_> = pairs.iter().map(|(sign, n)| format!("\"{sign}\",{n}")).collect();
            format!("\"numeric\":[{}]", pairs.join(","))
        }),
        select(&["10.0.0.0/24", "10.0.0.1", "0.0.0.0/0", "::/0"][..])
            .prop_map(|block| format!("\"cidr\":\"{block}\"")),
        any::<bool>().prop_map(|exists| format!("\"exists\":{exists}")),
    ]
}

/// Objects of operators, each there once.
fn operators() -> impl Strategy<Value = String> {
    vec(operator(), 1..4).prop_map(|mut operators| {
        let name = |operator: &String| operator.split(':').next().map(str::to_owned);
        operators.sort_by_key(name);
        operators.dedup_by_key(|operator| name(operator));
        format!("{{{}}}", operators.join(","))
    })
}

fn leaf() -> impl Strategy<Value = String> {
    let condition = prop_oneof![3 => scalar(), 2 => operators()];
    prop_oneof![
        2 => vec(scalar(), 1..4),
        3 => vec(condition, 1..4),
    ]
    .prop_map(|conditions| format!("[{}]", conditions.join(",")))
}

fn object(members: &[(&str, String)]) -> String {
    let members: Vec<_> =
        members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn names() -> impl Strategy<Value = Vec<&'static str>> {
    prop::sample::subsequence(vec!["source", "type", "x", "a"], 0..=3)
}

fn pattern() -> impl Strategy<Value = String> {
    let inner = (leaf(), leaf(), 0..4_u8).prop_map(|(one, two, shape)| match shape {
        0 => format!("{{\"a\":{one}}}"),
        1 => format!("{{\"a\":{one},\"b\":{two}}}"),
        2 => format!("{{\"a\":{{\"b\":{one}}}}}"),
        _ => format!("{{\"a\":{{\"b\":{one},\"c\":{two}}},\"d\":{two}}}"),
    });
    (names(), vec(leaf(), 4), prop::option::of(inner)).prop_map(|(names, leaves, data)| {
        let mut members: Vec<_> = names.into_iter().zip(leaves).collect();
        members.extend(data.map(|data| ("data", data)));
        object(&members)
    })
}

fn value() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|values| format!("[{}]", values.join(", "))),
            vec((select(&["a", "b", "c", "d"][..]), inner), 0..4)
                .prop_map(|members| object(&members)),
        ]
    })
}

fn crowded_text() -> impl Strategy<Value = String> {
    prop_oneof![
        20 => "[ab主]{1,7}",
        1 => (60..70_usize).prop_map(|length| "a".repeat(length)),
        1 => (60..70_usize).prop_map(|length| format!("{}b", "a".repeat(length))),
    ]
}

/// Numbers that are far from each other, next to each other, and equal.
fn crowded_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        (-20..20_i32).prop_map(f64::from),
        (-4..4_i32).prop_map(|ulps| 5.0 + f64::from(ulps) * 0.000_000_05),
        (-4..4_i32).prop_map(|steps| 999_999_990.0 + f64::from(steps)),
        select(&[1e9, -1e9, 0.0, -0.0, 1e-300, -1e-300][..]),
        -1e9..1e9_f64,
    ]
}

fn crowded() -> impl Strategy<Value = String> {
    let text = || crowded_text().prop_map(|text| format!("\"{text}\""));
    let numeric = (select(&["=", "!=", ">", ">=", "<", "<="][..]), crowded_number());
    prop_oneof![
        2 => text().prop_map(|text| format!("\"prefix\":{text}")),
        2 => text().prop_map(|text| format!("\"suffix\":{text}")),
        9 => text().prop_map(|text| format!("\"contains\":{text}")),
        1 => text().prop_map(|text| format!("\"anything-but\":{text}")),
        1 => text().prop_map(|text| format!("\"anything-but\":[null,{text}]")),
        1 => text().prop_map(|text| format!("\"anything-but\":{{\"prefix\":{text}}}")),
        1 => text().prop_map(|text| format!("\"anything-but\":{{\"suffix\":{text}}}")),
        3 => vec(numeric, 1..3).prop_map(|pairs| {
            let pairs: Vec<_> = pairs.iter().map(|(sign, n)| format!("\"{sign}\",{n:?}")).collect();
            format!("\"numeric\":[{}]", pairs.join(","))
        }),
        2 => (0..4_u8, 0..4_u8, 0..=32_u8)
            .prop_map(|(c, d, length)| format!("\"cidr\":\"10.0.{c}.{d}/{length}\"")),
        1 => (0..4_u16, 0..=128_u8)
            .prop_map(|(end, length)| format!("\"cidr\":\"2001:db8::{end}/{length}\"")),
        1 => any::<bool>().prop_map(|exists| format!("\"exists\":{exists}")),
    ]
}

fn crowded_value() -> impl Strategy<Value = String> {
    let scalar = prop_oneof![
        6 => "[ab主]{0,12}".prop_map(|text| format!("\"{text}\"")),
        2 => crowded_text().prop_map(|text| format!("\"{text}\"")),
        4 => crowded_number().prop_map(|number| format!("{number:?}")),
        2 => (0..4_u8, 0..4_u8).prop_map(|(c, d)| format!("\"10.0.{c}.{d}\"")),
        1 => (0..4_u16).prop_map(|end| format!("\"2001:db8::{end}\"")),
        1 => Just("null".to_owned()),
    ];
    prop_oneof![
        4 => scalar.clone(),
        1 => vec(scalar, 0..4).prop_map(|values| format!("[{}]", values.join(","))),
    ]
}

/// Events, with doubled names too.
fn event() -> impl Strategy<Value = String> {
    vec((select(&["source", "type", "x", "a", "data", "data"][..]), value()), 0..6)
        .prop_map(|members| object(&members))
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(1_500)
    })]

    #[test]
    fn sets_and_single_patterns_agree(
        patterns in vec(pattern(), 0..24),
        events in vec(event(), 1..8),
        removed in vec(0..24_usize, 0..12),
    ) {
        let mut patterns: Vec<EventPattern> =
            patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
        // Some patterns twice.
        patterns.extend(patterns.clone().into_iter().step_by(3));
        let mut set: EventPatternSet<usize> = patterns.iter().cloned().enumerate().collect();
        for removed in &removed {
            let there = set.get(removed).is_some();
            prop_assert_eq!(set.remove(removed).is_some(), there);
        }
        for event in &events {
            let event = JsonEvent::parse(event).unwrap();
            let matches = |at: &usize| set.get(at).is_some() && patterns[*at].matches_event(&event);
            let alone: Vec<_> = (0..patterns.len()).filter(matches).collect();
            let together: Vec<_> = set.matching_event(&event).into_iter().copied().collect();
            prop_assert_eq!(&together, &alone, "{}", event.text());
            prop_assert_eq!(set.first_matching_event(&event), alone.first());
            // Bytes are read by the asked names alone.
            let read: Vec<_> = set.matching(event.text()).unwrap().into_iter().copied().collect();
            prop_assert_eq!(&read, &alone, "{}", event.text());
            for (at, pattern) in patterns.iter().enumerate() {
                let read = pattern.matches(event.text()).unwrap();
                prop_assert_eq!(read, pattern.matches_event(&event), "{} {}", at, pattern);
            }
        }
    }

    /// Enough conditions of one field for every index, of one operator most of all.
    #[test]
    fn large_sets_and_single_patterns_agree(
        operators in vec(crowded(), 130..200),
        values in vec(crowded_value(), 1..12),
    ) {
        let patterns: Vec<EventPattern> = operators
            .iter()
            .map(|operator| format!("{{\"x\":[{{{operator}}}]}}").parse().unwrap())
            .collect();
        let set: EventPatternSet<usize> = patterns.iter().cloned().enumerate().collect();
        for value in values {
            let event = format!("{{\"x\":{value}}}");
            let event = JsonEvent::parse(&event).unwrap();
            let matches = |at: &usize| patterns[*at].matches_event(&event);
            let alone: Vec<_> = (0..patterns.len()).filter(matches).collect();
            let together: Vec<_> = set.matching_event(&event).into_iter().copied().collect();
            prop_assert_eq!(together, alone, "{}", event.text());
        }
    }

    #[test]
    fn explanations_and_verdicts_agree(pattern in pattern(), event in event()) {
        let pattern: EventPattern = pattern.parse().unwrap();
        let event = JsonEvent::parse(&event).unwrap();
        let explanation = pattern.explain(&event);
        prop_assert_eq!(explanation.matches, pattern.matches_event(&event));
        for field in &explanation.fields {
            prop_assert_eq!(field.holds, field.conditions.iter().any(|one| one.holds));
        }
        prop_assert!(explanation.to_string().chars().count() < 8_192);
    }

    /// White space, the order of members and escapes change nothing.
    #[test]
    fn only_values_count(pattern in pattern(), event in event()) {
        let pattern: EventPattern = pattern.parse().unwrap();
        let escaped = event.replace('a', "\\u0061").replace("f\\u0061lse", "false");
        let spaced = event.replace(',', " ,\n").replace('{', "{ ").replace('\u{0}', "");
        let verdict = pattern.matches(&event).unwrap();
        prop_assert_eq!(pattern.matches(escaped).unwrap(), verdict);
        prop_assert_eq!(pattern.matches(spaced).unwrap(), verdict);
    }

    #[test]
    fn nothing_panics(pattern in ".{0,80}", event in ".{0,80}", json in value()) {
        let (source, data) = (format!("{{\"source\":{json}}}"), format!("{{\"data\":{json}}}"));
        for pattern in [pattern, json, source, data] {
            match EventPattern::parse(&pattern) {
                Ok(parsed) => { let _ = parsed.matches(&event); }
                Err(error) => prop_assert!(error.to_string().chars().count() < 600),
            }
        }
    }
}

/// Free places are reused: a set that changes all the time does not grow.
#[test]
fn a_set_that_changes_stays_small_and_right() {
    let pattern =
        |n: usize| format!(r#"{{"type":["t{n}"],"data":{{"f{n}":[{{"exists":false}}]}}}}"#);
    let mut set = EventPatternSet::new();
    for n in 0..2_000 {
        assert!(set.insert(n % 10, pattern(n).parse().unwrap()).is_none() == (n < 10));
    }
    assert_eq!(set.len(), 10);
    assert_eq!(set.matching(r#"{"type": "t1993", "data": {}}"#).unwrap(), [&3]);
    assert!(set.matching(r#"{"type": "t3", "data": {}}"#).unwrap().is_empty());
    let keys: Vec<_> = set.iter().map(|(key, _)| *key).collect();
    assert_eq!(keys, (0..10).collect::<Vec<_>>());
}
