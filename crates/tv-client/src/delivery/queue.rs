//! The operations of every queue, and its writing end.

use tokio::sync::watch;

use crate::{
    error::RequestError,
    event::{ConnectionState, end_reason},
    mailbox::Mailbox,
};

/// A queue that the connection's task fills.
pub(crate) trait Queue {
    type Update: Clone;

    fn push(&mut self, update: Self::Update);

    /// How much waits, and how much may.
    fn fill(&self) -> (usize, usize);

    /// Notes that nothing more will come, and why, once: the first reason stays.
    fn fail(&mut self, error: RequestError);
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
