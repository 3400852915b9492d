//! The bars that studies are computed from.

use crate::session::series::MarketSeries;

/// The bars of a series as they are at a time in milliseconds UTC.
#[derive(Clone, Copy)]
pub(crate) struct BarsAt<'a> {
    pub(crate) feed: &'a MarketSeries,
    pub(crate) time: i64,
}
