//! Reports of strategies: what a backtest has traded, and how well.
//!
//! The server sends a whole report after each change, as plain JSON or packed;
//! [`StudyData::strategy_report`](crate::message::server::StudyData::strategy_report) reads both.
//! Every part may be missing: versions of the server differ, and values that are undefined, such as
//! the profit factor of a strategy without trades, are `null`.
//!
//! Fractions are fractions: `percent_profitable` 0.2 is 20 %. Amounts are in the currency of the
//! report.

mod curve;
mod milliseconds;
mod performance;
mod settings;
mod strategy_report;
mod trade;

pub use curve::{CurveSource, EquityCurve, EquityPoint};
pub use performance::{Performance, SidePerformance};
pub use settings::{ReportRange, ReportRanges, ReportSettings};
pub use strategy_report::StrategyReport;
pub use trade::{Amount, FilledOrder, OrderKind, Trade, TradeLeg, TradeSide};
