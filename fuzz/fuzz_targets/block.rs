//! What comes out of the wrapped secret: only the exact form is a secret (docs/arithmetic.md).

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|block: &[u8]| {
    let secret = tower_eventbridge::fuzzing::secret_of_block(block);
    // The same said in another way: a block is made of the secret again.
    let expected = block.iter().rposition(|byte| *byte == 0).and_then(|end| {
        let (start, text) = block.split_at(end);
        let secret = &text[1..];
        let padding = start.strip_prefix(&[0, 1])?;
        let good = padding.len() >= 8
            && padding.iter().all(|byte| *byte == 0xFF)
            && (16..=64).contains(&secret.len())
            && secret.iter().all(u8::is_ascii_alphanumeric);
        good.then(|| secret.to_vec())
    });
    assert_eq!(secret, expected);
});
