//! Queues between the connection's task and the readers: bounded, and honest about what they drop.
//!
//! The connection's task writes and never waits; a reader waits and never holds the connection up.

mod quotes;
mod series;
mod studies;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

pub(crate) use quotes::QuoteQueue;
pub(crate) use series::{SeriesQueue, Taken};
pub(crate) use studies::StudyQueue;
use tokio::sync::watch;

use crate::{
    error::{ClientError, RequestError},
    registry::{SubscriptionId, Update},
    state::{self, ConnectionState},
};

/// A queue that one side fills and the other awaits.
pub(crate) struct Shared<Q>(Arc<Mutex<Slot<Q>>>);

struct Slot<Q> {
    queue: Q,
    waker: Option<Waker>,
}

impl<Q> Clone for Shared<Q> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<Q> std::fmt::Debug for Shared<Q> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Shared").finish_non_exhaustive()
    }
}

impl<Q> Shared<Q> {
    pub(crate) fn new(queue: Q) -> Self {
        Self(Arc::new(Mutex::new(Slot { queue, waker: None })))
    }

    /// No code that holds the lock can panic, so a poisoned one is as good as any.
    fn lock(&self) -> MutexGuard<'_, Slot<Q>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody but the writer has it.
    fn has_reader(&self) -> bool {
        Arc::strong_count(&self.0) > 1
    }

    /// Changes the queue and wakes its reader.
    fn change(&self, change: impl FnOnce(&mut Q)) {
        let waker = {
            let mut slot = self.lock();
            change(&mut slot.queue);
            slot.waker.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Takes from the queue, or is woken when there is something.
    pub(crate) fn poll<T>(
        &self,
        context: &Context<'_>,
        take: impl FnOnce(&mut Q) -> Option<T>,
    ) -> Poll<T> {
        let mut slot = self.lock();
        if let Some(item) = take(&mut slot.queue) {
            return Poll::Ready(item);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

/// A queue that can be told that nothing more will come.
pub(crate) trait Queue {
    /// Notes why, once: the first reason stays.
    fn fail(&mut self, error: RequestError);
}

/// The writing end of a queue. A reader always learns of its end: when this is dropped at the latest.
#[derive(Debug)]
pub(crate) struct Feed<Q: Queue> {
    queue: Shared<Q>,
    /// Where to look for the reason of an end that nobody has told.
    state: watch::Receiver<ConnectionState>,
}

impl<Q: Queue> Feed<Q> {
    pub(crate) fn new(queue: Shared<Q>, state: watch::Receiver<ConnectionState>) -> Self {
        Self { queue, state }
    }

    fn fail(&self, error: &RequestError) {
        self.queue.change(|queue| queue.fail(error.clone()));
    }
}

impl<Q: Queue> Drop for Feed<Q> {
    fn drop(&mut self) {
        self.fail(&RequestError::Ended(state::reason(&self.state)));
    }
}

/// The writing end of a subscription, of either kind.
#[derive(Debug)]
pub(crate) enum Sink {
    Quotes(Feed<QuoteQueue>),
    Series(Feed<SeriesQueue>),
    Study(Feed<StudyQueue>),
}

impl Sink {
    fn push(&self, update: Update) {
        match (self, update) {
            (Self::Quotes(feed), Update::Quote(news)) => {
                feed.queue.change(|queue| queue.push(news))
            }
            (Self::Series(feed), Update::Series(news)) => {
                feed.queue.change(|queue| queue.push(news))
            }
            (Self::Study(feed), Update::Study(news)) => feed.queue.change(|queue| queue.push(news)),
            (_, Update::Failed(error)) => self.fail(&error),
            // The registry names a subscription's own kind only.
            (_, Update::Quote(_) | Update::Series(_) | Update::Study(_)) => {}
        }
    }

    fn has_reader(&self) -> bool {
        match self {
            Self::Quotes(feed) => feed.queue.has_reader(),
            Self::Series(feed) => feed.queue.has_reader(),
            Self::Study(feed) => feed.queue.has_reader(),
        }
    }

    fn fail(&self, error: &RequestError) {
        match self {
            Self::Quotes(feed) => feed.fail(error),
            Self::Series(feed) => feed.fail(error),
            Self::Study(feed) => feed.fail(error),
        }
    }
}

/// The queues of all subscriptions, held by the connection's task.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    sinks: BTreeMap<SubscriptionId, Sink>,
}

impl Deliveries {
    pub(crate) fn attach(&mut self, subscription: SubscriptionId, sink: Sink) {
        self.sinks.insert(subscription, sink);
    }

    pub(crate) fn detach(&mut self, subscription: SubscriptionId) {
        self.sinks.remove(&subscription);
    }

    /// Hands an update to its reader. False if that has gone.
    pub(crate) fn deliver(&mut self, subscription: SubscriptionId, update: Update) -> bool {
        let over = matches!(update, Update::Failed(_));
        let Some(sink) = self.sinks.get(&subscription) else {
            return true;
        };
        let has_reader = sink.has_reader();
        if has_reader {
            sink.push(update);
        }
        if over {
            self.detach(subscription);
        }
        has_reader
    }

    /// Tells every reader that the connection has ended.
    pub(crate) fn end(&mut self, error: &ClientError) {
        for (_, sink) in std::mem::take(&mut self.sinks) {
            sink.fail(&RequestError::Ended(error.clone()));
        }
    }
}
