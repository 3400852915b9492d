//! The protocol that the supervisor runs: the connection machine and the registry together.
//!
//! Pure, as both of them are. It does not know sockets. It knows readers only as a [`Delivery`]
//! that takes updates. It outlives connections: subscriptions of one are restored on the next.

mod auth;
mod by_hand;
mod command;
mod delivery;
mod engine;
mod event;
mod latency;
mod outlet;
mod sign_in;
mod supervised;

pub(crate) use command::Command;
pub(crate) use delivery::Delivery;
pub(crate) use engine::{Engine, Persistence};
pub(crate) use event::EngineEvent;

#[cfg(test)]
mod tests;
