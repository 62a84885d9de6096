use super::*;

fn change(name: &str) -> Observed {
    Observed::Changed(Changed { resource: "bus", name: name.to_owned(), change: "created" })
}

fn published(event: u64, json: &str) -> Observed {
    Observed::Published(Published {
        event,
        bus: String::new(),
        id: String::new(),
        source: String::new(),
        r#type: String::new(),
        json: Text::new(json),
        matched: Vec::new(),
        not_matched: Vec::new(),
    })
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
    for _ in 0..MOST_RECENT + 5 {
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
        observer.tell(String::new(), published(event, &long));
    }
    let recent = observer.recent();
    let bytes: usize = recent.iter().map(|observation| observation.what.bytes()).sum();
    assert!(bytes <= MOST_RECENT_BYTES, "{bytes}");
    assert!(recent.len() > 200);
}

#[tokio::test]
async fn a_slow_subscription_keeps_no_more_bytes_than_are_recent() {
    let observer = Observer::new();
    let mut subscription = observer.subscribe();
    let long = "x".repeat(MOST_TEXT);
    let mut first = None;
    // Fewer than the bound of their number allows.
    for event in 0..900 {
        observer.tell(String::new(), published(event, &long));
        let kept = observer.recent();
        first.get_or_insert_with(|| Arc::downgrade(&kept[0]));
    }
    let first = first.unwrap();
    assert!(first.upgrade().is_none(), "what is lost is kept all the same");
    let lost = number(subscription.next().await).unwrap_err();
    let left = 900 - lost;
    assert!((200..256).contains(&left), "{left}");
    for expected in lost + 1..=900 {
        assert_eq!(number(subscription.next().await), Ok(expected));
    }
    drop(observer);
    assert!(subscription.next().await.is_none());
}

#[tokio::test]
async fn a_subscription_that_waits_is_woken() {
    let observer = Observer::new();
    assert!(!observer.is_watched());
    let mut subscription = observer.subscribe();
    assert!(observer.is_watched());
    let waits = tokio::spawn(async move { number(subscription.next().await) });
    tokio::task::yield_now().await;
    observer.tell(String::new(), change("a"));
    assert_eq!(waits.await.unwrap(), Ok(1));
    assert!(!observer.is_watched());
}

#[test]
fn a_text_is_cut_at_a_character() {
    let text = Text::cut_at("aä", 2);
    assert_eq!((&*text.text, text.whole_bytes), ("a", Some(3)));
}
