//! What is wanted: sessions, symbols and series, and to whom each message of the server belongs.
//! Pure: no socket, no clock.
//!
//! It is the desired state, and outlives connections. Each connection gets new sessions with new
//! ids, so whatever an old one still says is recognised by its ids, dropped and counted. Commands
//! are made when there is room for them ([`Registry::poll_command`]), so that restoring ten
//! thousand symbols keeps no more than a few commands waiting: first what ends sessions, then
//! quotes, then as many series at a time as servers like.
//!
//! It does not know how updates are delivered; the neighbour above is the engine. The files:
//! `subscribe` has what handles ask for, `routing` what the server says, `schedule` what is sent
//! when, `index` the bookkeeping of all three, `renewal` how one connection takes the place of
//! another; `quote`, `chart`, `study` and `replay` know one kind of session each.

mod bar_log;
mod chart;
mod clock;
mod context;
mod entry;
mod fetch;
mod hours;
mod ids;
mod index;
mod pacing;
mod place;
mod quote;
mod reason;
mod refusals;
mod registry;
mod renewal;
mod renewals;
mod replay;
mod routing;
mod schedule;
mod silence;
mod standby;
mod study;
mod subscribe;
mod update;
mod void_pauses;

pub(crate) use context::UpdateSink;
pub(crate) use place::Place;
pub(crate) use registry::Registry;
pub(crate) use update::{
    Joined, Older, QuoteSessionUpdate, Reply, SeriesUpdate, StudyUpdate, SubscriptionId, Update,
};

#[cfg(test)]
mod tests;
