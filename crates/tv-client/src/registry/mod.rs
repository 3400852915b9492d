//! All subscriptions (sessions, symbols, series), and which of them each message of the server
//! belongs to. Pure: no socket, no clock.
//!
//! It is the desired state, and outlives connections. Each connection gets new sessions with new
//! ids, so late messages of old ones are recognised by their ids, dropped and counted. Commands are
//! created when there is room for them ([`Registry::poll_command`]), so that only a few wait while
//! ten thousand symbols are restored. Ends of sessions come first, then quotes, then a limited
//! number of series at a time.
//!
//! It does not know how updates are delivered. The layer above is the engine. The files:
//! `subscribe` handles the commands of handles, `routing` the messages of the server, `schedule`
//! the order of sending. `index` keeps the indexes of all three, and `renewal` lets one connection
//! replace another. `quote`, `chart`, `study` and `replay` know one kind of session each.

mod bar_log;
mod chart;
mod clock;
mod context;
mod entry;
mod fetch;
mod holes;
mod hours;
mod ids;
mod index;
mod pacing;
mod place;
mod quote;
mod quote_options;
mod reason;
mod refusals;
mod registry;
mod renewal;
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
    Changed, Joined, Older, QuoteSessionUpdate, Reply, SeriesUpdate, Shown, StudyUpdate,
    SubscriptionId, Update,
};

#[cfg(test)]
mod tests;
