//! What every queue can do, and its writing end.

use tokio::sync::watch;

use crate::{
    error::RequestError,
    event::{ConnectionState, end_reason},
    mailbox::Shared,
};

/// A queue that the connection's task fills.
pub(crate) trait Queue {
    type News: Clone;

    fn push(&mut self, news: Self::News);

    /// Notes that nothing more will come, and why, once: the first reason stays.
    fn fail(&mut self, error: RequestError);
}

/// The writing end of a queue. A reader always learns of its end: when this is dropped at the latest.
#[derive(Debug)]
pub(crate) struct Feed<Q: Queue> {
    pub(super) queue: Shared<Q>,
    /// Where to look for the reason of an end that nobody has told.
    state: watch::Receiver<ConnectionState>,
}

impl<Q: Queue> Feed<Q> {
    pub(crate) fn new(queue: Shared<Q>, state: watch::Receiver<ConnectionState>) -> Self {
        Self { queue, state }
    }

    pub(super) fn fail(&self, error: &RequestError) {
        self.queue.change(|queue| queue.fail(error.clone()));
    }
}

impl<Q: Queue> Drop for Feed<Q> {
    fn drop(&mut self) {
        self.fail(&RequestError::Ended(end_reason(&self.state)));
    }
}
