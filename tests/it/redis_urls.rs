//! The URLs of the store on Redis.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "test code")]

use tower_eventbridge::idempotency::RedisStore;

const BAD_URLS: [(&str, &str); 24] = [
    ("localhost:6379", "no scheme"),
    ("redis+cluster://", "names no node"),
    ("rediss+cluster://user:pw-secret@", "names no node"),
    ("valkeys+cluster://", "names no node"),
    ("redis+cluster://a:1,", "no host"),
    ("redis+cluster://a:1,,b:2", "no host"),
    ("redis+cluster://a:pw-secret", "port"),
    ("redis+cluster://a:0", "port"),
    ("redis+cluster://a:65536", "port"),
    ("redis+cluster://a:1,rediss+cluster://b:2", "scheme more than once"),
    ("redis://a:1,rediss://b:2", "scheme more than once"),
    ("redis://a:1,b:2", "redis+cluster://"),
    ("redis+cluster://a:1/3", "no database but 0"),
    ("redis+cluster://a:1?x=1", "no parameters"),
    ("redis+cluster://u:pw-secret@a:1,u:pw-secret@b:2", "before the first node"),
    ("rediss+cluster://a:1#insecure", "fragment"),
    ("redis+sentinel://a:1/main#x", "fragment"),
    ("redis+sentinel://a:1/main?sentinel_password=x#y", "fragment"),
    ("redis+sentinel://a:1,b:2", "names no service"),
    ("redis+sentinel:///main", "names no node"),
    ("redis+sentinel://a:1/main/x", "database is not a number"),
    ("redis+sentinel://a:1/%ff", "not UTF-8"),
    ("redis+sentinel://a:1/main?sentinel_pasword=pw-secret", "parameters are"),
    ("redis+sentinel://a:1/main?sentinel_password=a&sentinel_password=b", "parameter twice"),
];

#[test]
fn urls_are_taken_or_refused_with_a_reason_and_tls_brings_its_cryptography() {
    for (url, reason) in BAD_URLS {
        let error = RedisStore::new(url).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(text.contains(reason) && !text.contains("pw-secret"), "{url}: {text}");
    }
    for url in [
        "redis://a",
        "redis+unix:///tmp/a,b.sock",
        "redis+cluster://[::1]",
        "redis+cluster://[::1]:1,a,b:65535",
        "valkey+cluster://a/0/",
        "valkey+sentinel://a/main/15",
        "redis+sentinel://a/main?&sentinel_password=x&",
    ] {
        RedisStore::new(url).unwrap_or_else(|error| panic!("{url}: {error}"));
    }
    let provider = rustls::crypto::CryptoProvider::get_default;
    assert!(provider().is_none(), "nothing is over TLS yet");
    RedisStore::new("rediss+sentinel://a/main").unwrap();
    assert!(provider().is_some());
}
