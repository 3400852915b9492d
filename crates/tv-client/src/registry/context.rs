//! What an entry may use while it handles an input, and what comes of it.

use std::{collections::VecDeque, time::Instant};

use protocol::message::ClientMessage;

use super::{
    clock::ServerClock,
    guard::Refusals,
    ids::Ids,
    news::{SeriesNews, SubscriptionId, Update},
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
    pub(super) updates: &'a mut dyn FnMut(SubscriptionId, Update),
}

impl Context<'_> {
    pub(super) fn update(&mut self, update: Update) {
        (self.updates)(self.subscription, update);
    }

    pub(super) fn tell(&mut self, news: SeriesNews) {
        self.update(Update::Series(news));
    }
}

/// Where updates go.
pub(super) type Updates<'a> = &'a mut dyn FnMut(SubscriptionId, Update);

/// What a message means for its session.
pub(super) enum Fate {
    Lives,
    /// The message belongs to a request that was replaced.
    Late,
    /// The subscription is over: answered with a refusal, or with all that it asked for.
    Over,
}
