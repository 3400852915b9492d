//! Venues besides TradingView, each a `Protocol` that tv-transport's `Supervisor` keeps connected.
//!
//! [`binance`] speaks JSON, [`mexc`] speaks JSON and protobuf, [`quotes`] wraps tv-protocol's
//! connection machine. All tell the same [`VenueEvent`]s. [`server`] serves all three on loopback;
//! its messages are numbered, so that each one lost or doubled is seen.

pub mod binance;
pub mod ledger;
mod message;
pub mod mexc;
pub mod numbers;
pub mod quotes;
pub mod server;

pub use message::{VenueCommand, VenueEvent, VenueMessage};
