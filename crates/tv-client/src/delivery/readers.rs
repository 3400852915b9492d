//! The readers of one subscription.

use protocol::{message::server::QuoteValues, symbol::Symbol};

use super::{
    queue::{Feed, Queue},
    quotes::QuoteQueue,
    series::SeriesQueue,
    studies::StudyQueue,
};
use crate::{
    error::RequestError,
    registry::{Joined, Place, QuoteNews, SeriesNews, Update},
};

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

    fn has_readers(&self) -> bool {
        self.0.iter().any(|feed| feed.queue.has_reader())
    }

    fn fail(&self, error: &RequestError) {
        for feed in &self.0 {
            feed.fail(error);
        }
    }
}

impl Readers<QuoteQueue> {
    /// Hands new values of a symbol to every reader. False if all have gone.
    pub(super) fn push_values(
        &mut self,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) -> bool {
        self.prune();
        for feed in &self.0 {
            let push = |queue: &mut QuoteQueue| queue.push_values(place, symbol, values);
            feed.queue.change(push);
        }
        !self.0.is_empty()
    }
}

impl<Q: Queue> From<Feed<Q>> for Readers<Q> {
    fn from(feed: Feed<Q>) -> Self {
        Self(vec![feed])
    }
}

impl From<Feed<QuoteQueue>> for Sink {
    fn from(feed: Feed<QuoteQueue>) -> Self {
        Self::Quotes(feed.into())
    }
}

impl From<Feed<SeriesQueue>> for Sink {
    fn from(feed: Feed<SeriesQueue>) -> Self {
        Self::Series(feed.into())
    }
}

impl From<Feed<StudyQueue>> for Sink {
    fn from(feed: Feed<StudyQueue>) -> Self {
        Self::Study(feed.into())
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
    pub(super) fn push(&mut self, update: Update) -> bool {
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
    pub(super) fn join(&mut self, new: Self, joined: Joined) {
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

    pub(super) fn has_readers(&self) -> bool {
        match self {
            Self::Quotes(readers) => readers.has_readers(),
            Self::Series(readers) => readers.has_readers(),
            Self::Study(readers) => readers.has_readers(),
        }
    }

    pub(super) fn prune(&mut self) {
        match self {
            Self::Quotes(readers) => readers.prune(),
            Self::Series(readers) => readers.prune(),
            Self::Study(readers) => readers.prune(),
        }
    }

    pub(super) fn fail(&self, error: &RequestError) {
        match self {
            Self::Quotes(readers) => readers.fail(error),
            Self::Series(readers) => readers.fail(error),
            Self::Study(readers) => readers.fail(error),
        }
    }
}

/// What one is told who joins too late.
pub(super) fn over() -> RequestError {
    let reason = "the subscription is over";
    RequestError::Misuse { reason }
}
