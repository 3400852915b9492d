#![doc = include_str!("../README.md")]

pub mod bar;
pub mod config;
pub mod connection;
pub mod frame;
#[doc(hidden)]
pub mod fuzzing;
pub mod id;
pub mod interval;
pub mod json;
pub mod message;
pub mod names;
pub mod payload;
pub mod quote;
pub mod record;
pub mod redact;
mod scan;
pub mod secret;
pub mod study;
pub mod symbol;
pub mod symbol_info;
pub mod time;

pub use crate::{
    bar::Bar,
    connection::Connection,
    interval::Interval,
    message::{ClientMessage, ServerMessage},
    quote::{Quote, QuoteField},
    symbol::Symbol,
    time::{TimeRange, Timestamp},
};
