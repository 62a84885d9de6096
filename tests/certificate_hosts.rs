//! A region's two hosts as the layer meets them: what is asked for, measured and logged; and certificates from files.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "test code"
)]

use std::{
    convert::Infallible,
    io,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{Empty, Full};
use metrics_exporter_prometheus::PrometheusBuilder;
use tower::{Layer, ServiceExt, service_fn};
use tower_eventbridge::{
    ConfigError, Verifier, VerifyLayer,
    certificate::{AllowedUrl, FetchError, HttpsSource, HttpsSourceErrorKind, RegionHost},
    clock::{Clock, SystemClock},
    signer::Signer,
    verify::VerifiedBody,
};

const URL: &str = "https://hooks.example.com/events";
const TOKEN: &str = "0123456789abcdef";
const FILE: &str = "x509_public_certificate_2021012501.pem";

fn url(bucket: &str, endpoint: &str) -> String {
    format!("https://{bucket}-eventbridge.oss-{endpoint}.aliyuncs.com/{FILE}")
}

/// A writer that keeps what tracing prints.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One recorder for the process, so one test.
#[tokio::test]
async fn each_host_is_fetched_from_as_named_and_measured_and_logged() {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let captured = Captured::default();
    let writer = captured.clone();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone());
    let _guard = tracing::subscriber::set_default(subscriber.finish());

    let signer = Signer::generate().unwrap();
    // As hosts and people write them, and not only as openssl does.
    let served = format!("\u{feff}Bag Attributes\r\n  x: y\r\n{}more", signer.certificate_pem());
    let fetched = Arc::new(Mutex::new(Vec::new()));
    let verifier = Verifier::builder()
        .endpoint(URL)
        .token(TOKEN)
        .region("cn-hangzhou")
        .certificate_url("https://mirror.example/a.pem")
        .internal_oss_host()
        .build()
        .unwrap();
    let source = {
        let fetched = Arc::clone(&fetched);
        move |url: AllowedUrl| {
            fetched.lock().unwrap().push(url.to_string());
            let served = Bytes::from(served.clone());
            async move { Ok::<_, FetchError>(served) }
        }
    };
    let layer = VerifyLayer::builder(verifier).source(source).build().unwrap();
    let service = layer.layer(service_fn(async |_: Request<VerifiedBody>| {
        Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new()))
    }));
    for (url, host) in [
        (url("cn-hangzhou", "accelerate"), "accelerate"),
        (url("cn-hangzhou", "cn-hangzhou"), "regional"),
        (url("cn-hangzhou", "cn-hangzhou-internal"), "internal"),
        ("https://mirror.example/a.pem".to_owned(), "exact"),
    ] {
        let signer = signer.clone().with_certificate_url(&url);
        for lookup in ["missing", "fresh"] {
            let push = signer.push(URL).token(TOKEN).body("{}").sign(SystemClock::new().now());
            let push = push.unwrap().map(Full::new);
            assert_eq!(service.clone().oneshot(push).await.unwrap().status(), StatusCode::OK);
            let text = metrics.render();
            let counted = |name: &str, label: &str, value: &str| {
                text.lines().any(|line| {
                    line.starts_with(&format!("eventbridge_certificate_{name}_total{{"))
                        && line.contains(&format!("{label}=\"{value}\""))
                        && line.contains(&format!("host=\"{host}\""))
                })
            };
            assert!(counted("lookups", "result", lookup) || host == "exact", "{host}: {text}");
            assert!(counted("fetches", "outcome", "ok"), "{host}: {text}");
        }
        assert!(fetched.lock().unwrap().contains(&url), "{url}: as the push named it");
        let log = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        let has = |message: &str, field: &str| {
            log.lines()
                .any(|line| line.contains(message) && line.contains(&format!("{field}=\"{host}\"")))
        };
        assert!(has("fetched with a new key", " host"), "{host}: {log}");
        assert!(has("push accepted", "certificate_host"), "{host}: {log}");
    }
    assert_eq!(fetched.lock().unwrap().len(), 4);

    for (bucket, endpoint) in [
        ("cn-hangzhou", "cn-beijing"),
        ("cn-beijing", "cn-hangzhou"),
        ("cn-beijing", "cn-beijing"),
        ("cn-beijing", "cn-beijing-internal"),
        ("evil", "cn-hangzhou"),
        ("cn-hangzhou", "accelerate-overseas"),
    ] {
        let signer = signer.clone().with_certificate_url(url(bucket, endpoint));
        let push = signer.push(URL).token(TOKEN).body("{}").sign(SystemClock::new().now());
        let response = service.clone().oneshot(push.unwrap().map(Full::new)).await.unwrap();
        assert_eq!(response.status(), StatusCode::UNAUTHORIZED, "{bucket} {endpoint}");
    }
    assert_eq!(fetched.lock().unwrap().len(), 4, "nothing was fetched for these");
}

