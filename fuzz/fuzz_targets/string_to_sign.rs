//! The string to sign, fed piece by piece, beside a naive concatenation.

#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    v2: bool,
    url: &'a str,
    timestamp: &'a [u8],
    certificate_url: &'a [u8],
    token: Option<&'a [u8]>,
    body: Vec<&'a [u8]>,
    reference: bool,
}

fuzz_target!(|input: Input<'_>| {
    let Input { v2, url, timestamp, certificate_url, token, body, reference } = input;
    let fed = tower_eventbridge::fuzzing::string_to_sign(
        v2,
        url,
        timestamp,
        certificate_url,
        token,
        &body,
        reference,
    );
    let method: &[u8] = match v2 {
        true => b"x-eventbridge-hash-method: SHA256\n",
        false => b"x-eventbridge-signature-method: HMAC-SHA1\n",
    };
    let mut lines: Vec<&[u8]> = vec![
        url.as_bytes(),
        b"\n",
        b"x-eventbridge-signature-timestamp: ",
        timestamp,
        b"\n",
        method,
        b"x-eventbridge-signature-version: 1.0\n",
        b"x-eventbridge-signature-url: ",
        certificate_url,
        b"\n",
    ];
    if let Some(token) = token {
        lines.extend([b"x-eventbridge-signature-token: ".as_slice(), token, b"\n"]);
    }
    lines.extend(&body);
    if reference {
        lines.push(b"\n");
    }
    assert_eq!(fed, lines.concat());
});
