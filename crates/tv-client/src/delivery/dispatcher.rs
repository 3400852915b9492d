//! The readers of all subscriptions of a connection.

use std::collections::BTreeMap;

use protocol::{message::server::QuoteValues, symbol::Symbol};

use super::readers::{Readers, over};
use crate::{
    engine::Delivery,
    error::{ClientError, RequestError},
    registry::{Joined, Place, SubscriptionId, Update},
};

/// The queues of all subscriptions, held by the connection's task.
#[derive(Debug, Default)]
pub(crate) struct Dispatcher {
    readers: BTreeMap<SubscriptionId, Readers>,
}

impl Dispatcher {
    /// Reports to every reader that the connection has ended.
    pub(crate) fn end(&mut self, error: &ClientError) {
        for (_, readers) in std::mem::take(&mut self.readers) {
            readers.fail(&RequestError::Ended(error.clone()));
        }
    }
}

impl Delivery for Dispatcher {
    type Reader = Readers;

    fn attach(&mut self, subscription: SubscriptionId, readers: Readers) {
        self.readers.insert(subscription, readers);
    }

    fn join(&mut self, subscription: SubscriptionId, readers: Readers, joined: Joined) {
        match self.readers.get_mut(&subscription) {
            Some(known) => known.join(readers, joined),
            None => readers.fail(&over()),
        }
    }

    fn leave(&mut self, subscription: SubscriptionId) {
        if let Some(readers) = self.readers.get_mut(&subscription) {
            readers.prune();
        }
    }

    fn detach(&mut self, subscription: SubscriptionId) {
        self.readers.remove(&subscription);
    }

    fn deliver(&mut self, subscription: SubscriptionId, update: Update) -> bool {
        let over = matches!(update, Update::Failed(_));
        let Some(readers) = self.readers.get_mut(&subscription) else {
            return true;
        };
        let has_readers = readers.push(update);
        if over {
            self.detach(subscription);
        }
        has_readers
    }

    fn has_readers(&self, subscription: SubscriptionId) -> bool {
        self.readers
            .get(&subscription)
            .is_some_and(Readers::has_readers)
    }

    fn fullest(&self) -> Option<(usize, usize)> {
        let fills = self.readers.values().flat_map(Readers::fills);
        // Compared as fractions: a / b < c / d.
        let product = |count: usize, other: usize| count as u128 * other.max(1) as u128;
        fills.max_by(|one, other| product(one.0, other.1).cmp(&product(other.0, one.1)))
    }

    fn deliver_values(
        &mut self,
        subscription: SubscriptionId,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) -> bool {
        match self.readers.get_mut(&subscription) {
            Some(Readers::Quotes(readers)) => readers.push_values(place, symbol, values),
            // The registry names a subscription's own kind only.
            _ => true,
        }
    }
}