/// A region that is not listed stands for the same hosts, and for no other region's.
#[test]
fn an_unlisted_region_has_the_same_hosts() {
    let signer = Signer::generate().unwrap();
    let verifier = |internal: bool| {
        let builder = Verifier::builder().endpoint(URL).token(TOKEN).unlisted_region("xx-new-1");
        if internal { builder.internal_oss_host() } else { builder }.build().unwrap()
    };
    let allowed = |bucket: &str, endpoint: &str, internal: bool| {
        let signer = signer.clone().with_certificate_url(url(bucket, endpoint));
        let now = SystemClock::new().now();
        let (parts, _) = signer.push(URL).token(TOKEN).sign(now).unwrap().into_parts();
        let head = verifier(internal).check_head(&parts, now);
        head.ok().and_then(|head| head.certificate_url().region_host())
    };
    for internal in [false, true] {
        assert_eq!(allowed("xx-new-1", "accelerate", internal), Some(RegionHost::Accelerate));
        assert_eq!(allowed("xx-new-1", "xx-new-1", internal), Some(RegionHost::Regional));
        let third = allowed("xx-new-1", "xx-new-1-internal", internal);
        assert_eq!(third, internal.then_some(RegionHost::Internal));
        for (bucket, endpoint) in [
            ("xx-new-1", "xx-new-2"),
            ("xx-new-2", "xx-new-1"),
            ("cn-hangzhou", "cn-hangzhou"),
            ("xx-new-1", "xx-new-1-internal-internal"),
            ("xx-new", "1-xx-new-1"),
        ] {
            assert_eq!(allowed(bucket, endpoint, internal), None, "{bucket} {endpoint}");
        }
    }
}

fn root() -> String {
    std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/crates/eventbridge-cli/test_root.pem"
    ))
    .unwrap()
}

/// TLS roots are certificates from files too: as many as there are, however they are written.
#[test]
fn roots_are_read_as_certificates_are() {
    let root = root();
    for (name, pem) in [
        ("as it is", root.clone()),
        ("a byte order mark", format!("\u{feff}{root}")),
        ("text around", format!("# Firmen-CA\n{root}# end")),
        ("CRLF", root.replace('\n', "\r\n")),
        ("indented", root.replace('\n', "\n\t")),
        ("another label", root.replace("CERTIFICATE", "X509 CERTIFICATE")),
        ("two", format!("{root}text\n{root}")),
    ] {
        let built = HttpsSource::builder().root_certificates(pem).build();
        assert!(built.is_ok(), "{name}: {}", built.unwrap_err());
    }
    let key =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/keys/rsa1024.key"));
    for (name, pem, says) in [
        ("nothing", String::new(), "-----BEGIN CERTIFICATE-----"),
        ("HTML", "<html>".to_owned(), "HTML"),
        ("a key beside it", format!("{root}{}", key.unwrap()), "PRIVATE KEY"),
        ("cut off", root.replace("-----END CERTIFICATE-----", ""), "has no END line"),
        ("a damaged second one", format!("{root}{}", root.replace("MII", "M.I")), "not base64"),
    ] {
        let error = HttpsSource::builder().root_certificates(pem).build().unwrap_err();
        assert_eq!(error.kind(), HttpsSourceErrorKind::Root, "{name}");
        assert!(error.to_string().contains(says), "{name}: {error}");
    }
}

/// The configuration says what a file has instead of a certificate.
#[test]
fn certificates_given_say_what_was_found() {
    let signer = Signer::generate().unwrap();
    let pem = signer.certificate_pem();
    let given = |bytes: &[u8]| {
        Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .certificate("https://mirror.example/a.pem", bytes)
            .build()
    };
    assert!(given(format!("text\n{pem}text").as_bytes()).is_ok());
    for (bytes, says) in [
        (pem.repeat(2), "found 2 CERTIFICATE blocks"),
        (
            format!("{pem}-----BEGIN RSA PRIVATE KEY-----\n-----END RSA PRIVATE KEY-----\n"),
            "RSA PRIVATE KEY",
        ),
        ("<html></html>".to_owned(), "found an HTML page"),
        (
            pem.replace("-----END CERTIFICATE-----", ""),
            "BEGIN CERTIFICATE at line 1 has no END line",
        ),
        (String::new(), "only white space or nothing"),
    ] {
        let error = given(bytes.as_bytes()).unwrap_err();
        assert!(matches!(error, ConfigError::InvalidCertificate { .. }), "{error}");
        assert!(error.to_string().contains(says), "{error}");
    }
}
