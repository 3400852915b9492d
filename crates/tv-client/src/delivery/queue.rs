//! The operations of every queue, and its writing end.

use tokio::sync::watch;

use crate::{
    error::RequestError,
    event::{ConnectionState, end_reason},
    mailbox::Mailbox,
};

/// A queue that the connection's task fills, and a reader empties.
pub(crate) trait Queue {
    type Update: Clone;
    type Item;

    /// Whether some of what comes must not wait until a pause of the reader is over.
    const HAS_URGENT: bool;

    fn push(&mut self, update: Self::Update);

    /// How much waits, and how much may.
    fn fill(&self) -> (usize, usize);

    /// Notes that nothing more will come, and why, once: the first reason stays.
    fn fail(&mut self, error: RequestError);

    /// What waits.
    fn backlog(&self) -> Backlog;

    /// How many changes have come so far that may be merged.
    fn pushes(&self) -> u64;

    /// The next item; `Some(None)` when the last has been taken.
    fn take(&mut self) -> Option<Option<Self::Item>>;
}

/// What waits in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Backlog {
    None,
    /// Only changes that may be merged with later ones.
    Some,
    /// Also what must not wait, such as the end.
    Urgent,
}

/// The writing end of a queue. Dropping it ends the reader's stream, if nothing did before.
#[derive(Debug)]
pub(crate) struct QueueSender<Q: Queue> {
    pub(super) queue: Mailbox<Q>,
    /// Where to find the reason of an end that was not reported.
    state: watch::Receiver<ConnectionState>,
}

impl<Q: Queue> QueueSender<Q> {
    pub(crate) fn new(queue: Mailbox<Q>, state: watch::Receiver<ConnectionState>) -> Self {
        Self { queue, state }
    }

    pub(super) fn fail(&self, error: &RequestError) {
        self.queue.change(|queue| queue.fail(error.clone()));
    }
}

impl<Q: Queue> Drop for QueueSender<Q> {
    fn drop(&mut self) {
        self.fail(&RequestError::Ended(end_reason(&self.state)));
    }
}
