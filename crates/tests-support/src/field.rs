//! Events as senders really send them, and their proofs.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::json;
use tower_eventbridge::{
    Authentic, Verifier, certificate::Certificate, each_event::PushedEvent, signer::Signer,
};

/// Events whose attributes are those of `event("")`, with data and members that no value can hold.
pub fn alike() -> Vec<Vec<u8>> {
    let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut all: Vec<_> = [
        r#","data":"\ud83e""#,
        r#","data":{"n\ud83e":["\udc00"]}"#,
        r#","data":1e400"#,
        r#","data":[-1e400,0.1e-400]"#,
        &format!(r#","data":{deep}"#),
        r#","data_base64":"eyJhIjoiXHVkODNlIn0=""#,
        r#","ext":"\ud83e","na\udd14me":1,"subject":"\ud83e","time":"x\ud83e""#,
        r#","datacontenttype":"json\ud83e","data_base64":"MQ==""#,
    ]
    .map(|members| event(members).into_bytes())
    .to_vec();
    for before in ["\u{FEFF}", "\u{FEFF}\u{FEFF}", "\u{FEFF}\n ", " \r\n\u{FEFF}"] {
        all.push(format!("{before}{}", event(",\"data\":\"\\uFEFF\"")).into_bytes());
    }
    // In a batch of strings half of a pair may be escaped in the string, or in the JSON in it.
    for half in ["HIGH", r"\ud83e", "LOWHIGH"] {
        let string = json!(event(&format!(r#","data":"{half}""#))).to_string();
        let string = string.replace("HIGH", r"\ud83e").replace("LOW", r"\udd14");
        all.push(format!("[{string}]").into_bytes());
        all.push(format!(r#"{{"EventList":[{string}]}}"#).into_bytes());
    }
    all
}

pub fn event(members: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"s","type":"t","id":"i"{members}}}"#)
}

/// The same event with a number, and with its text.
pub fn numbers() -> impl Iterator<Item = (&'static str, String, String)> {
    ["1", "-5", "12345678901234567890", "1e3", "-1.50E-2", "1e400", "0", "true", "false"]
        .into_iter()
        .map(|number| {
            let of = |number: &str| {
                format!(
                    r#"{{"specversion":"1.0","source":{number},"type":{number},"id":{number}}}"#
                )
            };
            (number, of(number), of(&format!("\"{number}\"")))
        })
}

/// An event of which one of the parts that name it is half of a surrogate pair.
pub fn half(name: &str) -> String {
    let mut value =
        json!({"specversion": "1.0", "source": "s", "type": "t", "id": "i", "data": {}});
    value[name] = "HALF".into();
    value.to_string().replace("HALF", r"a\ud83e")
}

/// Files that hold an event, with its id.
pub const FILES: [(&str, &str); 4] = [
    ("ev-bom.json", "94ebc15f"),
    ("ev-surrogate-lone.json", "94ebc15f"),
    ("ev-1e400.json", "94ebc15f"),
    ("ev-id-number.json", "12345678901234567890"),
];

pub fn field(name: &str) -> Vec<u8> {
    crate::fixtures::read(&format!("field/{name}"))
}

/// The proof of a push with this body.
pub fn authentic(body: &[u8]) -> Authentic {
    static SIGNER: std::sync::OnceLock<Signer> = std::sync::OnceLock::new();
    let signer = SIGNER.get_or_init(|| Signer::generate().unwrap());
    let now = UNIX_EPOCH + Duration::from_secs(1_796_083_200);
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .certificate(signer.certificate_url(), signer.certificate_pem())
        .build()
        .unwrap();
    let push = signer.push(URL).token(TOKEN).body(body.to_vec()).sign(now).unwrap();
    let (parts, body) = push.into_parts();
    let pem = signer.certificate_pem();
    let certificate = Certificate::from_pem_or_der(pem.as_bytes()).unwrap();
    verifier.verify_with_certificate(&parts, body, &certificate, now).unwrap()
}

pub fn pushed(body: &[u8]) -> PushedEvent {
    authentic(body).into()
}

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "5b0c0f6e7c0d4e5f8a9b";
