//! What an entry may use while it handles an input, and what comes of it.

use std::{collections::VecDeque, time::Instant};

use protocol::{
    message::{ClientMessage, server::QuoteValues},
    symbol::Symbol,
};

use super::{
    clock::ServerClock,
    guard::Refusals,
    ids::Ids,
    news::{QuoteNews, SeriesNews, SubscriptionId, Update},
    place::Place,
    room::Room,
};

/// What an entry may use while it handles something.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) subscription: SubscriptionId,
    pub(super) clock: &'a ServerClock,
    pub(super) ids: &'a mut Ids,
    pub(super) refusals: &'a mut Refusals,
    pub(super) room: &'a mut Room,
    pub(super) commands: &'a mut VecDeque<ClientMessage<'static>>,
    pub(super) updates: Updates<'a>,
}

impl Context<'_> {
    pub(super) fn update(&mut self, update: Update) {
        self.updates.update(self.subscription, update);
    }

    /// New values of a symbol.
    pub(super) fn values(&mut self, place: Place, symbol: &Symbol, values: &QuoteValues<'_>) {
        self.updates
            .values(self.subscription, place, symbol, values);
    }

    pub(super) fn tell(&mut self, news: SeriesNews) {
        self.update(Update::Series(news));
    }
}

/// Where updates go.
pub(crate) type Updates<'a> = &'a mut dyn UpdateSink;

/// Takes the updates of subscriptions, in order.
pub(crate) trait UpdateSink {
    fn update(&mut self, subscription: SubscriptionId, update: Update);

    /// New values of a symbol, nearly all that ever comes: they are lent, so that they need not be copied.
    fn values(
        &mut self,
        subscription: SubscriptionId,
        _place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) {
        let news = QuoteNews::Values(symbol.clone(), values.to_owned_values());
        self.update(subscription, Update::Quote(news));
    }
}

impl<F: FnMut(SubscriptionId, Update)> UpdateSink for F {
    fn update(&mut self, subscription: SubscriptionId, update: Update) {
        self(subscription, update);
    }
}

/// What a message means for its session.
pub(super) enum Fate {
    Lives,
    /// The same, and nothing that is known of it elsewhere has changed: neither sessions nor timers nor what waits to be
    /// sent.
    Unchanged,
    /// The message belongs to a request that was replaced.
    Late,
    /// The subscription is over: answered with a refusal, or with all that it asked for.
    Over,
}
