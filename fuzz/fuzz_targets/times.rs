//! Text as times: nothing panics, white space around and the case of letters change nothing, and
//! what an error says stays short.

#![no_main]

use libfuzzer_sys::fuzz_target;
use eventbridge_envelope::parse_event_time;

fuzz_target!(|text: &str| {
    let read = parse_event_time(text);
    assert_eq!(parse_event_time(&format!(" {text}\n")), read);
    match read {
        Ok(time) => {
            assert_eq!(parse_event_time(&text.to_ascii_lowercase()), Ok(time));
            assert_eq!(parse_event_time(&text.to_ascii_uppercase()), Ok(time));
        }
        Err(error) => assert!(error.to_string().len() < 2_000),
    }
});
