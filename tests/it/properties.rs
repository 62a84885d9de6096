//! What must hold for every request, not only for those that somebody thought of.

use std::{sync::OnceLock, time::Duration};
use tests_support::pushes::{MILLIS, TOKEN, URL, now};

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, Request, request::Parts};
use proptest::{collection::vec, prelude::*, sample::Index};
use tower_eventbridge::{
    Authentic, Endpoint, Rejection, Verifier,
    certificate::Certificate,
    signature::{TokenLine, signature_headers},
    signer::{SignWith, Signer},
};

struct World {
    signer: Signer,
    certificate: Certificate,
    verifier: Verifier,
}

fn world() -> &'static World {
    static WORLD: OnceLock<World> = OnceLock::new();
    WORLD.get_or_init(|| {
        let signer = Signer::generate().unwrap();
        let certificate =
            Certificate::from_pem_or_der(signer.certificate_pem().as_bytes()).unwrap();
        let verifier = Verifier::builder()
            .endpoint(URL)
            .token(TOKEN)
            .region("cn-hangzhou")
            .dangerous_accept_token_line(TokenLine::Unsigned)
            .build()
            .unwrap();
        World { signer, certificate, verifier }
    })
}

fn verify(parts: &Parts, frames: impl IntoIterator<Item = Bytes>) -> Result<Authentic, Rejection> {
    let World { certificate, verifier, .. } = world();
    let mut check = verifier.check_head(parts, now())?.check_certificate(certificate, now())?;
    for frame in frames {
        check.update(frame)?;
    }
    check.finish()
}

fn push(with: SignWith, body: &[u8]) -> (Parts, Bytes) {
    let push = world().signer.push(URL).token(TOKEN).with(with).body(body.to_vec());
    push.sign(now()).unwrap().into_parts()
}

fn scheme() -> impl Strategy<Value = SignWith> {
    prop_oneof![Just(SignWith::V1), Just(SignWith::V2), Just(SignWith::Both)]
}

/// A header value that comes close: nothing, digits, base64, the right constants, or any bytes that
/// HTTP lets through.
fn value() -> impl Strategy<Value = HeaderValue> {
    let text = prop_oneof![
        Just(String::new()),
        "[0-9]{0,25}",
        "[A-Za-z0-9+/]{0,400}={0,3}",
        Just("HMAC-SHA1".to_owned()),
        Just("SHA256".to_owned()),
        Just("1.0".to_owned()),
        Just(TOKEN.to_owned()),
        Just(MILLIS.to_string()),
        "https://[a-z-]{0,12}(-eventbridge\\.oss-accelerate\\.aliyuncs\\.com)?/\
            (x509_public_certificate_)?[0-9]{0,16}(\\.pem)?",
        Just(world().signer.certificate_url().to_owned()),
    ];
    prop_oneof![
        4 => text.prop_map(|text| HeaderValue::from_str(&text).unwrap()),
        1 => vec(any::<u8>(), 0..200)
            .prop_filter_map("HTTP refuses it", |bytes| HeaderValue::from_bytes(&bytes).ok()),
    ]
}

fn header_name() -> impl Strategy<Value = HeaderName> {
    let mut names = signature_headers().to_vec();
    names.push(HeaderName::from_static("content-length"));
    names.push(HeaderName::from_static("content-encoding"));
    proptest::sample::select(names)
}

