//! The simulated server's side of one connection: pure state, driven with messages, ticks and
//! times.
//!
//! Nothing here knows a socket, a clock or a task. From the ground up:
//!
//! - `rules` is what the server is set to. `params` reads a command, `replies` writes the bodies of
//!   answers, `outbox` keeps what waits to be written, and `profile_2019` has the words of that
//!   year.
//! - `source` is where answers come from: the market or a recording.
//! - `series` has the bars of a chart, `study` its studies, `chart` the chart session itself.
//! - `quote`, `replay`, `depth` and `history` are the other kinds of session; `sessions` holds
//!   those of a connection.
//! - `heartbeats` is the pulse of a connection and `state` the connection. `auth` finds out who the
//!   client is, `dispatch` brings a command to its session, `faults` writes the errors of commands
//!   that name no session, and `server_events` is what a fault plan does to a session.

mod auth;
mod chart;
mod depth;
mod dispatch;
mod faults;
mod heartbeats;
mod history;
mod outbox;
mod params;
mod profile_2019;
mod quote;
mod replay;
mod replies;
mod rules;
mod series;
mod server_events;
mod sessions;
mod source;
mod state;
mod study;
#[cfg(test)]
mod tests;
mod timezones;

pub(crate) use quote::{LIVE, live_value};
pub(crate) use rules::{Rules, StudyRules};
pub(crate) use server_events::Beat;
pub(crate) use source::Source;
pub(crate) use state::{Ending, Session};
