//! Queues between the connection's task and the readers: bounded, and honest about what they drop.
//!
//! The connection's task writes and never waits; a reader waits and never holds the connection up.

mod quotes;
mod series;
mod studies;

use std::collections::BTreeMap;

use tokio::sync::watch;

use crate::{
    error::{ClientError, RequestError},
    event::{ConnectionState, end_reason},
    mailbox::Shared,
    registry::{Joined, QuoteNews, SeriesNews, SubscriptionId, Update},
};

pub(crate) use quotes::QuoteQueue;
pub(crate) use series::{Loading, SeriesQueue, Taken};
pub(crate) use studies::StudyQueue;

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
        self.fail(&RequestError::Ended(end_reason(&self.state)));
    }
}

/// The readers of one subscription. Each has a queue of its own, so that none waits for another.
#[derive(Debug)]
pub(crate) struct Readers<Q: Queue>(Vec<Feed<Q>>);

impl<Q: Queue> Readers<Q> {
    /// Hands news to every reader. False if all have gone.
    fn push(&mut self, news: Q::News) -> bool {
        self.prune();
        let Some((last, others)) = self.0.split_last() else {
            return false;
        };
        for feed in others {
            feed.queue.change(|queue| queue.push(news.clone()));
        }
        last.queue.change(|queue| queue.push(news));
        true
    }

    /// Forgets readers that have gone.
    fn prune(&mut self) {
        if !self.0.iter().all(|feed| feed.queue.has_reader()) {
            self.0.retain(|feed| feed.queue.has_reader());
        }
    }

    fn fail(&self, error: &RequestError) {
        for feed in &self.0 {
            feed.fail(error);
        }
    }
}

impl<Q: Queue> From<Feed<Q>> for Readers<Q> {
    fn from(feed: Feed<Q>) -> Self {
        Self(vec![feed])
    }
}

/// The readers of a subscription, of any kind.
#[derive(Debug)]
pub(crate) enum Sink {
    Quotes(Readers<QuoteQueue>),
    Series(Readers<SeriesQueue>),
    Study(Readers<StudyQueue>),
}

impl Sink {
    /// Hands an update to every reader. False if all have gone.
    fn push(&mut self, update: Update) -> bool {
        match (self, update) {
            (Self::Quotes(readers), Update::Quote(news)) => readers.push(news),
            (Self::Series(readers), Update::Series(news)) => readers.push(news),
            (Self::Study(readers), Update::Study(news)) => readers.push(news),
            (sink, Update::Failed(error)) => {
                sink.fail(&error);
                true
            }
            // The registry names a subscription's own kind only.
            (_, Update::Quote(_) | Update::Series(_) | Update::Study(_)) => true,
        }
    }

    /// Adds readers, which are told first how things stand.
    fn join(&mut self, new: Self, joined: Joined) {
        match (self, new) {
            (Self::Quotes(readers), Self::Quotes(new)) => {
                for feed in new.0 {
                    if let Some(first) = readers.0.first() {
                        let states = first.queue.look(QuoteQueue::states);
                        feed.queue.change(|queue| queue.begin(states));
                    }
                    if joined.is_interrupted {
                        feed.queue
                            .change(|queue| queue.push(QuoteNews::Reconnecting));
                    }
                    readers.0.push(feed);
                }
            }
            (Self::Series(readers), Self::Series(new)) => {
                for feed in new.0 {
                    if let Some(loaded) = joined.loaded.clone() {
                        feed.queue
                            .change(|queue| queue.push(SeriesNews::Loaded(loaded)));
                    }
                    if joined.is_interrupted {
                        feed.queue
                            .change(|queue| queue.push(SeriesNews::Reconnecting));
                    }
                    readers.0.push(feed);
                }
            }
            (_, new) => new.fail(&over()),
        }
    }

    fn prune(&mut self) {
        match self {
            Self::Quotes(readers) => readers.prune(),
            Self::Series(readers) => readers.prune(),
            Self::Study(readers) => readers.prune(),
        }
    }

    fn fail(&self, error: &RequestError) {
        match self {
            Self::Quotes(readers) => readers.fail(error),
            Self::Series(readers) => readers.fail(error),
            Self::Study(readers) => readers.fail(error),
        }
    }
}

/// What one is told who joins too late.
fn over() -> RequestError {
    let reason = "the subscription is over";
    RequestError::Misuse { reason }
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

    /// Adds readers of a subscription.
    pub(crate) fn join(&mut self, subscription: SubscriptionId, sink: Sink, joined: Joined) {
        match self.sinks.get_mut(&subscription) {
            Some(known) => known.join(sink, joined),
            None => sink.fail(&over()),
        }
    }

    /// A reader of a subscription has gone.
    pub(crate) fn leave(&mut self, subscription: SubscriptionId) {
        if let Some(sink) = self.sinks.get_mut(&subscription) {
            sink.prune();
        }
    }

    pub(crate) fn detach(&mut self, subscription: SubscriptionId) {
        self.sinks.remove(&subscription);
    }

    /// Hands an update to its readers. False if they have all gone.
    pub(crate) fn deliver(&mut self, subscription: SubscriptionId, update: Update) -> bool {
        let over = matches!(update, Update::Failed(_));
        let Some(sink) = self.sinks.get_mut(&subscription) else {
            return true;
        };
        let has_readers = sink.push(update);
        if over {
            self.detach(subscription);
        }
        has_readers
    }

    /// Tells every reader that the connection has ended.
    pub(crate) fn end(&mut self, error: &ClientError) {
        for (_, sink) in std::mem::take(&mut self.sinks) {
            sink.fail(&RequestError::Ended(error.clone()));
        }
    }
}

#[cfg(test)]
mod tests;
