//! The values that scans show: which columns there are, and what each has for a symbol at a time.
//!
//! Prices and everything computed from them come from the bars of the market. What a company
//! reports and pays is made up from its shares, its earnings and its prices. Options and bonds are
//! derived from listings. A column for which nothing is made up has no value.

mod bonds;
mod cache;
mod catalogue;
mod cell;
mod column;
mod company;
mod draw;
mod events;
mod fiscal;
mod funds;
mod identity;
mod indicators;
mod instrument;
mod make;
mod offers;
mod options;
mod outside;
mod payments;
mod places;
mod prices;
mod row;
mod statements;

pub(crate) use cache::Cache;
pub(crate) use catalogue::fields;
pub(crate) use cell::Cell;
pub(crate) use column::Column;
pub use events::{Dividend, Report, dividends, reports};
pub(crate) use instrument::Instrument;
pub(crate) use places::is_market;
pub(crate) use row::{Feed, Row};
