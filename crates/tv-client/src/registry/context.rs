//! What an entry may use while it handles an input, and the outcome.

use std::{collections::VecDeque, time::Instant};

use protocol::{
    message::{ClientMessage, server::QuoteValues},
    redact::Secrets,
    symbol::Symbol,
};

use super::{
    clock::ServerClock,
    ids::Ids,
    pacing::SessionPacing,
    place::Place,
    refusals::Refusals,
    update::{QuoteSessionUpdate, SeriesUpdate, SubscriptionId, Update},
};

/// What an entry may use while it handles something.
pub(super) struct Context<'a> {
    pub(super) now: Instant,
    pub(super) subscription: SubscriptionId,
    pub(super) clock: &'a ServerClock,
    pub(super) ids: &'a mut Ids,
    pub(super) refusals: &'a mut Refusals,
    pub(super) pacing: &'a mut SessionPacing,
    pub(super) commands: &'a mut VecDeque<ClientMessage<'static>>,
    /// To be hidden in what is logged or answered to a call. Updates are redacted when they leave.
    pub(super) secrets: &'a Secrets,
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

    /// Notes the server's words about what ended a quote session or its connection, for readers
    /// that give up later.
    pub(super) fn note_words(&mut self, words: &str) {
        let words = words.to_owned();
        self.update(Update::Quote(QuoteSessionUpdate::Words(words)));
    }

    pub(super) fn report(&mut self, update: SeriesUpdate) {
        self.update(Update::Series(update));
    }
}

/// Where updates go.
pub(crate) type Updates<'a> = &'a mut dyn UpdateSink;

/// Takes the updates of subscriptions, in order.
pub(crate) trait UpdateSink {
    fn update(&mut self, subscription: SubscriptionId, update: Update);

    /// New values of a symbol, nearly all that ever comes: they are lent, so that they need not be
    /// copied.
    fn values(
        &mut self,
        subscription: SubscriptionId,
        _place: Place,
        symbol: &Symbol,
        values: &QuoteValues<'_>,
    ) {
        let update = QuoteSessionUpdate::Values(symbol.clone(), values.to_owned_values());
        self.update(subscription, Update::Quote(update));
    }
}

impl<F: FnMut(SubscriptionId, Update)> UpdateSink for F {
    fn update(&mut self, subscription: SubscriptionId, update: Update) {
        self(subscription, update);
    }
}

/// The outcome of a message for its session.
pub(super) enum Outcome {
    Ongoing,
    /// The same, and no index has to change: neither sessions nor timers nor the queue of commands.
    Unchanged,
    /// The message belongs to a request that was replaced.
    Late,
    /// The subscription is over: answered with a refusal, or with all that it asked for.
    Finished,
}
