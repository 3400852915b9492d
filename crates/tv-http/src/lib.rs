#![doc = include_str!("../README.md")]

pub mod account;
pub mod calendar;
#[cfg(feature = "client")]
pub mod client;
pub mod fundamentals;
#[doc(hidden)]
pub mod fuzzing;
pub mod json;
pub mod layouts;
#[cfg(feature = "client")]
pub mod login;
pub mod news;
pub mod pine;
pub mod scanner;
pub mod search;
pub mod symbol_page;
pub mod watchlists;
pub mod wire;

// Values of tv-protocol that this crate's types use.
pub use protocol::{
    json::Json,
    redact::Secrets,
    secret::AuthToken,
    symbol::{Symbol, SymbolError},
    time::{TimeError, Timestamp},
};
