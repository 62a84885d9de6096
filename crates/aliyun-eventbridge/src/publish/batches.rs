//! Events into requests: by bus, count and size. Order within a bus is kept.

use super::event::PublishLimits;

/// Holds what the cut needs to know of an event.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured<'a> {
    /// The index that the caller knows the event by.
    pub(super) index: usize,
    /// The bus: one request has one.
    pub(super) bus: Option<&'a str>,
    /// The bytes of the event as JSON.
    pub(super) bytes: usize,
}

/// Cuts events into requests, each a list of indices. An event that is too large alone is alone.
pub(super) fn cut<'a>(
    events: impl IntoIterator<Item = Measured<'a>>,
    limits: &PublishLimits,
) -> Vec<Vec<usize>> {
    let mut requests: Vec<Vec<usize>> = Vec::new();
    // The request that is being filled for each bus: its place, and its bytes so far.
    let mut open: Vec<(Option<&str>, usize, usize)> = Vec::new();
    for event in events {
        // A comma after it, or the closing bracket.
        let bytes = event.bytes.saturating_add(1);
        let place = open.iter().position(|(bus, ..)| *bus == event.bus);
        let filling = place.and_then(|place| open.get_mut(place));
        if let Some((_, at, sum)) = filling
            && let Some(request) = requests.get_mut(*at)
        {
            let grown = sum.saturating_add(bytes);
            if request.len() < limits.most_events() && grown <= limits.most_request_bytes() {
                request.push(event.index);
                *sum = grown;
                continue;
            }
        }
        if let Some(place) = place {
            open.swap_remove(place);
        }
        open.push((event.bus, requests.len(), bytes.saturating_add(1)));
        requests.push(vec![event.index]);
    }
    requests
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Nothing is lost or doubled, order within a bus is kept, every limit holds.
        #[test]
        fn every_event_is_in_one_request(
            events in prop::collection::vec((0_u8..4, 0_usize..3000), 0..200),
            most_events in 1_usize..=16,
            most_bytes in 1024_usize..6000,
        ) {
            let limits = PublishLimits::default().events(most_events).request_bytes(most_bytes);
            let names = [None, Some("a"), Some("b"), Some("default")];
            let measured = |index: usize| Measured {
                index,
                bus: names[usize::from(events[index].0)],
                bytes: events[index].1,
            };
            let requests = cut((0..events.len()).map(measured), &limits);
            let mut all: Vec<usize> = requests.iter().flatten().copied().collect();
            for name in names {
                let of_bus: Vec<usize> =
                    all.iter().copied().filter(|index| measured(*index).bus == name).collect();
                prop_assert!(of_bus.is_sorted(), "order within {name:?}: {of_bus:?}");
            }
            all.sort_unstable();
            prop_assert_eq!(all, (0..events.len()).collect::<Vec<_>>());
            for request in &requests {
                let bytes: usize = request.iter().map(|index| events[*index].1 + 1).sum();
                let bytes = bytes + 1;
                prop_assert!(!request.is_empty() && request.len() <= most_events);
                prop_assert!(bytes <= most_bytes || request.len() == 1, "{bytes} bytes");
                let bus = measured(request[0]).bus;
                prop_assert!(request.iter().all(|index| measured(*index).bus == bus));
            }
        }
    }
}
