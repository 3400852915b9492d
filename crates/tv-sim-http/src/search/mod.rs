//! Symbol search: `symbol_search` in its versions 1 and 3, and `local_search`, which answers the
//! same.
//!
//! As on the real host, requests without the `Origin` of a TradingView page are refused.

mod asked;
mod contracts;
mod endpoint;
mod item;
mod matching;

pub(crate) use endpoint::answer;
