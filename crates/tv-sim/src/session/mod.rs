//! The simulated server's side of one connection: pure state, driven with messages, ticks and times.
//!
//! `state` is the connection: greeting, heartbeats, login, dispatch. `quote` and `chart` are its sessions, `series` the
//! bars of the market in a chart, `outbox` what waits to be written, `replies` the bodies. Nothing here knows a socket,
//! a clock or a task; the answers come from a `Source`, the market or a recording.

mod chart;
mod lookup;
mod outbox;
mod quote;
mod replies;
mod series;
mod source;
mod state;

pub(crate) use replies::symbol_asked;
pub(crate) use source::Source;
pub(crate) use state::{Ending, Rules, Session};
