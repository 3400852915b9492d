//! Ids of sessions: random, and none twice.

use std::collections::HashSet;

use protocol::id::SessionId;
use rand::{SeedableRng, rngs::StdRng};

/// How many past ids are remembered. The odds that twelve random characters repeat are nil; a source of
/// randomness that fails repeats itself soon.
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
