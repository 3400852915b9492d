//! The counters of a client.

use std::ops::AddAssign;

use protocol::connection::Counters;

/// The counters of a client, or of all connections of a pool, faults included.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ClientCounters {
    /// What the server sent.
    pub received: Counters,
    /// Messages that were dropped because they came too late: for an ended session, or as the
    /// answer to a request that was repeated.
    pub late_messages: u64,
}

impl AddAssign for ClientCounters {
    /// Adds the counters of another client.
    fn add_assign(&mut self, other: Self) {
        self.received += other.received;
        self.late_messages += other.late_messages;
    }
}
