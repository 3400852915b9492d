#![doc = include_str!("../README.md")]

pub mod json;
pub mod pine;
pub mod scanner;
pub mod search;
pub mod wire;

// Values of tv-protocol that this crate's types use.
pub use protocol::{
    json::Json,
    redact::Secrets,
    secret::AuthToken,
    symbol::{Symbol, SymbolError},
    time::{TimeError, Timestamp},
};
