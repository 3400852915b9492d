//! What a pool reports.

use transport::{End, SupervisorEvent};

/// An event of a pool.
///
/// Those of one connection come in order; those of several in any order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an owner must handle each of them")]
pub enum PoolEvent<E, K> {
    /// An event of a connection.
    Connection {
        /// The number of the connection. No number is used twice.
        connection: usize,
        /// The event.
        event: SupervisorEvent<E>,
    },
    /// A connection has ended for good. The last event of its number.
    Ended {
        /// The number of the connection.
        connection: usize,
        /// Why.
        end: End,
        /// The streams that it carried, which are no longer wanted. Subscribe again to move them to
        /// another connection. Empty if the pool closed a connection because it had none left.
        streams: Vec<K>,
    },
}
