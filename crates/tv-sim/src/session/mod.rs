//! The simulated server's side of one connection: pure state, driven with messages, ticks and times.
//!
//! `state` is the connection, `heartbeats` its pulse, `auth` who is at the other end, `dispatch` the way of a command,
//! `faults` what is said of commands that make no sense. `sessions` holds those of a connection: `quote`, `chart`, `replay`,
//! `depth`, `history`. `load` says how a chart gets its series, `lookup` how its symbols, `access` what an account may see of
//! them, `pointsets` and `replay_chart` what else a chart can show; `series` holds bars of the market. `study` keeps a chart's
//! studies, `study_commands` is what clients ask of them, `study_load` and `study_live` compute them, `study_play` plays recorded ones, `study_rows` writes them
//! down. `params` reads what a command says, `outbox` is what waits to be written, `replies` the bodies, `dialect` their words of 2019, `mishaps` what a fault plan
//! does to a session. Nothing here knows a socket, a clock or a task; the answers come from a `Source`, the market or a recording.

mod access;
mod auth;
mod chart;
mod depth;
mod dialect;
mod dispatch;
mod faults;
mod heartbeats;
mod history;
mod load;
mod lookup;
mod mishaps;
mod outbox;
mod params;
mod pointsets;
mod quote;
mod quote_fields;
mod replay;
mod replay_chart;
mod replies;
mod series;
mod sessions;
mod source;
mod state;
mod study;
mod study_commands;
mod study_live;
mod study_load;
mod study_play;
mod study_rows;
#[cfg(test)]
mod study_tests;
#[cfg(test)]
mod testing;
mod timezones;

pub(crate) use mishaps::Beat;
pub(crate) use quote_fields::{LIVE, live_value};

pub(crate) use source::Source;
pub(crate) use state::{Ending, Rules, Session};
pub(crate) use study::StudyRules;
