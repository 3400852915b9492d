//! The readers of all subscriptions of a connection.

use std::collections::BTreeMap;

use super::readers::{Sink, over};
use crate::{
    error::{ClientError, RequestError},
    registry::{Joined, SubscriptionId, Update},
};

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
