//! Ids of sessions: random, and none twice.

use std::collections::HashSet;

use protocol::id::SessionId;
use rand::rngs::StdRng;

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

    pub(super) fn next(&mut self, prefix: &str) -> SessionId {
        if self.used.len() == MEMORY {
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
