//! What a client has counted.

use std::ops::AddAssign;

use protocol::connection::Counters;

/// What a client, or all connections of a pool, have seen so far, faults included.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClientCounters {
    /// What the server sent.
    pub received: Counters,
    /// Messages that were dropped because they came too late: for a session that is over, or as the
    /// answer to a request that was sent again.
    pub late_messages: u64,
}

impl AddAssign for ClientCounters {
    /// Adds what another client has seen.
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.late_messages += other.late_messages;
    }
}
