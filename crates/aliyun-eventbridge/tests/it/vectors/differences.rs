//! The recorded requests that show a defect of an SDK, and what ours does instead.

use std::{cell::RefCell, collections::BTreeSet};

use bytes::Bytes;
use http::Request;
use serde_json::Value;

pub struct Difference {
    name: &'static str,
    /// Why ours differs.
    reason: &'static str,
    ours: Ours,
}

enum Ours {
    /// Nothing is sent.
    Refused,
    /// The body has one text in place of another.
    Body(&'static str, &'static str),
}

const DIFFERENCES: [Difference; 9] = [
    Difference {
        name: "python/put-events-contenttype-charset",
        reason: "JSON with a charset is JSON: Node's SDK sends it so",
        ours: Ours::Body(r#""data_base64":"eyJuIjoxLCJ0IjoieCJ9""#, r#""data":{"n":1,"t":"x"}"#),
    },
    Difference {
        name: "python/put-events-default-contenttype",
        reason: "the SDK's own default is JSON, and it sends base64",
        ours: Ours::Body(r#""data_base64":"eyJuIjoxLCJ0IjoieCJ9""#, r#""data":{"n":1,"t":"x"}"#),
    },
    Difference {
        name: "python/put-events-no-bus",
        reason: "an empty map of extensions is not an extension",
        ours: Ours::Body(r#","extensions":{}"#, ""),
    },
    Difference {
        name: "python/put-events-extension-collides",
        reason: "an extension would replace an attribute",
        ours: Ours::Refused,
    },
    Difference {
        name: "python/put-events-empty-list",
        reason: "there is nothing to publish",
        ours: Ours::Refused,
    },
    Difference {
        name: "node/put-events-bad-utf8",
        reason: "the SDK replaces bytes that are not UTF-8",
        ours: Ours::Refused,
    },
    Difference {
        name: "node/create-rule",
        reason: "tags are a map; the recorder's call gave a text, which the SDK does not check",
        ours: Ours::Body(r#","Tags":"t""#, ""),
    },
    Difference {
        name: "python-2020-04-01/put-events-data-object",
        reason: "the member is text by its model; an object's numbers would be written anew",
        ours: Ours::Body(
            "%22Data%22%3A%7B%22n%22%3A1%7D",
            "%22Data%22%3A%22%7B%5C%22n%5C%22%3A1%7D%22",
        ),
    },
    Difference {
        name: "python-2020-04-01/put-events-no-client-limits",
        reason: "source and type are too long, and the id is missing",
        ours: Ours::Refused,
    },
];

thread_local! {
    static USED: RefCell<BTreeSet<&'static str>> = const { RefCell::new(BTreeSet::new()) };
}

pub fn of(name: &str) -> Option<&'static Difference> {
    let found = DIFFERENCES.iter().find(|difference| difference.name == name)?;
    USED.with_borrow_mut(|used| used.insert(found.name));
    Some(found)
}

/// A difference whose vector is gone is a difference no more.
pub fn all_used() {
    USED.with_borrow(|used| assert_eq!(used.len(), DIFFERENCES.len()));
}

impl Difference {
    pub fn check(&self, name: &str, ours: &[Request<Bytes>], recorded: &[Value]) {
        let reason = self.reason;
        match self.ours {
            Ours::Refused => assert!(ours.is_empty(), "{name}: {reason}"),
            Ours::Body(theirs, mine) => {
                let recorded = recorded[0]["body"].as_str().unwrap();
                assert!(recorded.contains(theirs), "{name}: the SDK no longer does it");
                let wanted = recorded.replace(theirs, mine);
                assert_eq!(
                    std::str::from_utf8(ours[0].body()).unwrap(),
                    wanted,
                    "{name}: {reason}"
                );
            }
        }
    }
}
