//! `receive --forward`: pushes as they came, with facts and a signature, and the service's answer.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD_SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

fn event(id: &str) -> String {
    format!(r#"{{"specversion":"1.0","source":"acs.test","type":"t:a b","id":"{id}","data":1}}"#)
}

fn value<'a>(arrived: &'a Arrived, name: &str) -> Option<&'a str> {
    let named = arrived.1.iter().find(|(found, _)| found == name);
    named.map(|(_, value)| value.as_str())
}

/// What any library of Standard Webhooks computes.
fn signature(secret: &str, arrived: &Arrived) -> String {
    let key = STANDARD.decode(secret.trim_start_matches("whsec_")).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    let id = value(arrived, "webhook-id").unwrap();
    let timestamp = value(arrived, "webhook-timestamp").unwrap();
    mac.update(format!("{id}.{timestamp}.").as_bytes());
    mac.update(&arrived.2);
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

#[tokio::test]
async fn a_push_arrives_as_it_came_with_its_facts_and_no_others() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}/hooks?x=1", upstream.address);
    let receiver = Receiver::with(&["--forward", &url]).await;
    let forged = [
        ("content-type", "application/cloudevents+json; charset=utf-8"),
        ("eventbridge-tenant", "forged"),
        ("eventbridge_scheme", "forged"),
        ("webhook-id", "forged"),
        ("cookie", "a=b"),
        ("x-request-id", "request-1"),
    ];
    let body = format!(" {}\n", event("主 1"));
    let answer = receiver.push_with(&forged, body.clone()).await;
    assert_eq!(answer, (200, "{\"status\":\"accepted\"}".to_owned()));
    let arrived = upstream.last_with_facts();
    assert_eq!((arrived.0.as_str(), &arrived.2[..]), ("POST /hooks?x=1", body.as_bytes()));
    let facts = [
        ("content-type", "application/cloudevents+json; charset=utf-8"),
        ("eventbridge-assurance", "signed"),
        ("eventbridge-endpoint", URL),
        ("eventbridge-event-id", "%E4%B8%BB%201"),
        ("eventbridge-event-source", "acs.test"),
        ("eventbridge-event-type", "t:a%20b"),
        ("eventbridge-form", "reference"),
        ("eventbridge-scheme", "v2"),
        ("eventbridge-tenant", "default"),
        ("x-request-id", "request-1"),
    ];
    for (name, expected) in facts {
        assert_eq!(value(&arrived, name), Some(expected), "{name}");
    }
    let names: Vec<_> = arrived.1.iter().map(|(name, _)| name.as_str()).collect();
    let others = ["content-length", "eventbridge-key-fingerprint", "eventbridge-timestamp", "host"];
    assert_eq!(names.len(), facts.len() + others.len(), "{names:?}");

    let forgery = signer().push(URL).token(TOKEN).body("{}");
    let forgery = forgery.forgery(tower_eventbridge::signer::Forgery::TamperedBody);
    let forgery = forgery.sign(SystemClock::new().now()).unwrap();
    assert_eq!(receiver.send(forgery).await.0, 401);
    assert!(upstream.arrived.lock().unwrap().is_empty(), "a forged push goes nowhere");
}

