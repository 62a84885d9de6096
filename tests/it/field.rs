//! Keys of events as senders really send them: inputs of public reports (fixtures/field), and the
//! kinds that they stand for. How they are read: crates/eventbridge-envelope/tests/envelope.

use tests_support::field::{FILES, alike, authentic, event, field, half, numbers, pushed};
use tower_eventbridge::idempotency::IdempotencyKey;

fn key(body: &[u8]) -> Option<IdempotencyKey> {
    IdempotencyKey::of_event(&pushed(body))
}

#[test]
fn the_key_does_not_depend_on_data() {
    let plain = key(event("").as_bytes());
    assert!(plain.is_some());
    for json in alike() {
        assert_eq!(key(&json), plain, "{}", String::from_utf8_lossy(&json[..json.len().min(80)]));
    }
    for (name, _) in FILES {
        assert!(key(&field(name)).is_some(), "{name}");
        assert_eq!(authentic(&field(name)).body(), &field(name)[..], "the signed bytes stay");
    }
}

#[test]
fn numbers_and_their_texts_have_one_key() {
    for (number, json, text) in numbers() {
        assert!(key(json.as_bytes()).is_some(), "{number}");
        assert_eq!(key(json.as_bytes()), key(text.as_bytes()), "{number}");
    }
}

#[test]
fn half_of_a_name_is_no_key() {
    for name in ["specversion", "source", "type", "id"] {
        assert_eq!(key(half(name).as_bytes()), None, "{name}");
    }
}
