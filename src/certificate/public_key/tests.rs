use proptest::{collection::vec, prelude::*, test_runner::TestRunner};
use rsa::{BoxedUint, hazmat::rsa_encrypt};

use super::*;

/// What the `rsa` crate's public-key operation gives, as long as the modulus.
fn oracle(modulus: &[u8], exponent: u32, base: &[u8]) -> Vec<u8> {
    let bits = u32::try_from(modulus.len() * 8).unwrap();
    let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).unwrap();
    let key = rsa::PublicKey::new_unchecked(number(modulus), BoxedUint::from(exponent));
    let power = rsa_encrypt(&key, &number(base)).unwrap().to_be_bytes();
    power[power.len() - modulus.len()..].to_vec()
}

/// Any odd modulus of this many bits, prime factors or not: RSAVP1 does not care.
fn modulus(bits: usize) -> impl Strategy<Value = Vec<u8>> {
    // Runs of equal bytes too, where carries run far.
    let byte = prop_oneof![3 => any::<u8>(), 1 => Just(0), 1 => Just(0xFF)];
    let length = bits.div_ceil(8);
    prop_oneof![2 => vec(byte, length), 1 => of_digits(length)].prop_map(move |mut bytes| {
        let top = (bits - 1) % 8;
        bytes[0] &= (2_u8 << top).wrapping_sub(1);
        bytes[0] |= 1 << top;
        *bytes.last_mut().unwrap() |= 1;
        bytes
    })
}

/// Numbers of extreme digits to the base 2^61, signed as in `blocks.rs`: the longest sums, the
/// largest differences.
fn of_digits(length: usize) -> impl Strategy<Value = Vec<u8>> {
    let extreme = 1_i64 << 60;
    let digit = prop_oneof![
        4 => Just(-extreme),
        4 => Just(extreme - 1),
        1 => Just(0),
        1 => -extreme..extreme,
    ];
    let digits = (length * 8).div_ceil(61);
    // Runs of one digit, as long as a block or not.
    vec((digit, prop_oneof![Just(17_usize), 1..20_usize]), digits).prop_map(move |runs| {
        let all = runs.into_iter().flat_map(|(digit, times)| std::iter::repeat_n(digit, times));
        let mut bytes = Vec::new();
        let (mut carry, mut buffer, mut buffered) = (0, 0_u128, 0);
        for digit in all.take(digits) {
            let sum = digit + carry;
            carry = sum >> 61;
            buffer |= u128::from(sum.cast_unsigned() & ((1 << 61) - 1)) << buffered;
            buffered += 61;
            while buffered >= 8 {
                bytes.push(buffer.to_le_bytes()[0]);
                buffer >>= 8;
                buffered -= 8;
            }
        }
        bytes.push(buffer.to_le_bytes()[0]);
        bytes.truncate(length);
        bytes.reverse();
        bytes
    })
}

/// Numbers just below a modulus.
fn below(modulus: &[u8]) -> impl Strategy<Value = Vec<u8>> + use<> {
    let modulus = modulus.to_vec();
    (0..=255_u8).prop_map(move |less| {
        let mut bytes = modulus.clone();
        let mut borrow = less;
        for byte in bytes.iter_mut().rev() {
            let (difference, borrowed) = byte.overflowing_sub(borrow);
            *byte = difference;
            borrow = u8::from(borrowed);
        }
        bytes
    })
}

fn key_and_base() -> impl Strategy<Value = (Vec<u8>, u32, Vec<u8>)> {
    let bits =
        prop_oneof![Just(1024_usize), Just(2048), Just(3072), Just(4096), 1024_usize..=4096,];
    let exponent =
        prop_oneof![Just(65_537_u32), Just(u32::MAX), (65_537_u32..).prop_map(|e| e | 1)];
    (bits.prop_flat_map(modulus), exponent).prop_flat_map(|(modulus, exponent)| {
        let length = modulus.len();
        let near = below(&modulus);
        let byte = prop_oneof![3 => any::<u8>(), 1 => Just(0), 1 => Just(0xFF)];
        // Mostly below the modulus: above it nothing is computed.
        let top = modulus[0];
        let any = prop_oneof![2 => vec(byte.clone(), length), 1 => of_digits(length)];
        let lower = any.prop_map(move |mut bytes| {
            bytes[0] %= top;
            bytes
        });
        (Just(modulus), Just(exponent), prop_oneof![16 => lower, 2 => near, 1 => vec(byte, length)])
    })
}

