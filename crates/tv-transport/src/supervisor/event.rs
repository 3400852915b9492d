//! What a supervisor tells its owner, and how it ends.

use crate::fault::Fault;

use super::state::StateChange;

/// What a supervisor tells its owner, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an owner must handle each of them")]
pub enum SupervisorEvent<E> {
    /// An event of the protocol.
    Protocol(E),
    /// The state changed.
    State(StateChange),
    /// The peer rejected our credentials: give the protocol new ones by a command. The first time the next attempt
    /// comes soon, then in the slow lane, so that this is told at most about once a minute.
    RefreshAuth,
}

/// How a supervisor ended.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are no other ends")]
pub enum End {
    /// Because it was told to, the protocol has finished, or every handle is gone.
    Closed,
    /// Because of this fault: it will not heal, or there were too many attempts.
    GaveUp(Fault),
}
