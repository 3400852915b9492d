//! Which connection carries which stream. Pure.

use std::collections::{BTreeMap, BTreeSet};

use super::error::PoolError;

/// Streams by connection: the numbers are those of the connections.
pub(super) type Parts<K> = BTreeMap<usize, Vec<K>>;

/// The streams of each connection.
#[derive(Clone, Debug)]
pub(super) struct Placement<K> {
    /// No connection is without a stream.
    connections: BTreeMap<usize, BTreeSet<K>>,
    places: BTreeMap<K, usize>,
    /// The number of the next connection.
    next: usize,
    streams_per_connection: usize,
    max_connections: usize,
}

impl<K: Clone + Ord> Placement<K> {
    pub(super) fn new(streams_per_connection: usize, max_connections: usize) -> Self {
        Self {
            connections: BTreeMap::new(),
            places: BTreeMap::new(),
            next: 0,
            streams_per_connection,
            max_connections,
        }
    }

    /// Where these streams would go, without those that are placed already: the first connection
    /// with room is filled before the next, and none is added before all are full.
    pub(super) fn plan(&self, keys: impl IntoIterator<Item = K>) -> Result<Parts<K>, PoolError> {
        let keys: BTreeSet<K> = keys
            .into_iter()
            .filter(|key| !self.places.contains_key(key))
            .collect();
        let mut keys = keys.into_iter().peekable();
        let mut parts = Parts::new();
        let present = self
            .connections
            .iter()
            .map(|(number, streams)| (*number, self.streams_per_connection - streams.len()));
        let spare = self.max_connections - self.connections.len();
        let added = (self.next..).take(spare);
        let added = added.map(|number| (number, self.streams_per_connection));
        for (number, room) in present.chain(added) {
            if keys.peek().is_none() {
                break;
            }
            let part: Vec<K> = keys.by_ref().take(room).collect();
            if !part.is_empty() {
                parts.insert(number, part);
            }
        }
        match keys.next() {
            None => Ok(parts),
            Some(_) => Err(PoolError::Full {
                limit: self
                    .streams_per_connection
                    .saturating_mul(self.max_connections),
            }),
        }
    }

    /// Places streams as planned.
    pub(super) fn place(&mut self, parts: &Parts<K>) {
        for (number, keys) in parts {
            self.next = self.next.max(number + 1);
            for key in keys {
                self.places.insert(key.clone(), *number);
                let streams = self.connections.entry(*number).or_default();
                streams.insert(key.clone());
            }
        }
    }

    /// Where these streams are, without those that have no place.
    pub(super) fn find(&self, keys: impl IntoIterator<Item = K>) -> Parts<K> {
        let keys: BTreeSet<K> = keys.into_iter().collect();
        let mut parts = Parts::new();
        for key in keys {
            if let Some(number) = self.places.get(&key) {
                parts.entry(*number).or_default().push(key);
            }
        }
        parts
    }

    /// Frees the place of a stream. Returns whether its connection has no other.
    pub(super) fn free(&mut self, connection: usize, key: &K) -> bool {
        if self.places.get(key) != Some(&connection) {
            return false;
        }
        self.places.remove(key);
        let Some(streams) = self.connections.get_mut(&connection) else {
            return false;
        };
        streams.remove(key);
        let is_empty = streams.is_empty();
        if is_empty {
            self.connections.remove(&connection);
        }
        is_empty
    }

    /// Forgets a connection. Returns its streams.
    pub(super) fn remove(&mut self, connection: usize) -> Vec<K> {
        let streams = self.connections.remove(&connection).unwrap_or_default();
        for key in &streams {
            self.places.remove(key);
        }
        streams.into_iter().collect()
    }

    /// How many streams are placed.
    pub(super) fn streams(&self) -> usize {
        self.places.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parts(parts: &[(usize, &[u32])]) -> Parts<u32> {
        let part = |(number, keys): &(usize, &[u32])| (*number, keys.to_vec());
        parts.iter().map(part).collect()
    }

    #[test]
    fn a_connection_is_filled_before_the_next_is_added() {
        let mut placement = Placement::new(3, 2);
        let plan = placement.plan([1, 2]).unwrap();
        assert_eq!(plan, parts(&[(0, &[1, 2])]));
        placement.place(&plan);
        let plan = placement.plan([2, 3, 4, 4]).unwrap();
        assert_eq!(plan, parts(&[(0, &[3]), (1, &[4])]));
        placement.place(&plan);
        assert_eq!(placement.plan([1, 4]), Ok(Parts::new()), "all are placed");
        assert_eq!(placement.plan([5, 6, 7]), Err(PoolError::Full { limit: 6 }));
        assert!(!placement.free(0, &1));
        let plan = placement.plan([5, 6, 7]).unwrap();
        assert_eq!(plan, parts(&[(0, &[5]), (1, &[6, 7])]));
    }

    #[test]
    fn the_number_of_a_connection_that_has_ended_is_not_used_again() {
        let mut placement = Placement::new(2, 2);
        let plan = placement.plan([1, 2, 3]).unwrap();
        placement.place(&plan);
        assert_eq!(placement.remove(0), [1, 2]);
        assert_eq!(placement.remove(0), Vec::<u32>::new());
        assert_eq!(placement.streams(), 1);
        let plan = placement.plan([1, 2, 4]).unwrap();
        assert_eq!(plan, parts(&[(1, &[1]), (2, &[2, 4])]));
        placement.place(&plan);
        // A late rejection of the connection that has ended.
        assert!(!placement.free(0, &1));
        assert_eq!(placement.find([1, 2, 9]), parts(&[(1, &[1]), (2, &[2])]));
        assert!(!placement.free(2, &2));
        assert!(placement.free(2, &4), "the last one of its connection");
    }

    proptest! {
        #[test]
        fn no_connection_carries_too_many_and_each_stream_has_one_place(
            steps in prop::collection::vec((0..4_u8, prop::collection::vec(0..30_u32, 1..6)), 0..60),
            room in 1..5_usize,
            most in 1..5_usize,
        ) {
            let mut placement = Placement::new(room, most);
            let mut wanted = BTreeSet::new();
            for (kind, keys) in steps {
                match kind {
                    0 | 1 => {
                        let union: BTreeSet<u32> = wanted.iter().chain(&keys).copied().collect();
                        let fits = union.len() <= room * most;
                        let plan = placement.plan(keys);
                        prop_assert_eq!(plan.is_ok(), fits);
                        if let Ok(plan) = plan {
                            placement.place(&plan);
                            wanted = union;
                        }
                    }
                    2 => for (number, keys) in placement.find(keys) {
                        for key in keys {
                            let last = placement.free(number, &key);
                            wanted.remove(&key);
                            prop_assert_eq!(last, !placement.connections.contains_key(&number));
                        }
                    },
                    _ => for key in placement.remove(keys[0] as usize) {
                        prop_assert!(wanted.remove(&key));
                    },
                }
                let placed: BTreeSet<u32> = placement.places.keys().copied().collect();
                prop_assert_eq!(&placed, &wanted);
                prop_assert!(placement.connections.len() <= most);
                let sum: usize = placement.connections.values().map(BTreeSet::len).sum();
                prop_assert_eq!(sum, wanted.len());
                for streams in placement.connections.values() {
                    prop_assert!((1..=room).contains(&streams.len()));
                }
            }
        }
    }
}
