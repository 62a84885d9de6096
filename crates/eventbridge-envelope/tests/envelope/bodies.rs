//! Byte order marks and base64.

use eventbridge_envelope::{
    ApiGatewayRequest, CloudEvent, CloudEventBatch, EnvelopeErrorKind, FcApiGatewayResponse,
    HttpSourceEvent, JsonText, TencentScfResponse, event_texts,
};
use serde_json::{Value, json};

use crate::common::{dialects, event, reads_as_any_other, request, typed};

#[test]
fn byte_order_marks_are_skipped_before_json_and_stay_inside() {
    const BOM: &str = "\u{FEFF}";
    let plain = event(",\"data\":\"\\uFEFF\u{FEFF}x\"");
    for before in [BOM, "\u{FEFF}\u{FEFF}", "\u{FEFF}\n ", " \r\n\u{FEFF}", "\u{FEFF} \u{FEFF}\t"] {
        let read = reads_as_any_other(format!("{before}{plain}").as_bytes(), before);
        assert_eq!(read.decode::<String>().unwrap(), "\u{FEFF}\u{FEFF}x");
        let batch = format!("{before}[{plain},{plain}]");
        let batch: CloudEventBatch = CloudEventBatch::from_slice(batch.as_bytes()).unwrap();
        assert_eq!(batch.len(), 2);
        assert!(
            CloudEvent::<Value>::from_slice(b"\xEF\xBB\xBF[]").unwrap_err().kind()
                == EnvelopeErrorKind::NotOneEvent
        );
        let strings = format!("{before}{}", json!([format!("{before}{plain}")]));
        let strings: CloudEventBatch = CloudEventBatch::from_slice(strings.as_bytes()).unwrap();
        assert_eq!(strings.events()[0].attributes().id(), Some("i"));
        let list = format!("{before}{{\"EventList\":[{plain}]}}");
        assert_eq!(event_texts(list.as_bytes()).unwrap(), [plain.as_str()]);
        for json in dialects() {
            let json = format!("{before}{json}");
            let read = ApiGatewayRequest::from_slice(json.as_bytes()).expect(&json);
            assert_eq!(read.path, "/p");
            assert!(typed(read.dialect, json.as_bytes()).is_ok(), "{json}");
        }
        for read in [
            FcApiGatewayResponse::from_slice(format!("{before}{{\"statusCode\":204}}").as_bytes())
                .is_ok(),
            TencentScfResponse::from_slice(format!("{before}{{\"statusCode\":204}}").as_bytes())
                .is_ok(),
            JsonText::try_from(format!("\u{FEFF}{before}1")).is_ok(),
        ] {
            assert!(read, "{before:?}");
        }
    }
    let base64 = event(r#","data_base64":"77u/eyJhIjoxfQ""#);
    let read = CloudEvent::<Value>::from_slice(base64.as_bytes()).unwrap();
    assert_eq!(*read.data(), json!({"a": 1}));
    assert_eq!(&read.data_bytes().unwrap()[..3], BOM.as_bytes());
    let utf16 = |mark: &[u8], big| -> Vec<u8> {
        let units = plain
            .encode_utf16()
            .map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        [mark, &units.flatten().collect::<Vec<_>>()].concat()
    };
    for (json, said) in [
        (utf16(b"\xFF\xFE", false), "byte order mark of UTF-16"),
        (utf16(b"\xFE\xFF", true), "byte order mark of UTF-16"),
        (utf16(b"", false), "zero bytes of UTF-16"),
        (utf16(b"", true), "zero bytes of UTF-16"),
        (b"\xFF\xFE\0\0{\0\0\0".to_vec(), "UTF-32"),
        (b"{\"a\":\"\xE9\"}".to_vec(), "byte 7 is of another encoding"),
    ] {
        let errors = [
            CloudEvent::<Value>::from_slice(&json).unwrap_err(),
            CloudEventBatch::<Value>::from_slice(&json).unwrap_err(),
            ApiGatewayRequest::from_slice(&json).unwrap_err(),
            event_texts(&json).unwrap_err(),
            HttpSourceEvent::from_slice(&json).unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), EnvelopeErrorKind::NotJson);
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}

#[test]
fn base64_without_padding_and_with_line_breaks() {
    for text in [
        "aGVsbG8gd29ybGQ=",
        "aGVsbG8gd29ybGQ",
        "aGVsbG8g\r\nd29ybGQ=\r\n",
        "aGVsbG8g\nd29ybGQ",
        "aGVs\rbG8g\n\nd29ybGQ=",
        "aGVsbG8gd29ybGQ= \t",
        " aGVsbG8g  \n\t d29ybGQ",
        "\r\naGVsbG8gd29ybGQ=",
    ] {
        let quoted = json!(text);
        let cloud = event(&format!(r#","datacontenttype":"text/plain","data_base64":{quoted}"#));
        let cloud: CloudEvent = CloudEvent::from_slice(cloud.as_bytes()).expect(text);
        assert_eq!(cloud.data_bytes().unwrap(), "hello world", "{text:?}");
        for keys in [r#""queryParameters":{}"#, r#""requestContext":{}"#] {
            let json = format!(
                r#"{{"httpMethod":"POST","path":"/",{keys},"isBase64Encoded":true,"body":{quoted}}}"#
            );
            assert_eq!(request(json.as_bytes()).expect(text).body(), "hello world", "{json}");
        }
        let http = format!(
            r#"{{"version":"v1","rawPath":"/","requestContext":{{"http":{{"method":"POST"}}}},"isBase64Encoded":true,"body":{quoted}}}"#
        );
        assert_eq!(request(http.as_bytes()).expect(text).body(), "hello world");
    }
    for (text, said) in [
        ("aGVs-G8_", "position 5 is of the URL-safe alphabet"),
        ("aGVs\r\nb_8", "position 8 is of the URL-safe alphabet"),
        ("aG Vs", "position 3 is a space within a line"),
        ("aG==aGVs", "position 3 is a = before the end"),
        ("aGVs%", "position 5 is not of the alphabet"),
        (" \n a!Vs", "position 5 is not of the alphabet"),
        ("aGVsb", "ends after one character of a group of four"),
        ("aGVsbG=", "position 6 has bits beyond the last byte"),
    ] {
        let cloud = event(&format!(r#","data_base64":{}"#, json!(text)));
        let error = CloudEvent::<Value>::from_slice(cloud.as_bytes()).unwrap_err();
        assert_eq!(error.field(), "data_base64");
        assert!(error.to_string().contains(said), "{text:?}: {error}");
        let json =
            json!({"httpMethod": "POST", "path": "/", "isBase64Encoded": true, "body": text});
        let error = request(json.to_string().as_bytes()).unwrap_err();
        assert_eq!(error.field(), "body");
        assert!(error.to_string().contains(said), "{text:?}: {error}");
    }
}