#[derive(Clone, Debug)]
enum Change {
    Replace(HeaderName, HeaderValue),
    Append(HeaderName, HeaderValue),
    Remove(HeaderName),
    Target(String),
    Frame(Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => (header_name(), value()).prop_map(|(name, value)| Change::Replace(name, value)),
        1 => (header_name(), value()).prop_map(|(name, value)| Change::Append(name, value)),
        1 => header_name().prop_map(Change::Remove),
        1 => "/[ -~]{0,12}".prop_map(Change::Target),
        1 => vec(any::<u8>(), 0..5).prop_map(Change::Frame),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// S21: whatever stands in the head and the body, the answer is a rejection and no panic.
    #[test]
    fn no_request_panics(
        headers in vec((header_name(), value()), 0..14),
        target in "/[ -~]{0,30}",
        body in vec(any::<u8>(), 0..300),
    ) {
        let mut request = Request::new(());
        *request.method_mut() = Method::POST;
        *request.uri_mut() = target.parse().unwrap_or_else(|_| "/events".parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().append(name, value);
        }
        let (parts, ()) = request.into_parts();
        prop_assert!(verify(&parts, [Bytes::from(body)]).is_err());
    }

    /// The same from a good push with one to three changes, so that every later check gets its
    /// share; and what was accepted was accepted with the signed body.
    #[test]
    fn no_changed_push_panics(
        with in scheme(),
        changes in vec(change(), 1..4),
        body in vec(any::<u8>(), 0..100),
    ) {
        let (mut parts, bytes) = push(with, &body);
        let mut frames = vec![bytes.clone()];
        for change in changes {
            match change {
                Change::Replace(name, value) => drop(parts.headers.insert(name, value)),
                Change::Append(name, value) => drop(parts.headers.append(name, value)),
                Change::Remove(name) => drop(parts.headers.remove(name)),
                Change::Target(target) => {
                    parts.uri = target.parse().unwrap_or_else(|_| "/events".parse().unwrap());
                }
                Change::Frame(frame) => frames.push(frame.into()),
            }
        }
        if let Ok(authentic) = verify(&parts, frames) {
            let one_line_feed_more = [&body[..], b"\n"].concat();
            prop_assert!(authentic.body() == &bytes || authentic.body() == &one_line_feed_more);
            prop_assert_eq!(authentic.url(), URL);
        }
    }

    /// One header of a good push replaced by anything else is a refusal, never an accident.
    #[test]
    fn no_other_value_of_a_signed_header_passes(
        with in scheme(),
        header in 0..signature_headers().len(),
        value in value(),
    ) {
        let (mut parts, body) = push(with, b"{}");
        let name = &signature_headers()[header];
        let of_v1 = ["-method", "-secret", "x-eventbridge-signature"];
        let decides = |name: &str| !(with == SignWith::Both
            && name.starts_with("x-eventbridge-signature")
            && of_v1.iter().any(|end| name.ends_with(end)));
        prop_assume!(parts.headers.get(name) != Some(&value) && decides(name.as_str()));
        // A header of the scheme that does not decide is not looked at.
        let other_scheme =
            !parts.headers.contains_key(name) && name != "x-eventbridge-signature-v2";
        parts.headers.insert(name.clone(), value);
        let verdict = verify(&parts, [body]);
        prop_assert!(verdict.is_err() || other_scheme, "{name}: {verdict:?}");
    }

    /// One flipped bit in any part that is signed: URL, timestamp, method, version, certificate
    /// URL, token, body, and in the signatures themselves. For the URL, the receiver's own differs
    /// from the signed one by that bit.
    #[test]
    fn one_flipped_bit_is_refused(
        with in prop_oneof![Just(SignWith::V1), Just(SignWith::V2)],
        part in 0..11_usize,
        at in any::<Index>(),
        bit in 0..8_u8,
        body in vec(any::<u8>(), 1..200),
    ) {
        let (mut parts, bytes) = push(with, &body);
        let flip = |bytes: &[u8]| {
            let mut flipped = bytes.to_vec();
            flipped[at.index(bytes.len())] ^= 1 << bit;
            flipped
        };
        let mut frames = bytes.clone();
        if part == 10 {
            let Ok(other) = String::from_utf8(flip(URL.as_bytes())) else { return Ok(()) };
            let endpoint = Endpoint::exact(other).seen_anywhere();
            let builder = Verifier::builder().endpoint(endpoint).token(TOKEN).region("cn-hangzhou");
            // Some flips make it no URL at all.
            let Ok(verifier) = builder.build() else { return Ok(()) };
            let certificate = &world().certificate;
            let verdict = verifier.verify_with_certificate(&parts, bytes, certificate, now());
            prop_assert!(verdict.is_err());
            return Ok(());
        }
        match signature_headers().get(part) {
            None => frames = flip(&bytes).into(),
            Some(name) => {
                let Some(value) = parts.headers.get(name) else { return Ok(()) };
                // Bits that make it no header value at all do not arrive.
                let flipped = HeaderValue::from_bytes(&flip(value.as_bytes()));
                let Ok(flipped) = flipped else { return Ok(()) };
                parts.headers.insert(name, flipped);
            }
        }
        prop_assert!(verify(&parts, [bytes.clone()]).is_err() || part >= signature_headers().len());
        prop_assert!(verify(&parts, [frames]).is_err());
    }

    #[test]
    fn how_the_body_is_split_does_not_matter(
        with in scheme(),
        body in vec(any::<u8>(), 0..2_000),
        cuts in vec(any::<Index>(), 0..20),
    ) {
        let (parts, bytes) = push(with, &body);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.extend([0, body.len()]);
        cuts.sort_unstable();
        let frames = cuts.windows(2).map(|pair| bytes.slice(pair[0]..pair[1]));
        let split = verify(&parts, frames).unwrap();
        let whole = verify(&parts, [bytes.clone()]).unwrap();
        prop_assert_eq!(split.body(), &bytes);
        prop_assert_eq!(whole.body(), &bytes);
        prop_assert_eq!(split.body_ending(), whole.body_ending());
        // And a body of one frame is handed out without a copy.
        prop_assert_eq!(whole.body().as_ptr(), bytes.as_ptr());
    }

    #[test]
    fn order_and_case_of_header_names_do_not_matter(
        with in scheme(),
        keys in vec(any::<u32>(), 24),
        upper in any::<bool>(),
    ) {
        let (mut parts, body) = push(with, b"{\"a\":1}");
        let drained = parts.headers.drain();
        let mut headers: Vec<_> =
            drained.filter_map(|(name, value)| Some((name?, value))).collect();
        let text = HeaderValue::from_static("text/plain");
        headers.push((HeaderName::from_static("content-type"), text));
        let mut keyed: Vec<_> = headers.into_iter().zip(keys).collect();
        keyed.sort_by_key(|(_, key)| *key);
        for ((name, value), _) in keyed {
            let name = if upper { name.as_str().to_uppercase() } else { name.as_str().to_owned() };
            parts.headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), value);
        }
        prop_assert!(verify(&parts, [body]).is_ok());
    }

    /// The window, for any clock and any timestamp.
    #[test]
    fn a_push_is_fresh_within_a_minute_and_only_then(
        offset in prop_oneof![-130_000_i64..130_000, any::<i64>()],
    ) {
        let (parts, _) = push(SignWith::V2, b"");
        let distance = Duration::from_millis(offset.unsigned_abs());
        let past = offset < 0;
        let clock =
            if past { now().checked_sub(distance) } else { now().checked_add(distance) };
        let Some(clock) = clock else { return Ok(()) };
        let fresh = world().verifier.check_head(&parts, clock).is_ok();
        prop_assert_eq!(fresh, (-60_000..=60_000).contains(&offset), "{}", offset);
    }
}
