//! Value, template and event, a line each: nothing panics, results keep their bound, and the value
//! at a path is JSON or the characters of a string.

#![no_main]

use aliyun_eventbridge::{
    JsonEvent,
    event_size::event_size,
    transform::{TargetParameter, TransformLimits},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.splitn(3, '\n');
    let [value, template, event] = [(); 3].map(|()| lines.next().unwrap_or_default());
    let Ok(event) = JsonEvent::parse(event) else { return };
    let _ = event_size(&event);
    let limits = TransformLimits::default().max_output(MAX_OUTPUT);
    for parameter in [
        TargetParameter::json_path("Body", value),
        TargetParameter::template("Body", value, template),
        TargetParameter::template("Body", format!(r#"{{"a":{value}}}"#), template),
    ] {
        match parameter.compile_with(limits).map(|transform| {
            let made = transform.apply(&event);
            made.map(|text| text.map(|text| text.len()))
        }) {
            Ok(Ok(length)) => assert!(length.unwrap_or_default() <= MAX_OUTPUT),
            Ok(Err(error)) | Err(error) => assert!(error.to_string().chars().count() < 600),
        }
    }
    // The whole event, rendered, is an event that is rendered as itself.
    let whole = TargetParameter::json_path("Body", "$").compile().unwrap();
    let Ok(Some(rendered)) = whole.apply(&event) else { return };
    let again = JsonEvent::parse(&*rendered).unwrap();
    assert_eq!(whole.apply(&again).unwrap().unwrap(), rendered);
});

const MAX_OUTPUT: usize = 4_096;
