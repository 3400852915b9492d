//! The command line: options, their values, and the checks that need more than one of them.
//!
//! Knows no connection and does no work.

mod bars;
mod check;
mod columns;
mod condition;
mod connection;
mod data;
mod decode;
mod examples;
mod format;
mod line;
mod lists;
mod login;
mod quote;
mod reading;
mod replay;
mod rows;
mod scan;
mod search;
mod sim;
mod sim_values;
mod strategy;
mod study;
mod values;

pub(crate) use self::{
    bars::BarsArgs,
    check::CheckArgs,
    connection::{ConnectionArgs, NO_PROXY, ServerName},
    decode::{DecodeArgs, DecodeFormat, DirectionArg},
    format::Format,
    line::{Args, Command},
    lists::{DrawingsArgs, WatchlistAction, WatchlistArgs},
    login::{LoginArgs, StoreArg, WhoamiArgs},
    quote::QuoteArgs,
    reading::{
        CalendarArgs, CalendarKind, NewsArgs, PeriodArg, PineAction, PineArgs, ScriptSet,
        StatementsArgs,
    },
    replay::{EventKind, EventsArgs, ReplayArgs},
    rows::RowArgs,
    scan::{FieldsArgs, ScanArgs, TaArgs},
    search::{SearchArgs, SymbolArgs},
    sim::{AccountArgs, LimitArgs, ProtocolArgs, SimArgs},
    sim_values::TierArg,
    strategy::StrategyArgs,
    study::{ChartArgs, Input, StudiesArgs, StudyArgs, StudyChoice},
    values::{Fields, GUEST_INTERVALS, RowLimit, symbol_of_line},
};
