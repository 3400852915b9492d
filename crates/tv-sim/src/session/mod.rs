//! The simulated server's side of one connection: pure state, driven with messages, ticks and times.
//!
//! `state` is the connection, `heartbeats` its pulse, `dispatch` the way of a command. `quote` and `chart` are its
//! sessions; `load` says how a chart gets its series, `lookup` how its symbols, and `series` holds bars of the market.
//! `mishaps` is what a fault plan does to it, `outbox` what waits to be written, `replies` the bodies. Nothing here knows a socket, a clock or a task; the
//! answers come from a `Source`, the market or a recording.

mod chart;
mod dispatch;
mod heartbeats;
mod load;
mod lookup;
mod mishaps;
mod outbox;
mod quote;
mod quote_fields;
mod replies;
mod series;
mod source;
mod state;

pub(crate) use mishaps::Beat;
pub(crate) use quote_fields::{LIVE, live_value};
pub(crate) use source::Source;
pub(crate) use state::{Ending, Rules, Session};