/// The headers of the push are not signed: a trace is that of the event, or there is none.
#[tokio::test]
async fn the_trace_of_one_event_goes_on() {
    const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const FORGED: &str = "00-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-bbbbbbbbbbbbbbbb-01";
    let upstream = Upstream::start().await;
    let url = format!("http://{}", upstream.address);
    let receiver = Receiver::with(&["--forward", &url]).await;
    let traced = |id: &str, more: &str| event(id).replace("\"data\"", &format!("{more},\"data\""));
    let parent = format!(r#""traceparent":"{TRACE}""#);
    let both = format!(r#"{parent},"tracestate":"vendor=1""#);
    for (name, body, expected) in [
        ("no extension", event("1"), [None, None]),
        ("traceparent", traced("2", &parent), [Some(TRACE), None]),
        ("both", traced("3", &both), [Some(TRACE), Some("vendor=1")]),
        ("state that is not valid", traced("4", &both.replace("=1", "")), [Some(TRACE), None]),
        ("in upper case", traced("5", &both.replace("4bf", "4BF")), [None, None]),
        ("a line end", traced("6", &both.replace("-01", "-01\\r\\na: b")), [None, None]),
        ("a batch of one", format!("[{}]", traced("7", &both)), [Some(TRACE), Some("vendor=1")]),
        ("a batch", format!("[{},{}]", traced("8", &both), event("9")), [None, None]),
    ] {
        let forged = [("traceparent", FORGED), ("tracestate", "forged=1")];
        assert_eq!(receiver.push_with(&forged, body).await.0, 200, "{name}");
        let arrived = upstream.last();
        let got = ["traceparent", "tracestate"].map(|header| value(&arrived, header));
        assert_eq!(got, expected, "{name}");
    }
    let enclosing = |more: &str, headers: &str| {
        format!(
            r#"{{"specversion":"1.0","source":"s","type":"eventbridge:Events:ApiGateway"{more},
            "data":{{"method":"GET","path":"/p","headers":{{{headers}}}}}}}"#
        )
    };
    let receiver = Receiver::start(&url, &[]).await;
    let client = format!(r#""Traceparent":"{FORGED}","tracestate":"client=1""#);
    for (name, body, expected) in [
        ("that of the client", enclosing("", &client), [Some(FORGED), Some("client=1")]),
        ("that of the event", enclosing(&format!(",{parent}"), &client), [Some(TRACE), None]),
    ] {
        assert_eq!(receiver.push_with(&[("traceparent", TRACE)], body).await.0, 200, "{name}");
        let arrived = upstream.last();
        let got = ["traceparent", "tracestate"].map(|header| value(&arrived, header));
        assert_eq!(got, expected, "{name}");
    }
}

#[tokio::test]
async fn any_service_can_check_it() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}", upstream.address);
    let secrets = ["--forward-secret", SECRET, "--forward-secret", OLD_SECRET];
    let receiver = Receiver::with(&[&["--forward", &url][..], &secrets].concat()).await;
    let mut ids = Vec::new();
    let once = event("once");
    let deep = vec![0xff, 0xfe, 0x00, b'\r', b'\n'];
    for body in [once.clone().into_bytes(), once.into_bytes(), Vec::new(), deep, event("2").into()]
    {
        assert_eq!(receiver.push(body.clone()).await.0, 200);
        let arrived = upstream.last();
        assert_eq!(&arrived.2[..], &body[..]);
        assert_eq!(value(&arrived, "content-length"), Some(body.len().to_string().as_str()));
        let expected = [SECRET, OLD_SECRET].map(|secret| signature(secret, &arrived)).join(" ");
        assert_eq!(value(&arrived, "webhook-signature"), Some(expected.as_str()));
        ids.push(value(&arrived, "webhook-id").unwrap().to_owned());
    }
    assert_eq!(ids[0], ids[1], "stable over tries");
    ids.remove(0);
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 4, "each other event has another");
    let (_, log) = receiver.lines().await;
    assert!(log.contains("--forward-secret: every user of this machine"), "{log}");
    assert!(!log.contains(&SECRET[6..]) && !log.contains(&OLD_SECRET[6..]));
}

#[tokio::test]
async fn the_answer_is_that_of_the_service() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}", upstream.address);
    let receiver = Receiver::with(&["--forward", &url, "--print", "never"]).await;
    for (answered, status) in [
        (200, 200),
        (202, 202),
        (204, 204),
        (422, 422),
        (500, 500),
        (503, 503),
        (302, 502),
        (304, 502),
    ] {
        *upstream.answers.lock().unwrap() = StatusCode::from_u16(answered).unwrap();
        let (got, body) = receiver.push(event(&answered.to_string())).await;
        assert_eq!(got, status, "{answered}");
        assert!(!body.contains("own words"), "the service's words stay inside: {body}");
    }
    let (lines, log) = receiver.lines().await;
    assert!(lines.is_empty());
    assert!(log.contains("302 Found, which is not followed"), "{log}");

    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let receiver = Receiver::with(&["--forward", &format!("http://{nobody}")]).await;
    assert_eq!(receiver.push(event("1")).await.0, 503);
    let (lines, log) = receiver.lines().await;
    assert!(lines.is_empty() && log.contains("cannot be reached"), "{log}");
}

