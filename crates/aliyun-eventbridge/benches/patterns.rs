//! What an event costs a set of patterns, and how that grows with their number.
//!
//! ```text
//! cargo bench -p aliyun-eventbridge --bench patterns
//! ```
//!
//! It ends with two tables: growth from 10 to 10,000 patterns, and sets beside a naive loop.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::as_conversions,
    missing_docs,
    reason = "a bench, which times"
)]

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use aliyun_eventbridge::{
    JsonEvent,
    pattern::{EventPattern, EventPatternSet},
};
use criterion::{BenchmarkId, Criterion, criterion_group};

/// An event of 1 KiB, as OSS publishes them.
fn event(number: usize) -> String {
    let objects: Vec<_> = (0..8)
        .map(|at| {
            format!(r#"{{"key":"dir/{at}.jpg","size":{},"eTag":"5B3C1A2E053D763E1B00"}}"#, at * 77)
        })
        .collect();
    format!(
        r#"{{"id":"45ef4dewdwe1-7c35-447a-bd93-fab****","source":"source-{number}","specversion":"1.0","type":"app:Type:{number}","datacontenttype":"application/json","subject":"acs:oss:cn-hangzhou:1234567:bucket/dir/{number}.jpg","time":"2020-11-19T21:04:41+08:00","aliyunaccountid":"1234567","aliyunregionid":"cn-hangzhou","aliyuneventbusname":"demo","data":{{"state":"running","count":{number},"ratio":0.50,"ip":"10.0.0.{}","objects":[{}]}}}}"#,
        number % 250,
        objects.join(",")
    )
}

type Family = (&'static str, fn(usize) -> String);

/// Patterns by number; the event of the same number matches at least that one.
const FAMILIES: [Family; 18] = [
    ("source and type", |n| format!(r#"{{"source":["source-{n}"],"type":["app:Type:{n}"]}}"#)),
    ("type of one source", |n| format!(r#"{{"source":["source-7"],"type":["app:Type:{n}"]}}"#)),
    ("100 regions by types", |n| {
        format!(r#"{{"aliyunregionid":["cn-{}"],"type":["app:Type:{}"]}}"#, n % 100, n / 100)
    }),
    ("prefixes", |n| format!(r#"{{"source":["source-7"],"type":[{{"prefix":"app:Type:{n}"}}]}}"#)),
    ("suffixes", |n| format!(r#"{{"subject":[{{"suffix":"/{n}.jpg"}}]}}"#)),
    ("the same prefix", |n| {
        format!(r#"{{"type":[{{"prefix":"app:"}}],"data":{{"count":[{{"numeric":["=",{n}]}}]}}}}"#)
    }),
    ("the same suffix", |n| {
        format!(
            r#"{{"subject":[{{"suffix":".jpg"}}],"data":{{"count":[{{"numeric":["=",{n}]}}]}}}}"#
        )
    }),
    ("anything-but", |n| format!(r#"{{"data":{{"state":[{{"anything-but":"state-{n}"}}]}}}}"#)),
    ("anything-but, none left", |n| {
        format!(r#"{{"data":{{"state":[{{"anything-but":["running","state-{n}"]}}]}}}}"#)
    }),
    ("numbers", |n| format!(r#"{{"data":{{"count":[{{"numeric":["=",{n}]}}]}}}}"#)),
    ("ranges", |n| format!(r#"{{"data":{{"count":[{{"numeric":[">=",{n},"<",{}]}}]}}}}"#, n + 5)),
    ("open ranges, few left", |n| format!(r#"{{"data":{{"count":[{{"numeric":[">",{n}]}}]}}}}"#)),
    ("blocks", |n| {
        format!(r#"{{"data":{{"ip":[{{"cidr":"10.{}.{}.0/24"}}]}}}}"#, n / 256, n % 256)
    }),
    ("types and ranges", |n| {
        format!(r#"{{"type":[{{"prefix":"app:"}}],"data":{{"count":[{{"numeric":[">=",{n}]}}]}}}}"#)
    }),
    ("exists false", |n| {
        format!(
            r#"{{"dataschema":[{{"exists":false}}],"data":{{"count":[{{"numeric":["=",{n}]}}]}}}}"#
        )
    }),
    ("distinct absent fields", |n| format!(r#"{{"data":{{"field-{n}":[{{"exists":false}}]}}}}"#)),
    ("contains", |n| format!(r#"{{"subject":[{{"contains":"/{n}."}}]}}"#)),
    ("everything", |_| "{}".to_owned()),
];

fn patterns(family: fn(usize) -> String, count: usize) -> EventPatternSet<usize> {
    (0..count).map(|n| (n, family(n).parse::<EventPattern>().unwrap())).collect()
}

fn growth(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("patterns");
    let event = event(7);
    for (name, family) in FAMILIES.into_iter().take(5) {
        for count in [10, 10_000] {
            let set = patterns(family, count);
            group.bench_with_input(BenchmarkId::new(name, count), &event, |bencher, event| {
                bencher.iter(|| set.matching(black_box(event)).unwrap().len());
            });
        }
    }
    let one: EventPattern = FAMILIES[0].1(7).parse().unwrap();
    group.bench_function("one pattern", |bencher| {
        bencher.iter(|| one.matches(black_box(&event)).unwrap());
    });
    group.bench_function("the event alone", |bencher| {
        bencher.iter(|| JsonEvent::parse(black_box(&event)).unwrap().text().len());
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30);
    targets = growth
}

/// The fastest of several runs, in nanoseconds a call.
fn nanoseconds(mut call: impl FnMut() -> usize) -> f64 {
    let mut calls = 1_u32;
    let mut best = f64::MAX;
    for _ in 0..12 {
        let start = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        let elapsed = start.elapsed();
        best = best.min(elapsed.as_nanos() as f64 / f64::from(calls));
        if elapsed < Duration::from_millis(20) {
            calls *= 4;
        }
    }
    best
}

fn tables() {
    let event = event(7);
    println!("\nnanoseconds an event ({} bytes)", event.len());
    println!("{:<24} {:>10} {:>12} {:>7}", "patterns", "10", "10,000", "ratio");
    for (name, family) in FAMILIES {
        let [few, many] = [10, 10_000].map(|count| {
            let set = patterns(family, count);
            nanoseconds(|| set.matching(&event).unwrap().len())
        });
        println!("{name:<24} {few:>10.0} {many:>12.0} {:>7.2}", many / few);
    }
    println!("\nnanoseconds an event, 1,000 patterns");
    println!(
        "{:<24} {:>10} {:>12} {:>12} {:>8}",
        "patterns", "set", "naive", "read once", "set/once"
    );
    for (name, family) in FAMILIES {
        let set = patterns(family, 1_000);
        let list: Vec<_> = set.iter().map(|(_, pattern)| pattern.clone()).collect();
        let together = nanoseconds(|| set.matching(&event).unwrap().len());
        let naive = nanoseconds(|| list.iter().filter(|one| one.matches(&event).unwrap()).count());
        let once = nanoseconds(|| {
            let event = JsonEvent::parse(&event).unwrap();
            list.iter().filter(|one| one.matches_event(&event)).count()
        });
        println!("{name:<24} {together:>10.0} {naive:>12.0} {once:>12.0} {:>8.3}", together / once);
    }
}

fn main() {
    benches();
    Criterion::default().configure_from_args().final_summary();
    tables();
}
