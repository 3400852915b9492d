//! The events of a supervisor, and how it ends.

use std::fmt;

use super::state::StateChange;
use crate::fault::Fault;

/// An event of a supervisor for its owner. Events come in order.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "an owner must handle each of them")]
pub enum SupervisorEvent<E> {
    /// An event of the protocol.
    Protocol(E),
    /// The state changed.
    State(StateChange),
    /// The peer rejected the credentials: send the protocol new ones in a command. After the first
    /// rejection the next attempt comes soon; later ones wait in the slow lane, so that this event
    /// comes at most about once a minute.
    RefreshAuth,
}

/// How a supervisor ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there are no other ends")]
pub enum End {
    /// A handle closed it, the protocol has finished, or every handle is gone.
    Closed,
    /// This fault ended it: it will not heal, or there were too many attempts.
    GaveUp(Fault),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("closed"),
            Self::GaveUp(fault) => write!(f, "gave up: {}", fault.explain()),
        }
    }
}
