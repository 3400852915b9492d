//! Ids of sessions: random, and none twice. Jitter comes from the same randomness.

use std::{collections::HashSet, time::Duration};

use protocol::id::SessionId;
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// How many past ids are remembered. The odds that twelve random characters repeat are nil; a
/// source of randomness that fails repeats itself soon.
const MEMORY: usize = 65_536;

/// Makes ids from the randomness that was handed in.
#[derive(Debug)]
pub(crate) struct Ids {
    random: StdRng,
    used: HashSet<SessionId>,
}

impl Ids {
    pub(crate) fn new(random: StdRng) -> Self {
        Self {
            random,
            used: HashSet::new(),
        }
    }

    /// Others that repeat none of these.
    pub(super) fn fork(&mut self) -> Self {
        Self {
            random: StdRng::from_rng(&mut self.random),
            used: self.used.clone(),
        }
    }

    /// Repeats none of those either.
    pub(super) fn learn(&mut self, others: Self) {
        self.used.extend(others.used);
    }

    /// A pause between three quarters of the given one and the whole, so that clients do not act in
    /// step.
    pub(super) fn jitter(&mut self, pause: Duration) -> Duration {
        pause.mul_f64(self.random.random_range(0.75..1.0))
    }

    /// Whether an id was given out, as far as that is remembered.
    pub(super) fn has_used(&self, id: &str) -> bool {
        self.used.contains(id)
    }

    pub(super) fn next(&mut self, prefix: &str) -> SessionId {
        if self.used.len() >= MEMORY {
            self.used.clear();
        }
        loop {
            let id = SessionId::generate(prefix, &mut self.random);
            if self.used.insert(id.clone()) {
                return id;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s18_a_million_ids_are_all_different() {
        let mut ids = Ids::new(StdRng::seed_from_u64(18));
        let all: HashSet<SessionId> = (0..1_000_000).map(|_| ids.next(SessionId::CHART)).collect();
        assert_eq!(all.len(), 1_000_000);
        assert!(ids.used.len() <= MEMORY);
    }

    #[test]
    fn f46_randomness_that_repeats_itself_repeats_no_id() {
        let mut ids = Ids::new(StdRng::seed_from_u64(46));
        let mut known: HashSet<SessionId> = (0..100).map(|_| ids.next(SessionId::CHART)).collect();
        // The same again, as a source that has failed would give it; also to connections that take
        // others' places.
        for _ in 0..3 {
            ids.random = StdRng::seed_from_u64(46);
            let mut fork = ids.fork();
            fork.random = StdRng::seed_from_u64(46);
            for _ in 0..100 {
                assert!(known.insert(fork.next(SessionId::CHART)));
            }
            ids.learn(fork);
        }
    }
}