#[tokio::test]
async fn a_batch_goes_on_whole_or_event_by_event() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}", upstream.address);
    let batch = format!("[{},{}]", event("a"), event("b"));
    let kind = [("content-type", "application/cloudevents-batch+json")];

    let whole = Receiver::with(&["--forward", &url, "--dedupe", "memory"]).await;
    for _ in 0..2 {
        assert_eq!(whole.push_with(&kind, batch.clone()).await.0, 200);
    }
    assert_eq!(upstream.arrived.lock().unwrap().len(), 1, "once");
    let arrived = upstream.last_with_facts();
    assert_eq!(&arrived.2[..], batch.as_bytes());
    assert_eq!(value(&arrived, "content-type"), Some(kind[0].1));
    assert_eq!(value(&arrived, "eventbridge-event-id"), None, "of no single event");

    let each = Receiver::with(&["--forward", &url, "--forward-each", "--dedupe", "memory"]).await;
    for _ in 0..2 {
        assert_eq!(each.push_with(&kind, batch.clone()).await.0, 200);
    }
    let arrived: Vec<_> = upstream.arrived.lock().unwrap().drain(..).collect();
    assert_eq!(arrived.len(), 2);
    for (arrived, id) in arrived.iter().zip(["a", "b"]) {
        assert_eq!(&arrived.2[..], event(id).as_bytes());
        assert_eq!(value(arrived, "content-type"), Some("application/cloudevents+json"));
        assert_eq!(value(arrived, "eventbridge-event-id"), Some(id));
    }
}

#[tokio::test]
async fn a_push_and_its_requests_go_to_two_services() {
    let (service, api) = (Upstream::start().await, Upstream::start().await);
    let urls = [&service, &api].map(|upstream| format!("http://{}", upstream.address));
    let receiver = Receiver::with(&["--forward", &urls[0], "--forward-requests", &urls[1]]).await;
    let sample = sample("alibaba-apigateway-event");
    assert_eq!(receiver.push(sample.clone()).await.0, 200);
    assert_eq!(&service.last().2[..], &sample[..]);
    let arrived = api.last_with_facts();
    assert_eq!(arrived.0, "GET /test/eb/1");
    assert_eq!(value(&arrived, "eventbridge-scheme"), Some("v2"));
}

#[tokio::test]
async fn events_are_printed_as_asked() {
    let upstream = Upstream::start().await;
    let url = format!("http://{}", upstream.address);
    let text = event("1");
    let whole: Value = serde_json::from_str(&text).unwrap();
    for (options, shown) in [
        (&[][..], Some(true)),
        (&["--forward", &url], Some(false)),
        (&["--forward", &url, "--print", "always"], Some(true)),
        (&["--forward", &url, "--print", "never"], None),
    ] {
        let receiver = Receiver::with(options).await;
        assert_eq!(receiver.push(text.clone()).await.0, 200, "{options:?}");
        let (lines, _) = receiver.lines().await;
        assert_eq!(lines.first().map(|line| line.get("event").is_some()), shown, "{options:?}");
        let Some(line) = lines.first() else { continue };
        assert_eq!(
            json!([line["id"], line["assurance"], line["tenant"], line["endpoint"]]),
            json!(["1", "signed", "default", URL]),
            "{options:?}"
        );
        if shown == Some(true) {
            assert_eq!(line["event"], whole, "{options:?}");
        }
    }
    let receiver = Receiver::with(&[]).await;
    assert_eq!(receiver.push(&b"\xff\x00"[..]).await.0, 200);
    assert_eq!(receiver.push("plain").await.0, 200);
    let (lines, _) = receiver.lines().await;
    let bodies: Vec<_> = lines.iter().map(|line| line["body_base64"].as_str().unwrap()).collect();
    assert_eq!(bodies, ["/wA=", "cGxhaW4="]);

    let requests_only = ["--forward-requests", &url, "--print", "never"];
    assert_eq!(Receiver::with(&requests_only).await.push(text).await.0, 422, "it went nowhere");
}

#[tokio::test]
async fn options_that_do_not_fit_are_one_line() {
    let base = ["--listen", "127.0.0.1:0", "--endpoint", URL, "--token", TOKEN];
    let secret_file = crate::process::temporary_file("empty-secrets", b"");
    let secret_file = secret_file.to_str().unwrap();
    let to = ["--forward", "http://127.0.0.1:9"];
    for (options, said) in [
        (vec!["--print", "never"], "--print: never needs"),
        (vec!["--forward-each"], "--forward"),
        (vec!["--forward-secret", SECRET], "--forward-secret: needs --forward"),
        (vec![to[0], to[1], "--forward-secret", "hunter2"], "--forward-secret: must be whsec_"),
        (vec![to[0], to[1], "--forward-secret-file", secret_file], "holds no secret"),
        (vec!["--forward", "nonsense"], "--forward: "),
        (vec!["--forward", "http://u:p@a.example"], "--forward: must name a host"),
        (vec!["--forward", "http://a.example/#x"], "--forward: must have no fragment"),
    ] {
        let output = run("receive", &[&base[..], &options].concat()).await;
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(said) && stderr.lines().count() == 1, "{said}: {stderr}");
        assert!(!stderr.contains("hunter2") && !stderr.contains(&SECRET[6..]), "{stderr}");
    }
}
