//! The command line: options, their values, and the checks that need more than one of them.
//!
//! Knows no connection and does no work.

mod bars;
mod check;
mod columns;
mod condition;
mod connection;
mod decode;
mod examples;
mod format;
mod line;
mod login;
mod quote;
mod rows;
mod scan;
mod search;
mod sim;
mod sim_values;
mod values;

pub(crate) use self::{
    bars::BarsArgs,
    check::CheckArgs,
    connection::{ConnectionArgs, ServerName},
    decode::{DecodeArgs, DecodeFormat, DirectionArg},
    format::Format,
    line::{Args, Command},
    login::{LoginArgs, WhoamiArgs},
    quote::QuoteArgs,
    rows::RowArgs,
    scan::{FieldsArgs, ScanArgs, TaArgs},
    search::{SearchArgs, SymbolArgs},
    sim::{AccountArgs, LimitArgs, ProtocolArgs, SimArgs},
    sim_values::TierArg,
    values::{Fields, GUEST_INTERVALS, symbol_of_line},
};
