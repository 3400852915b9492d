//! The senders of one subscription.

use protocol::{message::server::QuoteValues, symbol::Symbol};

use super::{
    queue::{Queue, QueueSender},
    quotes::QuoteQueue,
    series::SeriesQueue,
    studies::StudyQueue,
    table::SharedTable,
};
use crate::{
    error::RequestError,
    registry::{Joined, Place, QuoteSessionUpdate, SeriesUpdate, Update},
};

/// The senders of one subscription. Each has a queue of its own, so that none waits for another.
#[derive(Debug)]
pub(crate) struct Senders<Q: Queue>(Vec<QueueSender<Q>>);

impl<Q: Queue> Senders<Q> {
    /// Hands an update to every reader. False if all have gone.
    fn push(&mut self, update: Q::Update) -> bool {
        self.prune();
        let Some((last, others)) = self.0.split_last() else {
            return false;
        };
        for sender in others {
            sender.queue.change(|queue| queue.push(update.clone()));
        }
        last.queue.change(|queue| queue.push(update));
        true
    }

    /// Forgets senders that have gone.
    fn prune(&mut self) {
        if !self.0.iter().all(|sender| sender.queue.has_reader()) {
            self.0.retain(|sender| sender.queue.has_reader());
        }
    }

    fn has_readers(&self) -> bool {
        self.0.iter().any(|sender| sender.queue.has_reader())
    }

    fn fills(&self) -> Vec<(usize, usize)> {
        let fills = self.0.iter().map(|sender| sender.queue.look(Q::fill));
        fills.collect()
    }

    fn fail(&self, error: &RequestError) {
        for sender in &self.0 {
            sender.fail(error);
        }
    }
}

impl Senders<QuoteQueue> {
    /// Hands new values of a symbol to every reader. False if all have gone.
    pub(super) fn push_values(
        &mut self,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) -> bool {
        self.prune();
        for sender in &self.0 {
            let push = |queue: &mut QuoteQueue| queue.push_values(place, symbol, values);
            sender.queue.change(push);
        }
        !self.0.is_empty()
    }
}

impl<Q: Queue> From<QueueSender<Q>> for Senders<Q> {
    fn from(sender: QueueSender<Q>) -> Self {
        Self(vec![sender])
    }
}

impl From<QueueSender<QuoteQueue>> for Readers {
    fn from(sender: QueueSender<QuoteQueue>) -> Self {
        Self::Quotes(sender.into())
    }
}

impl From<QueueSender<SeriesQueue>> for Readers {
    fn from(sender: QueueSender<SeriesQueue>) -> Self {
        Self::series(sender, SharedTable::default())
    }
}

impl From<QueueSender<StudyQueue>> for Readers {
    fn from(sender: QueueSender<StudyQueue>) -> Self {
        Self::Study(sender.into())
    }
}

/// The senders of a subscription, of any kind.
#[derive(Debug)]
pub(crate) enum Readers {
    Quotes(Senders<QuoteQueue>),
    /// They share a table of the bars.
    Series(Senders<SeriesQueue>, SharedTable),
    Study(Senders<StudyQueue>),
}

impl Readers {
    /// A reader of a series, and the table that it shares with those that join later.
    pub(crate) fn series(sender: QueueSender<SeriesQueue>, table: SharedTable) -> Self {
        Self::Series(sender.into(), table)
    }

    /// Hands an update to every reader. False if all have gone.
    pub(super) fn push(&mut self, update: Update) -> bool {
        match (self, update) {
            (Self::Quotes(senders), Update::Quote(update)) => senders.push(update),
            (Self::Series(senders, table), Update::Series(update)) => {
                table.fold(&update);
                senders.push(update)
            }
            (Self::Study(senders), Update::Study(update)) => senders.push(update),
            (readers, Update::Failed(error)) => {
                readers.fail(&error);
                true
            }
            // The registry names a subscription's own kind only.
            (_, Update::Quote(_) | Update::Series(_) | Update::Study(_)) => true,
        }
    }

    /// Adds senders, and reports to them first how the subscription stands.
    pub(super) fn join(&mut self, new: Self, joined: Joined) {
        match (self, new) {
            (Self::Quotes(senders), Self::Quotes(new)) => {
                for sender in new.0 {
                    if let Some(first) = senders.0.first() {
                        let states = first.queue.look(QuoteQueue::states);
                        sender.queue.change(|queue| queue.begin(states));
                    }
                    if joined.is_interrupted {
                        sender
                            .queue
                            .change(|queue| queue.push(QuoteSessionUpdate::Reconnecting));
                    }
                    senders.0.push(sender);
                }
            }
            (Self::Series(senders, _), Self::Series(new, _)) => {
                for sender in new.0 {
                    if let Some(loaded) = joined.loaded.clone() {
                        let shown = joined.shown.clone();
                        sender.queue.change(|queue| queue.begin(loaded, shown));
                    }
                    if joined.is_interrupted {
                        sender
                            .queue
                            .change(|queue| queue.push(SeriesUpdate::Reconnecting));
                    }
                    senders.0.push(sender);
                }
            }
            // The snapshot that follows is theirs, too.
            (Self::Study(senders), Self::Study(new)) => senders.0.extend(new.0),
            (_, new) => new.fail(&over()),
        }
    }

    pub(super) fn has_readers(&self) -> bool {
        match self {
            Self::Quotes(senders) => senders.has_readers(),
            Self::Series(senders, _) => senders.has_readers(),
            Self::Study(senders) => senders.has_readers(),
        }
    }

    /// How full the queue of each reader is.
    pub(super) fn fills(&self) -> Vec<(usize, usize)> {
        match self {
            Self::Quotes(senders) => senders.fills(),
            Self::Series(senders, _) => senders.fills(),
            Self::Study(senders) => senders.fills(),
        }
    }

    pub(super) fn prune(&mut self) {
        match self {
            Self::Quotes(senders) => senders.prune(),
            Self::Series(senders, _) => senders.prune(),
            Self::Study(senders) => senders.prune(),
        }
    }

    pub(super) fn fail(&self, error: &RequestError) {
        match self {
            Self::Quotes(senders) => senders.fail(error),
            Self::Series(senders, _) => senders.fail(error),
            Self::Study(senders) => senders.fail(error),
        }
    }
}

/// The last event of a subscription that is over, for a reader that joins too late.
pub(super) fn over() -> RequestError {
    let reason = "the subscription is over";
    RequestError::Misuse { reason }
}
