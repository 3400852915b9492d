//! One symbol of a scan.

use std::sync::Arc;

use market::{Bars, Identity, Interval, Settings};

use super::{column::INTERVALS, places::market_of};
use crate::{analysis::Window, listings::Listing};

/// A symbol of a scan at a time.
#[derive(Clone, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) listing: &'a Listing,
    pub(crate) identity: Identity<'a>,
    pub(crate) market: &'static str,
    /// The time of its newest price, in milliseconds UTC.
    pub(super) at: i64,
}

/// What has the bars of a row at hand: by interval, this many of them.
pub(super) type Windows<'a> = dyn FnMut(usize, usize) -> Arc<Window> + 'a;

impl<'a> Row<'a> {
    /// A symbol at a time in milliseconds UTC. Its prices are as late as its exchange publishes
    /// them.
    pub(crate) fn new(listing: &'a Listing, now: i64) -> Self {
        let identity = listing.identity();
        Self {
            market: market_of(listing.exchange(), &identity),
            identity,
            listing,
            at: now - listing.symbol().delay(),
        }
    }

    /// Its newest bars of an interval.
    pub(super) fn bars(&self, interval: usize, count: usize) -> Window {
        let none = Window::new(Vec::new());
        let symbol = self.listing.symbol();
        let interval = INTERVALS
            .get(interval)
            .and_then(|text| Interval::parse(text).ok());
        let Some(interval) =
            interval.filter(|interval| symbol.has_intraday() || !interval.is_intraday())
        else {
            return none;
        };
        let bars = Bars::new(Arc::clone(symbol), interval, Settings::default());
        let Some(last) = bars.last_at(self.at) else {
            return none;
        };
        let (first, _) = bars.back(
            last,
            i64::try_from(count).unwrap_or(i64::MAX).saturating_sub(1),
        );
        Window::new(bars.between(first, last, self.at).collect())
    }
}
