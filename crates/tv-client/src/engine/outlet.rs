//! The way of updates from the registry to their readers.

use protocol::{message::server::QuoteValues, redact::Secrets, symbol::Symbol};

use super::delivery::Delivery;
use crate::registry::{Place, SubscriptionId, Update, UpdateSink};

/// Hands updates to their readers, and notes whose readers have gone.
pub(super) struct Outlet<'a, D> {
    pub(super) secrets: &'a Secrets,
    pub(super) delivery: &'a mut D,
    pub(super) abandoned: &'a mut Vec<SubscriptionId>,
}

impl<D> Outlet<'_, D> {
    fn note(&mut self, subscription: SubscriptionId, has_readers: bool) {
        if !has_readers && !self.abandoned.contains(&subscription) {
            self.abandoned.push(subscription);
        }
    }
}

impl<D: Delivery> UpdateSink for Outlet<'_, D> {
    fn update(&mut self, subscription: SubscriptionId, mut update: Update) {
        update.redact(self.secrets);
        let has_readers = self.delivery.deliver(subscription, update);
        self.note(subscription, has_readers);
    }

    fn values(
        &mut self,
        subscription: SubscriptionId,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) {
        let delivery = &mut self.delivery;
        let has_readers = delivery.deliver_values(subscription, place, symbol, values);
        self.note(subscription, has_readers);
    }
}
