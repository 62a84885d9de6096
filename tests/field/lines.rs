//! The lines that the receiver prints for such events.

use serde_json::{Value, json};
use tower_eventbridge::envelope::event_texts;

use crate::inputs::{FILES, alike, event, field, half, numbers, pushed};

#[path = "../../examples/receiver/events.rs"]
mod events;

/// One line for each event, as the receiver prints those that it takes out of a batch.
fn printed(body: &[u8]) -> Vec<Value> {
    let texts =
        event_texts(body).map(|texts| texts.into_iter().map(|text| text.into_owned().into_bytes()));
    let texts: Vec<Vec<u8>> = texts.map_or_else(|_| vec![body.to_vec()], Iterator::collect);
    let mut out = Vec::new();
    for text in texts {
        events::write_line(&mut out, &pushed(&text), events::Shows::Attributes).unwrap();
    }
    String::from_utf8(out)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn the_line_does_not_depend_on_data() {
    let plain = printed(event("").as_bytes());
    for json in alike() {
        let about = String::from_utf8_lossy(&json[..json.len().min(80)]);
        assert_eq!(printed(&json), plain, "{about}");
    }
    for (name, id) in FILES {
        let line = &printed(&field(name))[0];
        let found = json!([line["id"], line["source"], line["type"]]);
        assert_eq!(found, json!([id, "acs:mq", "mq:Topic:SendMessage"]), "{name}");
    }
}

#[test]
fn numbers_have_the_line_of_their_text() {
    for (number, json, text) in numbers() {
        assert_eq!(printed(json.as_bytes())[0]["id"], json!(number));
        assert_eq!(printed(json.as_bytes()), printed(text.as_bytes()), "{number}");
    }
}

#[test]
fn half_of_a_name_is_null() {
    for name in ["specversion", "source", "type", "id"] {
        let line = &printed(half(name).as_bytes())[0];
        for other in ["source", "type", "id"] {
            assert_eq!(line[other].is_null(), other == name, "{line}");
        }
    }
}

#[test]
fn half_a_surrogate_pair_in_a_body_leaves_the_line_of_its_request() {
    let event = br#"{"httpMethod":"POST","path":"/a","queryParameters":{"b":"c"},"body":"\ud83e"}"#;
    let line = &printed(event)[0];
    assert_eq!(line["request"], json!({"method": "POST", "path": "/a", "query": "b=c"}), "{line}");
}
