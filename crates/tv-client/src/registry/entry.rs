//! One thing that is wanted, and what it may use while it handles something.

use std::{collections::VecDeque, time::Instant};

use protocol::{id::SessionId, message::ClientMessage};

use super::{
    chart::ChartEntry,
    clock::ServerClock,
    guard::Refusals,
    ids::Ids,
    news::{SeriesNews, SubscriptionId, Update},
    quote::QuoteEntry,
    room::Room,
};

/// A quote session or a series, and what stands of it elsewhere.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) kind: Kind,
    /// What stands in `sessions` and `timers` for it.
    pub(super) session: Option<SessionId>,
    pub(super) replay: Option<SessionId>,
    pub(super) timer: Option<Instant>,
    /// Whether it stands in `quotes` or `charts`.
    pub(super) is_queued: bool,
}

impl Entry {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            session: None,
            replay: None,
            timer: None,
            is_queued: false,
        }
    }
}

#[derive(Debug)]
pub(super) enum Kind {
    Quote(Box<QuoteEntry>),
    Chart(Box<ChartEntry>),
}

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