fn agrees(modulus: &[u8], exponent: u32, base: &[u8]) -> Result<(), TestCaseError> {
    let key = PublicKey::new(modulus, &exponent.to_be_bytes()).unwrap();
    match key.rsavp1(base) {
        Ok(encoded) => {
            prop_assert!(base < modulus);
            prop_assert_eq!(&*encoded, &oracle(modulus, exponent, base));
            // With the feature `crypto-bigint` the key's operation is another one.
            let mut own = vec![0; modulus.len()];
            let own_modulus = own::Modulus::new(modulus, key.bits()).unwrap();
            prop_assert!(own_modulus.power(base, exponent, &mut own));
            prop_assert_eq!(&*encoded, &own);
        }
        Err(error) => {
            prop_assert_eq!(error, RepresentativeError::NotBelowModulus);
            prop_assert!(base >= modulus);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn agrees_with_the_rsa_crate((modulus, exponent, base) in key_and_base()) {
        agrees(&modulus, exponent, &base)?;
    }

    #[test]
    fn no_bytes_panic(
        modulus in vec(any::<u8>(), 0..600),
        exponent in vec(any::<u8>(), 0..9),
        base in vec(any::<u8>(), 0..600),
    ) {
        if let Ok(key) = PublicKey::new(&modulus, &exponent) {
            let _ = key.rsavp1(&base);
        }
    }
}

/// A modulus of all ones, so that carries run through every limb.
#[test]
fn edges_of_the_number_range() {
    for bits in [1024_usize, 1025, 1031, 1032, 1033, 1536, 2047, 2048, 2049, 3072, 3073, 4095, 4096]
    {
        let mut modulus = vec![0xFF; bits.div_ceil(8)];
        modulus[0] = u8::try_from(0xFF_u32 >> (modulus.len() * 8 - bits)).unwrap();
        let key = PublicKey::new(&modulus, &[1, 0, 1]).unwrap();
        assert_eq!(key.bits(), u32::try_from(bits).unwrap());
        assert_eq!(key.modulus_bytes(), modulus.len());

        assert_eq!(
            key.rsavp1(&modulus).unwrap_err(),
            RepresentativeError::NotBelowModulus,
            "{bits}"
        );
        let mut minus_one = modulus.clone();
        *minus_one.last_mut().unwrap() -= 1;
        assert_eq!(*key.rsavp1(&minus_one).unwrap(), minus_one, "-1 to an odd power, {bits} bits");
        let zero = vec![0; modulus.len()];
        assert_eq!(*key.rsavp1(&zero).unwrap(), zero, "{bits}");

        for wrong in [modulus.len() - 1, modulus.len() + 1, 0] {
            let expected = RepresentativeError::Length { got: wrong, want: modulus.len() };
            assert_eq!(key.rsavp1(&vec![0; wrong]).unwrap_err(), expected);
        }
    }
}

#[test]
fn keys_outside_the_limits_are_rejected() {
    let modulus = |bits: usize| {
        let mut bytes = vec![0_u8; bits.div_ceil(8)];
        bytes[0] = 1 << ((bits - 1) % 8);
        *bytes.last_mut().unwrap() |= 1;
        bytes
    };
    let f4 = [1, 0, 1];
    for (name, modulus, exponent, error) in [
        ("empty", vec![], &f4[..], PublicKeyError::ModulusTooShort { bits: 0, limit: 1024 }),
        ("512 bits", modulus(512), &f4, PublicKeyError::ModulusTooShort { bits: 512, limit: 1024 }),
        (
            "1023 bits",
            modulus(1023),
            &f4,
            PublicKeyError::ModulusTooShort { bits: 1023, limit: 1024 },
        ),
        (
            "4097 bits",
            modulus(4097),
            &f4,
            PublicKeyError::ModulusTooLong { bits: 4097, limit: 4096 },
        ),
        ("even", [&modulus(1024)[..127], &[2]].concat(), &f4, PublicKeyError::ModulusEven),
        ("e = 3", modulus(1024), &[3], PublicKeyError::ExponentNotAllowed),
        ("e = 65535", modulus(1024), &[0xFF, 0xFF], PublicKeyError::ExponentNotAllowed),
        ("e = 65538", modulus(1024), &[1, 0, 2], PublicKeyError::ExponentNotAllowed),
        ("e = 2^32 + 1", modulus(1024), &[1, 0, 0, 0, 1], PublicKeyError::ExponentNotAllowed),
        ("no exponent", modulus(1024), &[], PublicKeyError::ExponentNotAllowed),
    ] {
        assert_eq!(PublicKey::new(&modulus, exponent).unwrap_err(), error, "{name}");
    }
    for (bits, exponent) in [(1024, &[0, 0, 1, 0, 1][..]), (4096, &[0xFF; 4])] {
        assert!(PublicKey::new(&modulus(bits), exponent).is_ok(), "{bits}");
    }
}

/// The same as above, a million times, or as often as the variable `CASES` says; run with
/// `--release`.
#[test]
#[ignore = "takes minutes: cargo test --release --lib million -- --ignored"]
fn agrees_with_the_rsa_crate_a_million_times() {
    let cases = std::env::var("CASES").map_or(1_000_000, |cases| cases.parse().unwrap());
    let threads = 2;
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let config = ProptestConfig::with_cases(cases / threads);
                let mut runner = TestRunner::new(config);
                runner
                    .run(&key_and_base(), |(modulus, exponent, base)| {
                        agrees(&modulus, exponent, &base)
                    })
                    .unwrap();
            });
        }
    });
}

/// Prints how many times as long crypto-bigint takes as our own code: docs/arithmetic.md.
#[cfg(feature = "crypto-bigint")]
#[test]
#[ignore = "measures: docs/arithmetic.md has the command"]
#[expect(clippy::disallowed_methods, reason = "a measurement")]
fn cost_of_crypto_bigint() {
    use std::{hint::black_box, time::Instant};

    for bits in [1024_u32, 2048, 3072, 4096] {
        let modulus = vec![0xFF; usize::try_from(bits / 8).unwrap()];
        let base = vec![0x5A; modulus.len()];
        let own = own::Modulus::new(&modulus, bits).unwrap();
        let other = Modulus::new(&modulus, bits).unwrap();
        let mut out = vec![0; modulus.len()];
        let mut least = [f64::MAX; 2];
        // In turns, so that both meet the same machine.
        for _ in 0..50 {
            let began = Instant::now();
            (0..100).for_each(|_| assert!(own.power(black_box(&base), 65_537, &mut out)));
            least[0] = least[0].min(began.elapsed().as_secs_f64());
            let began = Instant::now();
            (0..100).for_each(|_| assert!(other.power(black_box(&base), 65_537, &mut out)));
            least[1] = least[1].min(began.elapsed().as_secs_f64());
        }
        let [own, other] = least.map(|seconds| seconds * 1e4);
        println!("{bits} bits: {own:.1} and {other:.1} us, ratio {:.2}", other / own);
    }
}
