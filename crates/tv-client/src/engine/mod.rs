//! The protocol that the supervisor runs: the connection machine and the registry, put together.
//!
//! Pure like both of them. It knows no socket and no reader; updates leave as events. It outlives connections: what
//! was wanted on one is restored on the next.

mod auth;
mod command;
mod engine;
mod event;

pub(crate) use command::Command;
pub(crate) use engine::{Engine, Persistence};
pub(crate) use event::EngineEvent;

#[cfg(test)]
mod tests;
