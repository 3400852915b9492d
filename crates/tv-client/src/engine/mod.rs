//! The protocol that the supervisor runs: the connection machine and the registry, put together.
//!
//! Pure like both of them. It knows no socket; readers it knows as a [`Delivery`] only, to which it
//! hands updates. It outlives connections: what was wanted on one is restored on the next.

mod auth;
mod command;
mod delivery;
mod engine;
mod event;

pub(crate) use command::Command;
pub(crate) use delivery::Delivery;
pub(crate) use engine::{Engine, Persistence};
pub(crate) use event::EngineEvent;

#[cfg(test)]
mod tests;
