//! A map that is read without waiting: each part of it is a snapshot that nobody changes, and a
//! writer puts another in its place.
//!
//! Splitting it into parts keeps the cost of a change small, whatever the size of the whole.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use arc_swap::ArcSwap;

/// In how many parts a map is split.
const PARTS: usize = 64;

/// A map whose readers never wait.
pub(crate) struct SnapshotMap<K, V> {
    parts: Vec<Part<K, V>>,
    /// How many values there are in all parts.
    len: AtomicUsize,
    hasher: RandomState,
}

struct Part<K, V> {
    current: ArcSwap<HashMap<K, V>>,
    /// Held by the one who changes the part; counts the removals.
    epoch: Mutex<u64>,
}

/// The state of a part at some time: what was read elsewhere since then is outdated if something
/// was removed from the part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl<K, V> Default for SnapshotMap<K, V> {
    fn default() -> Self {
        let part = || Part {
            current: ArcSwap::default(),
            epoch: Mutex::new(0),
        };
        Self {
            parts: (0..PARTS).map(|_| part()).collect(),
            len: AtomicUsize::new(0),
            hasher: RandomState::new(),
        }
    }
}

impl<K: Hash + Eq + Clone, V: Clone> SnapshotMap<K, V> {
    /// The value, if it is there.
    pub(crate) fn get<Q: Hash + Eq + ?Sized>(&self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        self.part(key)?.current.load().get(key).cloned()
    }

    /// The state that an insertion of what is read from now on refers to.
    pub(crate) fn epoch<Q: Hash + ?Sized>(&self, key: &Q) -> Epoch
    where
        K: Borrow<Q>,
    {
        let part = self.part(key);
        Epoch(part.map_or(0, |part| *lock(&part.epoch)))
    }

    /// Puts a value in, unless there is one or something was removed since the epoch; tells which
    /// one is there afterwards, if any.
    pub(crate) fn insert_new(&self, key: K, value: V, epoch: Epoch) -> Option<V> {
        self.insert_if(key, value, |now| now == epoch)
    }

    fn insert_if(&self, key: K, value: V, may: impl FnOnce(Epoch) -> bool) -> Option<V> {
        let part = self.part(&key)?;
        let turn = lock(&part.epoch);
        let current = part.current.load();
        if let Some(there) = current.get(&key) {
            return Some(there.clone());
        }
        if !may(Epoch(*turn)) {
            return None;
        }
        let mut next = HashMap::clone(&current);
        next.insert(key, value.clone());
        part.current.store(next.into());
        self.len.fetch_add(1, Ordering::Relaxed);
        drop(turn);
        Some(value)
    }

    /// The value that is there; one is made and put in if there is none.
    pub(crate) fn get_or_insert(&self, key: &K, make: impl FnOnce() -> V) -> V {
        if let Some(value) = self.get(key) {
            return value;
        }
        let new = make();
        // it was read nowhere, so nothing outdates it
        self.insert_if(key.clone(), new.clone(), |_| true)
            .unwrap_or(new)
    }

    /// Replaces the value that is there by what is made of it; none removes it. What is being read
    /// elsewhere is outdated from here on, even if nothing was there.
    pub(crate) fn change(&self, key: &K, change: impl FnOnce(&V) -> Option<V>) {
        let Some(part) = self.part(key) else { return };
        let mut epoch = lock(&part.epoch);
        *epoch += 1;
        let current = part.current.load();
        let Some(there) = current.get(key) else {
            return;
        };
        let changed = change(there);
        let mut next = HashMap::clone(&current);
        if let Some(value) = changed {
            next.insert(key.clone(), value);
        } else {
            next.remove(key);
            self.len.fetch_sub(1, Ordering::Relaxed);
        }
        part.current.store(next.into());
    }

    /// All keys and values, each part as it is when its turn comes.
    pub(crate) fn all(&self) -> Vec<(K, V)> {
        let part = |part: &Part<K, V>| {
            let current = part.current.load();
            let pairs = current.iter();
            pairs
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(part).collect()
    }

    /// How many values there are.
    pub(crate) fn len(&self) -> usize {
        self.len.load(Ordering::Relaxed)
    }

    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> Option<&Part<K, V>> {
        let hash = usize::try_from(self.hasher.hash_one(key) % PARTS as u64).unwrap_or(0);
        self.parts.get(hash)
    }
}

fn lock(epoch: &Mutex<u64>) -> std::sync::MutexGuard<'_, u64> {
    epoch.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_is_not_put_in_after_it() {
        let map = SnapshotMap::default();
        let before = map.epoch(&1);
        map.change(&1, |_: &&str| None);
        assert_eq!(map.insert_new(1, "old", before), None);
        assert_eq!(map.get(&1), None);
        let after = map.epoch(&1);
        assert_eq!(map.insert_new(1, "new", after), Some("new"));
        assert_eq!(map.insert_new(1, "other", after), Some("new"));
        map.change(&1, |_| Some("changed"));
        assert_eq!(map.get(&1), Some("changed"));
        map.change(&1, |_| None);
        assert_eq!(map.get(&1), None);
    }

    #[test]
    fn threads_that_put_in_change_and_remove_at_once_lose_nothing() {
        const THREADS: u64 = 4;
        const TURNS: u64 = 1000;
        let map: SnapshotMap<u64, u64> = SnapshotMap::default();
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let map = &map;
                scope.spawn(move || {
                    for turn in 0..TURNS {
                        // all of them count in the same few, each puts in some of its own
                        let shared = turn % 7;
                        map.get_or_insert(&shared, || 0);
                        map.change(&shared, |count| Some(count + 1));
                        assert!(map.get(&shared).is_some());
                        let own = 1000 + thread * TURNS + turn;
                        assert_eq!(map.get_or_insert(&own, || turn), turn);
                        if turn % 2 == 0 {
                            map.change(&own, |_| None);
                            assert_eq!(map.get(&own), None);
                        }
                    }
                });
            }
        });
        let all = map.all();
        let shared = all.iter().filter(|(key, _)| *key < 7);
        assert_eq!(shared.map(|(_, count)| count).sum::<u64>(), THREADS * TURNS);
        let kept = usize::try_from(THREADS * TURNS / 2 + 7).unwrap();
        assert_eq!((all.len(), map.len()), (kept, kept));
    }

    #[test]
    fn everything_is_found_until_it_is_removed() {
        let map = SnapshotMap::default();
        for number in 0..1000 {
            assert_eq!(map.get_or_insert(&number, || number * 2), number * 2);
            assert_eq!(map.get_or_insert(&number, || 0), number * 2);
        }
        assert_eq!(map.all().len(), 1000);
        assert_eq!(map.len(), 1000);
        map.change(&4, |_| None);
        assert_eq!(map.len(), 999);
        assert_eq!((map.get(&4), map.get(&5)), (None, Some(10)));
    }
}
