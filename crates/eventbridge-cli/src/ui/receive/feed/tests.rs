use std::time::UNIX_EPOCH;

use futures_util::FutureExt as _;
use http::Request;
use tower_eventbridge::{Rejection, Verifier};

use super::*;
use crate::ui::receive::arrived::{Arrived, Body};

fn rejection() -> Rejection {
    let verifier = Verifier::builder().endpoint("https://h.example").token("a-token-of-16-bytes");
    let verifier = verifier.region("cn-hangzhou").build().unwrap();
    let (parts, ()) = Request::new(()).into_parts();
    verifier.check_head(&parts, UNIX_EPOCH).err().unwrap()
}

fn verdict(body: usize) -> What {
    let (parts, ()) = Request::new(()).into_parts();
    let arrived = Arrived::of(&parts, UNIX_EPOCH);
    let body = Body::Whole(vec![b'x'; body]);
    What::Verdict(Arc::new(Push { arrived, body, verdict: Err(rejection()), status: None }))
}

fn answered(push: u64) -> What {
    What::Answered { push, status: None, handled: false }
}

/// What a follower is told without waiting: lines, and how many it missed.
fn told(follower: &mut Follower) -> (Vec<u64>, u64) {
    let (mut numbers, mut missed) = (Vec::new(), 0);
    while let Some(Some(told)) = follower.next().now_or_never() {
        match told {
            Next::Line(number, _) => numbers.push(number),
            Next::Missed(number) => missed += number,
        }
    }
    (numbers, missed)
}

#[test]
fn lines_are_bounded_by_number_and_by_bytes() {
    let feed = Feed::new();
    for _ in 0..MOST_LINES + 5 {
        feed.tell(verdict(0));
    }
    let (numbers, missed) = told(&mut feed.follow());
    assert_eq!((numbers.len(), numbers[0], missed), (MOST_LINES, 6, 5));
    assert!(feed.push(5).is_none() && feed.push(6).is_some() && feed.push(1_006).is_none());

    let large = 1024 * 1024;
    for _ in 0..40 {
        feed.tell(verdict(large));
    }
    let (numbers, missed) = told(&mut feed.follow());
    let fit = MOST_BYTES / large - 1;
    assert_eq!((numbers.len(), missed), (fit, 1_045 - u64::try_from(fit).unwrap()));
    let lines = feed.lines();
    assert!(lines.bytes <= MOST_BYTES, "{}", lines.bytes);
    assert_eq!(lines.bytes, lines.kept.iter().map(|line| line.bytes).sum::<usize>());
    drop(lines);

    // One that is larger than all of the room is not kept at all, and counts as missed.
    feed.tell(verdict(MOST_BYTES));
    assert_eq!(told(&mut feed.follow()), (Vec::new(), 1_046));
    assert_eq!(feed.lines().bytes, 0);
}

#[test]
fn a_follower_goes_on_where_it_was() {
    let feed = Feed::new();
    let mut follower = feed.follow();
    assert_eq!(told(&mut follower), (vec![], 0));
    let number = feed.tell(verdict(0));
    feed.tell(answered(number));
    assert_eq!(told(&mut follower), (vec![1, 2], 0));
    for _ in 0..MOST_LINES + 7 {
        feed.tell(answered(number));
    }
    let (numbers, missed) = told(&mut follower);
    assert_eq!((numbers.len(), missed), (MOST_LINES, 7));
    assert_eq!(told(&mut follower), (vec![], 0));
}
