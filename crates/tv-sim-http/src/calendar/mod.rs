//! The economic calendar. Earnings, dividends and offers are scans.
//!
//! `indicators` is the table of what is reported, `invented` makes events of it, and `endpoint`
//! answers for both hosts.

mod endpoint;
mod indicators;
mod invented;

pub(crate) use endpoint::answer;
