//! What is remembered of each stream and each request.

use std::time::Instant;

use super::batch::Action;

/// A stream that is wanted or still to be ended.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its place in the order of first subscription.
    pub(super) order: u64,
    pub(super) phase: Phase,
    /// It was requested on this connection, whatever the answer.
    pub(super) sent: bool,
    /// Requests in a row without an answer.
    pub(super) tries: u32,
    /// When the last data arrived, or the confirmation if there was none; `None` from each request
    /// until its confirmation.
    pub(super) seen: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// To be requested at its turn, once there is a connection.
    Waiting,
    Asked(u64),
    Confirmed,
    /// To be ended at its turn. Holds the request that is not answered yet, if any.
    Leaving(Option<u64>),
    Ending(u64),
}

#[derive(Clone, Debug)]
pub(super) struct Request<K> {
    pub(super) action: Action,
    pub(super) keys: Vec<K>,
    pub(super) answer_by: Instant,
}
