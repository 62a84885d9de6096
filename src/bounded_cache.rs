//! Bounded caches.

use std::hash::Hash;

use moka::{policy::EvictionPolicy, sync::Cache};

/// Makes a cache of at most so many entries, of which the least recently used one goes first.
///
/// moka's default policy refuses newcomers when full, and here the newcomer matters: a rotated
/// certificate, an event.
pub(crate) fn bounded_cache<K, V>(capacity: u64) -> Cache<K, V>
where
    K: Hash + Eq + Send + Sync + 'static,
    V: Clone + Send + Sync + 'static,
{
    Cache::builder().max_capacity(capacity).eviction_policy(EvictionPolicy::lru()).build()
}
