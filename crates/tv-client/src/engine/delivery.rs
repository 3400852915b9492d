//! The engine's interface to readers.

use std::fmt::Debug;

use protocol::{message::server::QuoteValues, symbol::Symbol};

use crate::registry::{Joined, Place, SubscriptionId, Update};

/// The readers of all subscriptions of a connection. The engine keeps them and hands them updates
/// at once. It does not know their queues or who waits for them.
///
/// No method waits.
pub(crate) trait Delivery: Debug + Default + Send {
    /// A reader that comes with a command.
    type Reader: Debug + Send;

    /// A subscription begins, with its first reader.
    fn attach(&mut self, subscription: SubscriptionId, reader: Self::Reader);

    /// Adds a reader of a subscription, and says how that stands now.
    fn join(&mut self, subscription: SubscriptionId, reader: Self::Reader, joined: Joined);

    /// One of several readers has gone.
    fn leave(&mut self, subscription: SubscriptionId);

    /// A subscription is over.
    fn detach(&mut self, subscription: SubscriptionId);

    /// Whether a subscription has readers.
    fn has_readers(&self, subscription: SubscriptionId) -> bool;

    /// How much waits in the fullest queue of a reader, and how much may. `None` if there is no
    /// reader.
    fn fullest(&self) -> Option<(usize, usize)>;

    /// Hands an update to its readers. False if they have all gone.
    fn deliver(&mut self, subscription: SubscriptionId, update: Update) -> bool;

    /// Hands new values of a symbol to the readers of a quote session. False if they have all gone.
    fn deliver_values(
        &mut self,
        subscription: SubscriptionId,
        place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) -> bool;
}
