//! A strategy that trades the supertrend: it reverses its position at the open after the trend
//! turns.
//!
//! `terms` are its settings, `trades` makes the trades, `statistics` adds them up, `report` writes
//! both down as the server would, and `strategy` keeps the signals.

mod report;
mod statistics;
mod strategy;
mod terms;
mod trades;

pub(super) use strategy::Strategy;
pub(super) use terms::Terms;
