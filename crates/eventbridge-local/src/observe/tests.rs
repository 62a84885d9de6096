use super::*;

fn change(name: &str) -> Observed {
    Observed::Changed(Changed { resource: "bus", name: name.to_owned(), change: "created" })
}

fn number(seen: Option<Seen>) -> Result<u64, u64> {
    match seen.unwrap() {
        Seen::Observation(observation) => Ok(observation.number),
        Seen::Missed(lost) => Err(lost),
    }
}

#[tokio::test]
async fn recent_ones_come_first_and_each_comes_once() {
    let observer = Observer::new();
    observer.tell(String::new(), change("a"));
    let mut subscription = observer.subscribe();
    observer.tell(String::new(), change("b"));
    assert_eq!(number(subscription.next().await), Ok(1));
    assert_eq!(number(subscription.next().await), Ok(2));
    drop(observer);
    assert!(subscription.next().await.is_none());
}

#[tokio::test]
async fn a_slow_subscription_is_told_what_it_lost() {
    let observer = Observer::new();
    let mut subscription = observer.subscribe();
    for _ in 0..MOST_BEHIND + 5 {
        observer.tell(String::new(), change("a"));
    }
    assert_eq!(number(subscription.next().await), Err(5));
    assert_eq!(number(subscription.next().await), Ok(6));
}

#[test]
fn recent_observations_are_bounded_in_number_and_bytes() {
    let observer = Observer::new();
    for _ in 0..MOST_RECENT + 5 {
        observer.tell(String::new(), change("a"));
    }
    assert_eq!(observer.recent().len(), MOST_RECENT);
    let long = "x".repeat(MOST_TEXT + 1);
    for event in 0..1_000 {
        let published = Published {
            event,
            bus: String::new(),
            id: String::new(),
            source: String::new(),
            r#type: String::new(),
            json: Text::new(&long),
            matched: Vec::new(),
            not_matched: Vec::new(),
        };
        observer.tell(String::new(), Observed::Published(published));
    }
    let recent = observer.recent();
    let bytes: usize = recent.iter().map(|observation| observation.what.bytes()).sum();
    assert!(bytes <= MOST_RECENT_BYTES, "{bytes}");
    assert!(recent.len() > 200);
}

#[test]
fn a_text_is_cut_at_a_character() {
    let text = Text::cut_at("aä", 2);
    assert_eq!((&*text.text, text.whole_bytes), ("a", Some(3)));
}
