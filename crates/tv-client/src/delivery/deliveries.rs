//! The readers of all subscriptions of a connection.

use std::collections::BTreeMap;

use protocol::{message::server::QuoteValues, symbol::Symbol};

use super::readers::{Sink, over};
use crate::{
    engine::Delivery,
    error::{ClientError, RequestError},
    registry::{Joined, Place, SubscriptionId, Update},
};

/// The queues of all subscriptions, held by the connection's task.
#[derive(Debug, Default)]
pub(crate) struct Deliveries {
    sinks: BTreeMap<SubscriptionId, Sink>,
}

impl Deliveries {
    /// Tells every reader that the connection has ended.
    pub(crate) fn end(&mut self, error: &ClientError) {
        for (_, sink) in std::mem::take(&mut self.sinks) {
            sink.fail(&RequestError::Ended(error.clone()));
        }
    }
}

impl Delivery for Deliveries {
    type Reader = Sink;

    fn attach(&mut self, subscription: SubscriptionId, sink: Sink) {
        self.sinks.insert(subscription, sink);
    }

    fn join(&mut self, subscription: SubscriptionId, sink: Sink, joined: Joined) {
        match self.sinks.get_mut(&subscription) {
            Some(known) => known.join(sink, joined),
            None => sink.fail(&over()),
        }
    }

    fn leave(&mut self, subscription: SubscriptionId) {
        if let Some(sink) = self.sinks.get_mut(&subscription) {
            sink.prune();
        }
    }

    fn detach(&mut self, subscription: SubscriptionId) {
        self.sinks.remove(&subscription);
    }

    fn deliver(&mut self, subscription: SubscriptionId, update: Update) -> bool {
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

    fn has_readers(&self, subscription: SubscriptionId) -> bool {
        self.sinks.get(&subscription).is_some_and(Sink::has_readers)
    }

    fn deliver_values(
        &mut self,
        subscription: SubscriptionId,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) -> bool {
        match self.sinks.get_mut(&subscription) {
            Some(Sink::Quotes(readers)) => readers.push_values(place, symbol, values),
            // The registry names a subscription's own kind only.
            _ => true,
        }
    }
}
