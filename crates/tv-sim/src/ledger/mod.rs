//! The ledger: what is true in the market, and what was sent and done.
//!
//! `truth` computes bars and quotes from the market, never from what was sent; `trades` remembers
//! ticks, `records` connections. `oracle` compares what a client published with the truth. `query`
//! answers over HTTP.

mod handle;
mod oracle;
mod query;
mod truth;

pub use handle::Ledger;
pub use oracle::{Oracle, Published, Verdict};
pub(crate) use query::answer;
pub use truth::{LedgerBar, LedgerBars, LedgerError};
