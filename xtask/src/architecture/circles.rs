//! The shortest circle through each place of a graph that is on one.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Returns a shortest circle for each strongly connected part of more than one place, each as the
/// places on it in order, the least first.
pub(super) fn circles(edges: &BTreeSet<(usize, usize)>) -> Vec<Vec<usize>> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &(from, to) in edges {
        next.entry(from).or_default().push(to);
    }
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    for &start in next.keys() {
        if seen.contains(&start) {
            continue;
        }
        if let Some(circle) = shortest(&next, start) {
            // What is on a circle with `start` is reported once.
            let part = reachable(&next, start);
            seen.extend(part.iter().copied().filter(|&at| reachable(&next, at).contains(&start)));
            found.push(circle);
        }
    }
    found
}

fn reachable(next: &BTreeMap<usize, Vec<usize>>, start: usize) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(at) = open.pop() {
        for &to in next.get(&at).into_iter().flatten() {
            if found.insert(to) {
                open.push(to);
            }
        }
    }
    found
}

fn shortest(next: &BTreeMap<usize, Vec<usize>>, start: usize) -> Option<Vec<usize>> {
    let mut came_from = BTreeMap::new();
    let mut open = VecDeque::from([start]);
    while let Some(at) = open.pop_front() {
        for &to in next.get(&at).into_iter().flatten() {
            if to == start {
                let mut circle = vec![at];
                let mut last = at;
                while let Some(&before) = came_from.get(&last) {
                    circle.push(before);
                    last = before;
                }
                circle.reverse();
                return Some(circle);
            }
            came_from.entry(to).or_insert_with(|| {
                open.push_back(to);
                at
            });
        }
    }
    None
}
