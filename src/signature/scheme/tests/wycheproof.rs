//! The vectors of Project Wycheproof, through the paths that verify pushes. What is refused by
//! design stands in `fixtures/wycheproof-refused.json`, each with its reason; whatever else
//! differs, either way, fails.

use std::{collections::BTreeMap, fs};

use serde::Deserialize;
use wycheproof::{
    TestResult,
    mac::{self, TestName as MacTests},
    rsa_pkcs1_verify::{TestName as RsaTests, TestSet},
};

use crate::{
    certificate::PublicKey,
    signature::scheme::{
        definition::SignatureScheme,
        string_to_sign::Sink,
        v1::{HmacSha1, MAC_BYTES, MAX_SECRET_BYTES},
        v2::V2,
    },
};

#[derive(Deserialize)]
struct Refused {
    /// Vectors that are valid, or acceptable to some, by set and number.
    by_design: Vec<Reason>,
}

#[derive(Deserialize)]
struct Reason {
    set: String,
    reason: String,
    vectors: Vec<usize>,
}

fn refused(set: &str) -> BTreeMap<usize, String> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/wycheproof-refused.json");
    let refused: Refused = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
    let of_set = refused.by_design.into_iter().filter(|reason| reason.set == set);
    of_set
        .flat_map(|Reason { reason, vectors, .. }| {
            vectors.into_iter().map(move |id| (id, reason.clone()))
        })
        .collect()
}

fn compare(set: &str, verdicts: &[(usize, TestResult, bool)]) {
    let mut refused = refused(set);
    let mut wrong = Vec::new();
    for (id, expected, accepted) in verdicts {
        let listed = refused.remove(id).is_some();
        let right = match expected {
            TestResult::Valid => *accepted != listed,
            TestResult::Acceptable => listed && !accepted,
            TestResult::Invalid => !accepted && !listed,
        };
        if !right {
            wrong.push(format!(
                "{id}: {expected:?}, accepted: {accepted}, listed as refused: {listed}"
            ));
        }
    }
    assert!(wrong.is_empty(), "{set}: {wrong:#?}");
    assert!(refused.is_empty(), "{set}: listed, and there is no such vector: {refused:?}");
}

#[test]
fn rsassa_pkcs1_v1_5_with_sha_256() {
    let mut vectors = 0;
    for (name, set) in [
        (RsaTests::Rsa2048Sha256, "rsa_signature_2048_sha256"),
        (RsaTests::Rsa3072Sha256, "rsa_signature_3072_sha256"),
        (RsaTests::Rsa4096Sha256, "rsa_signature_4096_sha256"),
    ] {
        let mut verdicts = Vec::new();
        for group in TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::new(&group.key.n, &group.key.e);
            for test in group.tests {
                let accepted = key.as_ref().is_ok_and(|key| {
                    let claim = V2 { signature: test.sig.to_vec() };
                    let mut digest = claim.begin(key).unwrap();
                    digest.put(&test.msg);
                    let digests = std::iter::once(((), digest));
                    claim.first_match(key, digests).is_ok_and(|matching| matching.is_some())
                });
                verdicts.push((test.tc_id, test.result, accepted));
            }
        }
        vectors += verdicts.len();
        compare(set, &verdicts);
    }
    assert!(vectors > 700, "only {vectors} vectors");
}

#[test]
fn hmac_sha1() {
    let mut verdicts = Vec::new();
    for group in mac::TestSet::load(MacTests::HmacSha1).unwrap().test_groups {
        // Shorter ones never reach the comparison: the header is malformed.
        if group.tag_size != 8 * MAC_BYTES {
            continue;
        }
        for test in group.tests {
            // Secrets are no longer than a block.
            let accepted = test.key.len() <= MAX_SECRET_BYTES && {
                let mut mac = HmacSha1::keyed(&test.key);
                mac.put(&test.msg);
                let tag = test.tag.as_slice().try_into().unwrap();
                mac.is(tag)
            };
            verdicts.push((test.tc_id, test.result, accepted));
        }
    }
    assert!(verdicts.len() > 80, "only {} vectors", verdicts.len());
    compare("hmac_sha1", &verdicts);
}
