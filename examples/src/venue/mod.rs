//! Venues besides TradingView, each a `Protocol` that tv-transport's `Supervisor` keeps connected.
//!
//! [`binance`] speaks JSON, [`mexc`] speaks JSON and protobuf, [`quotes`] wraps tv-protocol's
//! connection machine. All report the same [`VenueEvent`]s; [`book`] keeps an order book from them.
//! [`server`] serves all three on loopback, in the formats of the venues' public documentation. Its
//! messages are numbered, so that each one lost or doubled is seen, and [`feed`] says what is true.

pub mod binance;
pub mod book;
pub mod feed;
pub mod ledger;
mod message;
pub mod mexc;
pub mod numbers;
pub mod quotes;
pub mod server;

pub use message::{
    Candle, Depth, Level, Taker, Trade, VenueCommand, VenueData, VenueEvent, VenueMessage,
};
