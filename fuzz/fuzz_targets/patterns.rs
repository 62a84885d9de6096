//! Patterns, a line each, and an event after them: nothing panics, messages are short, explanations
//! and verdicts agree, and a set gives what single patterns give.

#![no_main]

use aliyun_eventbridge::{
    JsonEvent,
    pattern::{EventPattern, EventPatternSet, PatternRules},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let (patterns, event) = text.rsplit_once('\n').unwrap_or((text, "{}"));
    let mut parsed = Vec::new();
    for pattern in patterns.split('\n') {
        let _ = EventPattern::parse_with(pattern, &PatternRules::reference_code());
        match EventPattern::parse(pattern) {
            // Each twice: doubled patterns are given both.
            Ok(pattern) => parsed.extend([pattern.clone(), pattern]),
            Err(error) => assert!(error.to_string().chars().count() < 700),
        }
    }
    let Ok(event) = JsonEvent::parse(event) else {
        assert!(parsed.iter().all(|pattern| pattern.matches(event).is_err()));
        return;
    };
    let mut set: EventPatternSet<usize> = parsed.iter().cloned().enumerate().collect();
    for removed in (0..parsed.len()).step_by(5) {
        assert!(set.remove(&removed).is_some());
    }
    let mut alone = Vec::new();
    for (at, pattern) in parsed.iter().enumerate() {
        let matches = pattern.matches_event(&event);
        let explanation = pattern.explain(&event);
        assert_eq!(explanation.matches, matches);
        assert!(explanation.to_string().chars().count() < 20_000);
        if matches && at % 5 != 0 {
            alone.push(at);
        }
    }
    let together: Vec<_> = set.matching_event(&event).into_iter().copied().collect();
    assert_eq!(together, alone);
    // Bytes are read by the asked names alone.
    let read: Vec<_> = set.matching(event.text()).unwrap().into_iter().copied().collect();
    assert_eq!(read, alone);
    assert_eq!(set.first_matching_event(&event), alone.first());
});
