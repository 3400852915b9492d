//! The command line: options, their values, and the checks that need more than one of them.
//!
//! Knows no connection and does no work.

mod bars;
mod connection;
mod decode;
mod format;
mod line;
mod quote;
mod sim;
mod sim_values;
mod values;

pub(crate) use self::{
    bars::BarsArgs,
    connection::{ConnectionArgs, ServerName},
    decode::{DecodeArgs, DecodeFormat, DirectionArg},
    format::Format,
    line::{Args, Command},
    quote::QuoteArgs,
    sim::{AccountArgs, LimitArgs, ProtocolArgs, SimArgs},
    sim_values::TierArg,
    values::{Fields, GUEST_INTERVALS, symbol_of_line},
};
