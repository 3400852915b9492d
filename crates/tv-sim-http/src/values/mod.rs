//! The values that scans show: which columns there are, and what each has for a symbol at a time.
//!
//! Prices and everything computed from them come from the bars of the market; what a company
//! reports is made up from its shares and earnings, the same at any time. A column for which
//! nothing is made up has no value.

mod cache;
mod catalogue;
mod cell;
mod column;
mod company;
mod funds;
mod identity;
mod indicators;
mod make;
mod places;
mod prices;
mod row;

pub(crate) use cache::Cache;
pub(crate) use catalogue::fields;
pub(crate) use cell::Cell;
pub(crate) use column::Column;
pub(crate) use places::is_market;
pub(crate) use row::Row;
